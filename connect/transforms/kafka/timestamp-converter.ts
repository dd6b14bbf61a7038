/** org.apache.kafka.connect.transforms.TimestampConverter */
import { oneOf, string } from '../../config/field.js';
import { defaultValue, toJsonForm } from '../../data/json-form.js';
import type { Schema, StructSchema } from '../../data/schema.js';
import { Struct, type Value } from '../../data/value.js';
import { compileDateWriter } from '../java/date-format.js';
import { compileDateReader, unreadableLetter } from '../java/date-parse.js';
import { parseDatePattern } from '../java/date-pattern.js';
import { dataError, partOf, requireMap, requireStruct, type Side, withPart } from '../record-part.js';
import { allIndexes, FieldCopier, fieldsOf, indexOf, perSchema, structLike } from '../struct-plan.js';
import { defineTransform, invalidSetting, replaceNullWithDefault, type Transform } from '../transform.js';
import { type Form, formOfSchema, formOfValue, TimestampForms } from './timestamp-forms.js';
import { reasonAgainstPattern } from './timestamp-router.js';

const PURPOSE = 'converting timestamp formats';

export const timestampConverter = defineTransform({
  javaClass: 'org.apache.kafka.connect.transforms.TimestampConverter',
  sided: true,
  summary: 'Converts points in time between texts, Unix time and the types Date, Time and Timestamp.',
  fields: {
    field: string()
      .default('')
      .doc('The field; empty where the whole key or value is the timestamp.')
      .importance('HIGH'),
    'target.type': oneOf('string', 'unix', 'Date', 'Time', 'Timestamp')
      .required()
      .doc('What the timestamp becomes.')
      .importance('HIGH'),
    format: string()
      .default('')
      .doc('How texts are written and read, in UTC: a pattern of java.text.SimpleDateFormat.')
      .check(reasonAgainstPattern),
    'unix.precision': oneOf('nanoseconds', 'microseconds', 'milliseconds', 'seconds')
      .default('milliseconds')
      .doc('What Unix time counts, written and read.')
      .importance('LOW'),
    'replace.null.with.default': replaceNullWithDefault,
  },
  compile: (values, side) => {
    const pattern = values.format.trim() === '' ? undefined : values.format;
    if (values['target.type'] === 'string' && pattern === undefined) {
      throw invalidSetting(
        'format',
        'TimestampConverter requires format option to be specified when using string timestamps',
      );
    }
    const forms = new TimestampForms(textForm(pattern), values['unix.precision']);
    const convert = (value: Value, from: Form): Value => forms.convert(value, from, values['target.type']);
    const schemaFor = (optional: boolean): Schema => forms.schemaOf(values['target.type'], optional);
    return converting(side, values.field, { convert, schemaFor }, values['replace.null.with.default']);
  },
});

function textForm(pattern: string | undefined) {
  if (pattern === undefined) return undefined;
  const parts = parseDatePattern(pattern);
  const unreadable = unreadableLetter(parts);
  const read = unreadable === undefined ? compileDateReader(parts) : () => undefined;
  return { pattern, write: compileDateWriter(parts), read, unreadable };
}

interface Conversion {
  readonly convert: (value: Value, from: Form) => Value;
  readonly schemaFor: (optional: boolean) => Schema;
}

function converting(side: Side, name: string, { convert, schemaFor }: Conversion, nullToDefault: boolean): Transform {
  const wholeSchemaOf = perSchema((schema: Schema) => ({
    form: formOfSchema(schema),
    schema: schemaFor(schema.optional),
  }));
  const planOf = perSchema((schema: Schema) => structPlan(schema));

  function structPlan(schema: Schema) {
    const struct = requireStructSchema(schema);
    const at = indexOf(struct, name);
    const source = struct.fields[at];
    const fields = struct.fields.map((field, index) =>
      index === at ? { name: field.name, schema: schemaFor(field.schema.optional) } : field,
    );
    const copier = new FieldCopier(struct, allIndexes(struct), nullToDefault);
    const plain = structLike(struct, fields, struct.optional);
    const form = source === undefined ? undefined : () => formOfSchema(source.schema);
    const standard = defaultValue(struct);
    const convertStruct = (value: Struct, target: StructSchema): Struct => {
      const values = copier.copy(value);
      const original = values[at] ?? null;
      if (form !== undefined) values[at] = convert(original, form());
      return new Struct(target, values);
    };
    const target: StructSchema =
      standard instanceof Struct ? { ...plain, defaultJson: toJsonForm(plain, convertStruct(standard, plain)) } : plain;
    return { target, convertStruct };
  }

  function applySchemaless(value: Value): Value {
    if (value === null) return null;
    if (name === '') return convert(value, formOfValue(value));
    const map = requireMap(value, PURPOSE);
    const original = map.get(name) ?? null;
    return new Map(map).set(name, original === null ? null : convert(original, formOfValue(original)));
  }

  return {
    apply: (record) => {
      const { schema, value } = partOf(record, side);
      if (schema === undefined) return withPart(record, side, undefined, applySchemaless(value));
      if (name === '') {
        const whole = wholeSchemaOf(schema);
        return withPart(record, side, whole.schema, convert(value, whole.form));
      }
      const struct = value === null ? undefined : requireStruct(value, PURPOSE);
      const { target, convertStruct } = planOf(schema);
      return withPart(record, side, target, struct === undefined ? null : convertStruct(struct, target));
    },
  };
}

function requireStructSchema(schema: Schema): StructSchema {
  fieldsOf(schema);
  if (schema.type === 'STRUCT') return schema;
  throw dataError('Cannot list fields on non-struct type');
}
