/** org.apache.kafka.connect.transforms.Cast */
import { list } from '../../config/field.js';
import { defaultValue, toJsonForm } from '../../data/json-form.js';
import type { Field, Schema, StructSchema } from '../../data/schema.js';
import { type ConnectRecord, Struct, type Value } from '../../data/value.js';
import { partOf, requireMap, requireStruct, type Side, withPart } from '../record-part.js';
import { allIndexes, FieldCopier, perSchema, primitive, schemaBasics, structLike } from '../struct-plan.js';
import { defineTransform, replaceNullWithDefault, type Transform } from '../transform.js';
import { CAST_TYPES, type CastType, castValue } from './cast-value.js';

const PURPOSE = 'cast types';

/** The types of fields by name, or the type of the whole key or value. */
type Spec = { readonly whole: CastType } | { readonly fields: ReadonlyMap<string, CastType> };

export const cast = defineTransform({
  javaClass: 'org.apache.kafka.connect.transforms.Cast',
  sided: true,
  summary: 'Casts fields, or the whole key or value, to another type.',
  fields: {
    spec: list()
      .required()
      .doc(
        'The types of fields, `field:type`, comma-separated, or one type for the whole key or value. Types: `int8`, `int16`, `int32`, `int64`, `float32`, `float64`, `boolean`, `string`.',
      )
      .importance('HIGH')
      .check((items) => {
        const spec = parseSpec(items);
        return typeof spec === 'string' ? spec : undefined;
      }),
    'replace.null.with.default': replaceNullWithDefault,
  },
  compile: (values, side) => {
    const spec = parseSpec(values.spec);
    // The check of the key has let only valid specifications through.
    const { whole, fields } = { whole: undefined, fields: undefined, ...(typeof spec === 'string' ? {} : spec) };
    if (whole !== undefined) return castingWhole(side, whole);
    return castingFields(side, fields ?? new Map(), values['replace.null.with.default']);
  },
});

/** The specification, or the reason why it is none. */
function parseSpec(items: readonly string[]): Spec | string {
  if (items.length === 0) return 'Must specify at least one field to cast.';
  const fields = new Map<string, CastType>();
  for (const item of items) {
    const parts = item.replace(/:+$/, '').split(':');
    if (parts.length > 2) return `Invalid cast mapping: ${item}`;
    const name = (parts.at(-1) ?? '').trim();
    const type = CAST_TYPES.find((candidate) => candidate === name.toUpperCase());
    if (type === undefined) return wrongType(name);
    if (parts.length === 1) {
      if (items.length === 1) return { whole: type };
      return 'Cast transformations that specify a type to cast the entire value to may only specify a single cast in their spec';
    }
    fields.set((parts[0] ?? '').trim(), type);
  }
  return { fields };
}

function wrongType(name: string): string {
  const supported = `supported types are ${CAST_TYPES.map((type) => type.toLowerCase()).join(', ')}`;
  return /^(bytes|array|map|struct)$/i.test(name)
    ? `Cast transformation does not support casting to ${name.toUpperCase()}; ${supported}`
    : `Invalid type found in casting spec: ${name}; ${supported}`;
}

function castingWhole(side: Side, type: CastType): Transform {
  const schemaOf = perSchema((schema: Schema) => {
    const plain = { ...primitive(type, schema.optional), ...schemaBasics(schema) };
    return withDefault(plain, castValue(schema, defaultValue(schema), type));
  });
  return {
    apply: (record) => {
      const { schema, value } = partOf(record, side);
      if (value === null) return record;
      const target = schema === undefined ? undefined : schemaOf(schema);
      return withPart(record, side, target, castValue(schema, value, type));
    },
  };
}

function castingFields(side: Side, casts: ReadonlyMap<string, CastType>, nullToDefault: boolean): Transform {
  const planOf = perSchema((schema: StructSchema) => ({
    schema: castSchema(schema, casts),
    copier: new FieldCopier(schema, allIndexes(schema), nullToDefault),
    casts: schema.fields.flatMap((field, index) => {
      const type = casts.get(field.name);
      return type === undefined ? [] : [{ index, from: field.schema, type }];
    }),
  }));

  function applySchemaless(record: ConnectRecord, value: Value): ConnectRecord {
    const map = requireMap(value, PURPOSE);
    const updated = new Map(map);
    for (const [name, type] of casts) updated.set(name, castValue(undefined, map.get(name) ?? null, type));
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
      for (const { index, from, type } of plan.casts) values[index] = castValue(from, values[index] ?? null, type);
      return withPart(record, side, plan.schema, new Struct(plan.schema, values));
    },
  };
}

function castSchema(schema: StructSchema, casts: ReadonlyMap<string, CastType>): StructSchema {
  const fields = schema.fields.map((field): Field => {
    const type = casts.get(field.name);
    if (type === undefined) return field;
    const standard = castValue(field.schema, defaultValue(field.schema), type);
    return { name: field.name, schema: withDefault(primitive(type, field.schema.optional), standard) };
  });
  return structLike(schema, fields, schema.optional);
}

function withDefault(schema: Schema, standard: Value): Schema {
  return standard === null ? schema : { ...schema, defaultJson: toJsonForm(schema, standard) };
}
