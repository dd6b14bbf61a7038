/** org.apache.kafka.connect.transforms.ExtractField */
import { string } from '../../config/field.js';
import type { Schema } from '../../data/schema.js';
import { accessField, fieldSyntaxVersion, parseFieldPath, valueAtPath } from '../field-path.js';
import { dataError, partOf, requireMap, requireStruct, withPart } from '../record-part.js';
import { perSchema } from '../struct-plan.js';
import { defineTransform, replaceNullWithDefault } from '../transform.js';

const PURPOSE = 'field extraction';

export const extractField = defineTransform({
  javaClass: 'org.apache.kafka.connect.transforms.ExtractField',
  sided: true,
  summary: 'Puts one field in the place of the whole key or value.',
  fields: {
    field: string().required().doc('The field, or with `field.syntax.version=V2` the path to it.'),
    'field.syntax.version': fieldSyntaxVersion,
    'replace.null.with.default': replaceNullWithDefault,
  },
  compile: (values, side) => {
    const steps = parseFieldPath('field', values.field, values['field.syntax.version']);
    const accessOf = perSchema((schema: Schema) => {
      const access = accessField(schema, steps, values['replace.null.with.default']);
      if (access === undefined) throw dataError(`Unknown field: ${values.field}`, 'Correct field of the transform.');
      return access;
    });
    return {
      apply: (record) => {
        const { schema, value } = partOf(record, side);
        if (schema === undefined) {
          const extracted = value === null ? null : valueAtPath(requireMap(value, PURPOSE), steps);
          return withPart(record, side, undefined, extracted);
        }
        const struct = value === null ? undefined : requireStruct(value, PURPOSE);
        const { field, read } = accessOf(schema);
        return withPart(record, side, field.schema, struct === undefined ? null : read(struct));
      },
    };
  },
});
