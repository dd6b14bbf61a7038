/** org.apache.kafka.connect.transforms.HeaderFrom */
import { list, oneOf } from '../../config/field.js';
import type { Schema, StructSchema } from '../../data/schema.js';
import { type ConnectRecord, type Header, Struct, type Value } from '../../data/value.js';
import { dataError, partOf, requireMap, requireStruct, type Side, withPart } from '../record-part.js';
import {
  allIndexes,
  FieldCopier,
  type FieldReader,
  fieldReader,
  indexOf,
  perSchema,
  structLike,
} from '../struct-plan.js';
import { defineTransform, invalidSetting, replaceNullWithDefault, type Transform } from '../transform.js';

interface Settings {
  readonly fields: readonly string[];
  readonly headers: readonly string[];
  readonly operation: 'move' | 'copy';
  readonly 'replace.null.with.default': boolean;
}

export const headerFrom = defineTransform({
  javaClass: 'org.apache.kafka.connect.transforms.HeaderFrom',
  sided: true,
  summary: 'Moves or copies fields into headers.',
  fields: {
    fields: list().required().doc('The fields.').importance('HIGH'),
    headers: list().required().doc('The names of the headers, in the order of the fields.').importance('HIGH'),
    operation: oneOf('move', 'copy')
      .required()
      .doc('`move` takes the fields out of the key or value, `copy` leaves them there.')
      .importance('HIGH'),
    'replace.null.with.default': replaceNullWithDefault,
  },
  compile: (values, side) => {
    if (values.fields.length !== values.headers.length) {
      throw invalidSetting('headers', "'fields' config must have the same number of elements as 'headers' config.");
    }
    return headersFrom(values, side);
  },
});

function headersFrom(settings: Settings, side: Side): Transform {
  const { fields, headers, operation } = settings;
  const purpose = `header ${operation}`;
  const planOf = perSchema((schema: StructSchema) => makePlan(schema, settings));

  function applySchemaless(record: ConnectRecord, value: Value): ConnectRecord {
    const map = requireMap(value, purpose);
    const added = fields.map((name, at): Header => header(headers[at] ?? '', undefined, map.get(name) ?? null));
    const updated = new Map(map);
    if (operation === 'move') for (const name of fields) updated.delete(name);
    return withPart(record, side, undefined, updated, [...record.headers, ...added]);
  }

  return {
    apply: (record) => {
      const { schema, value } = partOf(record, side);
      if (schema === undefined) return applySchemaless(record, value);
      const struct = requireStruct(value, purpose);
      const plan = planOf(struct.schema);
      const added = plan.sources.map(({ name, read, schema: own }) => header(name, own, read(struct)));
      const rest = plan.copier === undefined ? struct : new Struct(plan.schema, plan.copier.copy(struct));
      return withPart(record, side, plan.copier === undefined ? schema : plan.schema, rest, [
        ...record.headers,
        ...added,
      ]);
    },
  };
}

interface HeaderSource {
  readonly name: string;
  readonly schema: Schema;
  readonly read: FieldReader;
}

function makePlan(schema: StructSchema, settings: Settings) {
  const nullToDefault = settings['replace.null.with.default'];
  const sources = settings.fields.map((name, at): HeaderSource => {
    const index = indexOf(schema, name);
    const field = schema.fields[index];
    if (field === undefined) throw dataError(`${name} is not a valid field name`, 'Correct fields of the transform.');
    return {
      name: settings.headers[at] ?? '',
      schema: field.schema,
      read: fieldReader(schema, index, nullToDefault),
    };
  });
  if (settings.operation === 'copy') return { schema, sources, copier: undefined };
  const moved = new Set(settings.fields);
  const kept = allIndexes(schema).filter((index) => !moved.has(schema.fields[index]?.name ?? ''));
  const fields = schema.fields.filter(({ name }) => !moved.has(name));
  return { schema: structLike(schema, fields), sources, copier: new FieldCopier(schema, kept, nullToDefault) };
}

/** @throws SluiceError RECORD_INVALID for null in a header whose schema demands a value */
function header(key: string, schema: Schema | undefined, value: Value): Header {
  if (value === null && schema !== undefined && !schema.optional) {
    throw dataError(`A null value requires an optional schema but was ${schema.type} (header ${key})`);
  }
  return { key, schema, value };
}
