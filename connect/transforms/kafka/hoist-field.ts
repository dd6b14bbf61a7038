/** org.apache.kafka.connect.transforms.HoistField */
import { string } from '../../config/field.js';
import type { Schema, StructSchema } from '../../data/schema.js';
import { Struct } from '../../data/value.js';
import { partOf, withPart } from '../record-part.js';
import { perSchema, requireAllowed } from '../struct-plan.js';
import { defineTransform } from '../transform.js';

export const hoistField = defineTransform({
  javaClass: 'org.apache.kafka.connect.transforms.HoistField',
  sided: true,
  summary: 'Wraps the whole key or value into a single field.',
  fields: { field: string().required().doc('The name of the field.') },
  compile: ({ field: name }, side) => {
    const wrapperOf = perSchema(
      (schema: Schema): StructSchema => ({ type: 'STRUCT', optional: false, fields: [{ name, schema }] }),
    );
    return {
      apply: (record) => {
        const { schema, value } = partOf(record, side);
        if (schema === undefined) return withPart(record, side, undefined, new Map([[name, value]]));
        requireAllowed({ name, schema }, value);
        const wrapper = wrapperOf(schema);
        return withPart(record, side, wrapper, new Struct(wrapper, [value]));
      },
    };
  },
});
