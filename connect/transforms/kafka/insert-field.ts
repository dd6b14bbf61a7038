/** org.apache.kafka.connect.transforms.InsertField */
import { string } from '../../config/field.js';
import type { Field as SchemaField, StructSchema } from '../../data/schema.js';
import { type ConnectRecord, Instant, Struct, type Value } from '../../data/value.js';
import { partOf, requireMap, requireStruct, type Side, withPart } from '../record-part.js';
import { allIndexes, FieldCopier, logical, perSchema, primitive, structLike } from '../struct-plan.js';
import { defineTransform, invalidSetting, replaceNullWithDefault, type Transform } from '../transform.js';

const PURPOSE = 'field insertion';
const SUFFIXES = 'A name that ends in `!` makes the field required, one that ends in `?` optional (the default).';

/** A field to insert: its name, its schema and its value with and without a schema; undefined leaves it out. */
interface Insertion {
  readonly field: SchemaField;
  readonly typed: (record: ConnectRecord) => Value | undefined;
  readonly schemaless: (record: ConnectRecord) => Value | undefined;
}

export const insertField = defineTransform({
  javaClass: 'org.apache.kafka.connect.transforms.InsertField',
  sided: true,
  summary: 'Inserts fields with metadata of the record or a fixed value.',
  fields: {
    'topic.field': string().doc(`The field for the topic. ${SUFFIXES}`),
    'partition.field': string().doc(`The field for the partition. ${SUFFIXES}`),
    'offset.field': string().doc(`The field for the offset. ${SUFFIXES}`),
    'timestamp.field': string().doc(`The field for the timestamp of the record. ${SUFFIXES}`),
    'static.field': string().doc(`The field for the fixed value. ${SUFFIXES}`),
    'static.value': string().doc('The fixed value.'),
    'replace.null.with.default': replaceNullWithDefault,
  },
  compile: (values, side) => {
    const literal = values['static.value'];
    if (values['static.field'] !== undefined && literal === undefined) {
      throw invalidSetting('static.value', `No value specified for static field: ${values['static.field']}`);
    }
    const insertions = [
      insertion(values['topic.field'], 'STRING', ({ topic }) => topic),
      partitionInsertion(values['partition.field']),
      insertion(values['offset.field'], 'INT64', ({ offset }) => offset),
      timestampInsertion(values['timestamp.field']),
      insertion(values['static.field'], 'STRING', () => literal),
    ].filter((each) => each !== undefined);
    if (insertions.length === 0) {
      throw invalidSetting(
        'topic.field',
        'No field insertion configured',
        'Set at least one of topic.field, partition.field, offset.field, timestamp.field and static.field.',
      );
    }
    return inserting(side, insertions, values['replace.null.with.default']);
  },
});

/** What Debezium's transforms use for the field that marks deletes. */
export function insertLiteral(name: string, literal: string, nullToDefault: boolean): Transform {
  const insertions = [insertion(name, 'STRING', () => literal)].filter((each) => each !== undefined);
  return inserting('value', insertions, nullToDefault);
}

function insertion(
  spec: string | undefined,
  type: 'STRING' | 'INT32' | 'INT64',
  value: (record: ConnectRecord) => Value | undefined,
): Insertion | undefined {
  if (spec === undefined) return undefined;
  const { name, optional } = parseSpec(spec);
  return { field: { name, schema: primitive(type, optional) }, typed: value, schemaless: value };
}

function partitionInsertion(spec: string | undefined): Insertion | undefined {
  const base = insertion(spec, 'INT32', ({ partition }) => partition);
  return base && { ...base, schemaless: ({ partition }) => BigInt(partition) };
}

function timestampInsertion(spec: string | undefined): Insertion | undefined {
  if (spec === undefined) return undefined;
  const { name, optional } = parseSpec(spec);
  return {
    field: { name, schema: logical('Timestamp', optional) },
    typed: ({ timestampMs }) => (timestampMs === undefined ? undefined : new Instant(timestampMs)),
    schemaless: ({ timestampMs }) => timestampMs,
  };
}

function parseSpec(spec: string): { name: string; optional: boolean } {
  const suffix = spec.at(-1);
  if (suffix !== '?' && suffix !== '!') return { name: spec, optional: true };
  return { name: spec.slice(0, -1), optional: suffix === '?' };
}

function inserting(side: Side, insertions: readonly Insertion[], nullToDefault: boolean): Transform {
  const planOf = perSchema((schema: StructSchema) => ({
    schema: structLike(schema, [...schema.fields, ...insertions.map(({ field }) => field)]),
    copier: new FieldCopier(schema, allIndexes(schema), nullToDefault),
  }));

  function applySchemaless(record: ConnectRecord, value: Value): ConnectRecord {
    const updated = new Map(requireMap(value, PURPOSE));
    for (const { field, schemaless } of insertions) {
      const inserted = schemaless(record);
      if (inserted !== undefined) updated.set(field.name, inserted);
    }
    return withPart(record, side, undefined, updated);
  }

  return {
    apply: (record) => {
      const { schema, value } = partOf(record, side);
      if (value === null) return record;
      if (schema === undefined) return applySchemaless(record, value);
      const struct = requireStruct(value, PURPOSE);
      const plan = planOf(struct.schema);
      const values = plan.copier.copy(struct);
      for (const { typed } of insertions) values.push(typed(record) ?? null);
      return withPart(record, side, plan.schema, new Struct(plan.schema, values));
    },
  };
}
