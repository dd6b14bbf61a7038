/** org.apache.kafka.connect.transforms.SetSchemaMetadata */
import { int, string } from '../../config/field.js';
import type { Schema } from '../../data/schema.js';
import { Struct, type Value } from '../../data/value.js';
import { dataError, partOf, withPart } from '../record-part.js';
import { allIndexes, FieldCopier, perSchema } from '../struct-plan.js';
import { defineTransform, invalidSetting, replaceNullWithDefault } from '../transform.js';

export const setSchemaMetadata = defineTransform({
  javaClass: 'org.apache.kafka.connect.transforms.SetSchemaMetadata',
  sided: true,
  summary: 'Sets the name and the version of the schema.',
  fields: {
    'schema.name': string().doc('The name to set.').importance('HIGH'),
    'schema.version': int().doc('The version to set.').importance('HIGH'),
    'replace.null.with.default': replaceNullWithDefault,
  },
  compile: (values, side) => {
    const { 'schema.name': name, 'schema.version': version, 'replace.null.with.default': nullToDefault } = values;
    if (name === undefined && version === undefined) {
      throw invalidSetting('schema.name', 'Neither schema name nor version configured');
    }
    const metadata = { ...(name === undefined ? {} : { name }), ...(version === undefined ? {} : { version }) };
    const planOf = perSchema((schema: Schema) => ({
      schema: { ...schema, ...metadata },
      copier: schema.type === 'STRUCT' ? new FieldCopier(schema, allIndexes(schema), nullToDefault) : undefined,
    }));

    /** Structs know their schema, so that they have to be made anew. */
    function underSchema(value: Value, { schema, copier }: ReturnType<typeof planOf>): Value {
      if (!(value instanceof Struct) || copier === undefined || schema.type !== 'STRUCT') return value;
      return new Struct(schema, copier.copy(value));
    }

    return {
      apply: (record) => {
        const { schema, value } = partOf(record, side);
        if (schema === undefined) {
          if (value === null) return record;
          throw dataError(
            'Schema required for [updating schema metadata]',
            'Use a converter that gives schemas, or remove the transform.',
          );
        }
        const plan = planOf(schema);
        return withPart(record, side, plan.schema, underSchema(value, plan));
      },
    };
  },
});
