/** org.apache.kafka.connect.transforms.MaskField */

import { list, string } from '../../config/field.js';
import type { Schema, StructSchema } from '../../data/schema.js';
import { Decimal, Instant, JsonNumber, Struct, type Value } from '../../data/value.js';
import { decimalToDouble, decimalToLong, doubleText, parseDecimal } from '../java/numbers.js';
import { dataError, javaClassOf, partOf, requireMap, requireStruct, type Side, withPart } from '../record-part.js';
import { allIndexes, FieldCopier, indexOf, perSchema } from '../struct-plan.js';
import { defineTransform, replaceNullWithDefault, type Transform } from '../transform.js';

const PURPOSE = 'mask fields';

/** The masked form of a value that is not null. */
type Mask = (schema: Schema | undefined, value: Value) => Value;

export const maskField = defineTransform({
  javaClass: 'org.apache.kafka.connect.transforms.MaskField',
  sided: true,
  summary: 'Masks fields with the null value of their type (0, false, an empty text) or with a given one.',
  fields: {
    fields: list().required().doc('The fields to mask.'),
    replacement: string().doc('What to put into the fields, all of them numbers or texts, instead.').importance('LOW'),
    'replace.null.with.default': replaceNullWithDefault,
  },
  compile: (values, side) => {
    const { replacement } = values;
    const mask: Mask =
      replacement === undefined ? nullValueFor : (schema, value) => replaced(schema, value, replacement);
    return masking(side, new Set(values.fields), mask, values['replace.null.with.default']);
  },
});

function masking(side: Side, names: ReadonlySet<string>, mask: Mask, nullToDefault: boolean): Transform {
  const planOf = perSchema((schema: StructSchema) => ({
    copier: new FieldCopier(schema, allIndexes(schema), nullToDefault),
    masked: [...names].map((name) => indexOf(schema, name)).filter((index) => index >= 0),
  }));

  function maskEntries(map: ReadonlyMap<Value, Value>): Map<Value, Value> {
    const updated = new Map(map);
    for (const name of names) {
      const value = map.get(name) ?? null;
      updated.set(name, value === null ? null : mask(undefined, value));
    }
    return updated;
  }

  return {
    apply: (record) => {
      const { schema, value } = partOf(record, side);
      if (schema === undefined) return withPart(record, side, undefined, maskEntries(requireMap(value, PURPOSE)));
      const struct = requireStruct(value, PURPOSE);
      const plan = planOf(struct.schema);
      const values = plan.copier.copy(struct);
      for (const index of plan.masked) {
        const original = values[index] ?? null;
        if (original !== null) values[index] = mask(struct.schema.fields[index]?.schema, original);
      }
      return withPart(record, side, schema, new Struct(struct.schema, values));
    },
  };
}

function nullValueFor(_schema: Schema | undefined, value: Value): Value {
  switch (typeof value) {
    case 'boolean':
      return false;
    case 'number':
      return 0;
    case 'bigint':
      return 0n;
    case 'string':
      return '';
    default:
      break;
  }
  if (value instanceof Decimal) return new Decimal(0n, 0);
  if (value instanceof Instant) return new Instant(0n);
  if (value instanceof JsonNumber) return new JsonNumber('0.0');
  if (value instanceof Map) return new Map();
  if (Array.isArray(value)) return [];
  throw dataError(
    `Cannot mask value of type: class ${javaClassOf(value)}`,
    'Take the field out of fields, or drop it.',
  );
}

const INTEGER_BITS = { INT8: 8, INT16: 16, INT32: 32 } as const;

/** As Values.convertTo: digits behind the point and bits that do not fit are cut. */
function replaced(schema: Schema | undefined, value: Value, replacement: string): Value {
  if (typeof value === 'string') return replacement;
  if (!isNumber(value)) {
    throw dataError(
      `Cannot mask value of type class ${javaClassOf(value)} with custom replacement.`,
      'Only numbers and texts take a replacement.',
    );
  }
  const number = parseDecimal(replacement);
  if (number === undefined) throw dataError(`Unable to convert ${replacement} (class java.lang.String) to a number`);
  if (value instanceof Decimal) return number;
  if (value instanceof JsonNumber) return new JsonNumber(doubleText(decimalToDouble(number)));
  if (typeof value === 'bigint') return decimalToLong(number);
  if (schema?.type === 'FLOAT32') return Math.fround(decimalToDouble(number));
  if (schema?.type === 'FLOAT64') return decimalToDouble(number);
  const bits = INTEGER_BITS[schema?.type as keyof typeof INTEGER_BITS] ?? 32;
  return Number(BigInt.asIntN(bits, decimalToLong(number)));
}

function isNumber(value: Value): boolean {
  const plain = typeof value === 'number' || typeof value === 'bigint';
  return plain || value instanceof Decimal || value instanceof JsonNumber;
}
