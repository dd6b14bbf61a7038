/** org.apache.kafka.connect.transforms.ValueToKey */
import { list } from '../../config/field.js';
import type { StructSchema } from '../../data/schema.js';
import { Struct } from '../../data/value.js';
import { dataError, requireMap, requireStruct, withPart } from '../record-part.js';
import { FieldCopier, indexOf, perSchema } from '../struct-plan.js';
import { defineTransform, replaceNullWithDefault } from '../transform.js';

const PURPOSE = 'copying fields from value to key';

export const valueToKey = defineTransform({
  javaClass: 'org.apache.kafka.connect.transforms.ValueToKey',
  sided: false,
  summary: 'Makes a new key of fields of the value.',
  fields: {
    fields: list().required().doc('The fields of the value that become the key.').importance('HIGH'),
    'replace.null.with.default': replaceNullWithDefault,
  },
  compile: ({ fields, 'replace.null.with.default': nullToDefault }) => {
    const planOf = perSchema((schema: StructSchema) => keyPlan(schema, fields, nullToDefault));
    return {
      apply: (record) => {
        const { schema, value } = record.value;
        if (schema === undefined) {
          const map = requireMap(value, PURPOSE);
          return withPart(record, 'key', undefined, new Map(fields.map((field) => [field, map.get(field) ?? null])));
        }
        const struct = requireStruct(value, PURPOSE);
        const plan = planOf(struct.schema);
        return withPart(record, 'key', plan.schema, new Struct(plan.schema, plan.copier.copy(struct)));
      },
    };
  },
});

function keyPlan(schema: StructSchema, names: readonly string[], nullToDefault: boolean) {
  const indexes = names.map((name) => {
    const index = indexOf(schema, name);
    if (index < 0) throw dataError(`Field does not exist: ${name}`, 'Correct fields of the transform.');
    return index;
  });
  const keySchema: StructSchema = {
    type: 'STRUCT',
    optional: false,
    fields: indexes.map((index) => schema.fields[index]).filter((field) => field !== undefined),
  };
  return { schema: keySchema, copier: new FieldCopier(schema, indexes, nullToDefault) };
}
