/** io.debezium.transforms.ByLogicalTableRouter: change events of many tables, such as shards, into one topic. */
import { boolean, int, oneOf } from '../../config/field.js';
import type { Field, Schema, StructSchema } from '../../data/schema.js';
import { type ConnectRecord, Struct, type Value } from '../../data/value.js';
import { compileRouter, type Router, regexText } from '../java/regex-field.js';
import { dataError, requireStruct } from '../record-part.js';
import { allIndexes, FieldCopier, indexOf, perSchema, primitive, structLike } from '../struct-plan.js';
import { defineTransform, invalidSetting, type Transform, text } from '../transform.js';
import { isEnvelope } from './envelope.js';
import { ADJUSTMENT_MODES, nameAdjuster } from './schema-names.js';

const PURPOSE = 'Updating schema';

export const byLogicalTableRouter = defineTransform({
  javaClass: 'io.debezium.transforms.ByLogicalTableRouter',
  sided: false,
  changesTopic: 'always',
  summary: 'Routes change events of many tables to one topic and keeps their keys apart.',
  fields: {
    'topic.regex': regexText().required().doc('The expression, which has to match the whole topic.').importance('LOW'),
    'topic.replacement': text().required().doc('The new topic; `$1` stands for the first group.').importance('LOW'),
    'key.enforce.uniqueness': boolean()
      .default('true')
      .doc('Whether a field with the table is added to keys, which may be alike in several tables.')
      .importance('LOW'),
    'key.field.name': text().default('__dbz__physicalTableIdentifier').doc('The name of that field.').importance('LOW'),
    'key.field.regex': regexText()
      .otherwise('the whole topic tells the table')
      .doc('What of the topic tells the table: the expression, which has to match the whole topic.')
      .importance('LOW'),
    'key.field.replacement': text().doc('What becomes of a topic that `key.field.regex` matches.').importance('LOW'),
    'schema.name.adjustment.mode': oneOf(...ADJUSTMENT_MODES)
      .default('none')
      .doc('Whether names of schemas are made fit for Avro.')
      .importance('LOW'),
    'logical.table.cache.size': int({ min: 1 })
      .default('16')
      .noEffect('as many schemas are remembered as there are.')
      .importance('LOW'),
  },
  compile: (values) => {
    const { 'key.field.regex': keyRegex, 'key.field.replacement': keyReplacement } = values;
    if (keyRegex !== undefined && keyReplacement === undefined) {
      throw invalidSetting(
        'key.field.replacement',
        'key.field.replacement must be non-empty if key.field.regex is set.',
      );
    }
    const identify: Router =
      keyRegex === undefined || keyReplacement === undefined
        ? () => undefined
        : compileRouter(keyRegex, keyReplacement, 'key.field.replacement');
    return routing({
      route: compileRouter(values['topic.regex'], values['topic.replacement'], 'topic.replacement'),
      identify,
      keyField: values['key.enforce.uniqueness'] ? values['key.field.name'] : undefined,
      adjust: nameAdjuster(values['schema.name.adjustment.mode']),
    });
  },
});

interface Settings {
  readonly route: Router;
  /** What tells the table, by its topic. */
  readonly identify: Router;
  readonly keyField: string | undefined;
  readonly adjust: (name: string) => string;
}

function routing({ route, identify, keyField, adjust }: Settings): Transform {
  const keyPlanOf = perTopicAndSchema((topic, schema) => {
    const extra: Field[] = keyField === undefined ? [] : [{ name: keyField, schema: primitive('STRING', false) }];
    const target = renamed(schema, [...schema.fields, ...extra], adjust(`${topic}.Key`));
    return { target, copier: new FieldCopier(schema, allIndexes(schema), true) };
  });
  const envelopePlanOf = perTopicAndSchema((topic, schema) => envelopePlan(topic, schema, adjust));

  function newKey(record: ConnectRecord, topic: string): ConnectRecord['key'] {
    // Tables without a primary key have no keys.
    if (record.key.value === null) return { schema: undefined, value: null };
    const key = requireStruct(record.key.value, PURPOSE);
    const { target, copier } = keyPlanOf(topic, key.schema);
    const values = copier.copy(key);
    if (keyField !== undefined) values.push(identify(record.topic) ?? record.topic);
    return { schema: target, value: new Struct(target, values) };
  }

  return {
    apply: (record) => {
      const topic = route(record.topic);
      if (topic === undefined || topic === '') return record;
      const key = newKey(record, topic);
      const { schema, value } = record.value;
      if (value === null || schema === undefined || !isEnvelope(schema)) return { ...record, topic, key };
      const envelope = requireStruct(value, PURPOSE);
      const plan = envelopePlanOf(topic, envelope.schema);
      return { ...record, topic, key, value: { schema: plan.target, value: plan.convert(envelope) } };
    },
  };
}

/** Topics that one schema is routed to are few. */
function perTopicAndSchema<Plan>(make: (topic: string, schema: StructSchema) => Plan) {
  const plansOf = perSchema((_schema: StructSchema) => new Map<string, Plan>());
  return (topic: string, schema: StructSchema): Plan => {
    const plans = plansOf(schema);
    const known = plans.get(topic) ?? make(topic, schema);
    plans.set(topic, known);
    return known;
  };
}

/** The row schemas and the envelope are named after the new topic. */
function envelopePlan(topic: string, schema: StructSchema, adjust: (name: string) => string) {
  const before = indexOf(schema, 'before');
  const rowSchema = schema.fields[before]?.schema;
  if (rowSchema?.type !== 'STRUCT') throw dataError('before is not a valid field name');
  const newRow = renamed(rowSchema, rowSchema.fields, adjust(`${topic}.Value`));
  const rows = new Set([before, indexOf(schema, 'after')]);
  const fields = schema.fields.map((field, index) => (rows.has(index) ? { name: field.name, schema: newRow } : field));
  const target = renamed(schema, fields, adjust(`${topic}.Envelope`));
  const envelopes = new FieldCopier(schema, allIndexes(schema), true);
  const convertRow = rowConverter(newRow);
  return {
    target,
    convert: (envelope: Struct): Struct => {
      const values = envelopes.copy(envelope);
      for (const index of rows) values[index] = convertRow(values[index] ?? null);
      return new Struct(target, values);
    },
  };
}

function rowConverter(target: StructSchema): (row: Value) => Value {
  const copierOf = perSchema((schema: StructSchema) => new FieldCopier(schema, allIndexes(schema), true));
  return (row) => {
    if (row === null) return null;
    const struct = requireStruct(row, PURPOSE);
    return new Struct(target, copierOf(struct.schema).copy(struct));
  };
}

function renamed(source: Schema, fields: readonly Field[], name: string): StructSchema {
  return { ...structLike(source, fields, source.optional), name };
}
