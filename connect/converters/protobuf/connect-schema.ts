import protobuf from 'protobufjs';
import { DECIMAL, type Field, type PrimitiveSchema, type Schema, type StructSchema } from '../../data/schema.js';
import type { ProtobufOptions } from './options.js';
import { SCALARS } from './scalar-nodes.js';

/**
 * What Protobuf's types are in Connect's data model: names, order and parameters as
 * io.confluent.connect.protobuf.ProtobufData (schema-registry 8) gives them.
 */

const NAMESPACE = 'io.confluent.connect.protobuf';
const GENERAL_UNION = 'org.apache.kafka.connect.data.Union';
const GENERAL_ENUM = 'org.apache.kafka.connect.data.Enum';
const DATA = 'org.apache.kafka.connect.data';

/** The scalar in a wrapper message. */
export const WRAPPERS: Readonly<Record<string, string>> = {
  'google.protobuf.DoubleValue': 'double',
  'google.protobuf.FloatValue': 'float',
  'google.protobuf.Int64Value': 'int64',
  'google.protobuf.UInt64Value': 'uint64',
  'google.protobuf.Int32Value': 'int32',
  'google.protobuf.UInt32Value': 'uint32',
  'google.protobuf.BoolValue': 'bool',
  'google.protobuf.StringValue': 'string',
  'google.protobuf.BytesValue': 'bytes',
};

/** Messages that are logical types of Connect. */
export const LOGICAL_MESSAGES: Readonly<Record<string, PrimitiveSchema>> = {
  'confluent.type.Decimal': { type: 'BYTES', optional: true, name: DECIMAL, version: 1 },
  'google.type.Date': { type: 'INT32', optional: true, name: `${DATA}.Date`, version: 1 },
  'google.type.TimeOfDay': { type: 'INT32', optional: true, name: `${DATA}.Time`, version: 1 },
  'google.protobuf.Timestamp': { type: 'INT64', optional: true, name: `${DATA}.Timestamp`, version: 1 },
};

/** The name of a type with its package. */
export function fullNameOf(type: protobuf.ReflectionObject): string {
  return type.fullName.replace(/^\./, '');
}

/** Fields that are declared in the message itself, not by an extension. */
export function declaredFields(type: protobuf.Type): protobuf.Field[] {
  return type.fieldsArray.filter(({ declaringField }) => !declaringField);
}

/** The oneofs as written: an `optional` field of proto3 is one too, by its wire format alone. */
export function realOneofs(type: protobuf.Type): protobuf.OneOf[] {
  return type.oneofsArray.filter((oneof) => !oneof.isProto3Optional);
}

/** The oneof that holds the field; undefined for `optional` fields of proto3. */
export function oneofOf(field: protobuf.Field): protobuf.OneOf | undefined {
  return field.partOf && !field.partOf.isProto3Optional ? field.partOf : undefined;
}

/** The type of a map's keys; undefined for fields that are no maps. */
export function keyTypeOf(field: protobuf.Field): string | undefined {
  return field instanceof protobuf.MapField ? field.keyType : undefined;
}

/** Whether the field is marked `optional`, so that one that is not set can be told from one that is zero. */
export function isMarkedOptional(field: protobuf.Field): boolean {
  if (field.partOf?.isProto3Optional) return true;
  return isProto2(field) && !field.required && !field.repeated && !field.map && !field.partOf;
}

export function isProto2(object: protobuf.ReflectionObject): boolean {
  return editionOf(object) === 'proto2';
}

/** Of the file that the object is from, which protobufjs keeps with the file's outermost objects only. */
function editionOf(object: protobuf.ReflectionObject): string | undefined {
  for (let scope: protobuf.ReflectionObject | null = object; scope !== null; scope = scope.parent) {
    const edition = (scope as { _edition?: string | null })._edition;
    if (edition) return edition;
  }
  return undefined;
}

export class SchemaBuilder {
  /** By full name, filled while they are built: a message inside itself has the same fields. */
  readonly #messages = new Map<string, StructSchema>();

  constructor(readonly options: ProtobufOptions) {}

  /** The scalar that the converter takes a message for; undefined for messages that are structs. */
  wrapped(type: protobuf.Type): string | undefined {
    const { wrapperForNullables, wrapperForRawPrimitives } = this.options;
    return wrapperForNullables || wrapperForRawPrimitives ? WRAPPERS[fullNameOf(type)] : undefined;
  }

  /** What the converter takes a message at the root for: wrappers are looked at by another setting there. */
  root(type: protobuf.Type): Schema {
    const scalar = this.options.wrapperForRawPrimitives ? WRAPPERS[fullNameOf(type)] : undefined;
    return scalar === undefined ? this.message(type) : scalarSchema(scalar);
  }

  message(type: protobuf.Type): StructSchema {
    const fullName = fullNameOf(type);
    const known = this.#messages.get(fullName);
    if (known !== undefined) return known;
    const fields: Field[] = [];
    const schema: StructSchema = { type: 'STRUCT', optional: false, name: this.#nameOf(type), fields };
    this.#messages.set(fullName, schema);
    realOneofs(type).forEach((oneof, index) => {
      if (this.options.flattenUnions) fields.push(...this.#members(oneof));
      else fields.push({ name: this.oneofName(oneof, index), schema: this.#oneof(oneof) });
    });
    for (const field of declaredFields(type)) {
      if (oneofOf(field) === undefined) fields.push({ name: field.name, schema: this.field(field) });
    }
    return schema;
  }

  oneofName({ name }: protobuf.OneOf, index: number): string {
    return this.options.generateIndexForUnions ? `${name}_${index}` : name;
  }

  #nameOf(type: protobuf.ReflectionObject): string {
    return this.options.enhancedProtobufSchemaSupport ? fullNameOf(type) : type.name;
  }

  #members(oneof: protobuf.OneOf): Field[] {
    return oneof.fieldsArray.map((field) => ({ name: field.name, schema: this.field(field) }));
  }

  #oneof(oneof: protobuf.OneOf): StructSchema {
    const union: Pick<StructSchema, 'name' | 'parameters'> = this.options.generalizedSumTypeSupport
      ? { name: oneof.name, parameters: { [GENERAL_UNION]: oneof.name } }
      : { name: `${NAMESPACE}.Union.${this.#nameOf(oneof)}` };
    return { type: 'STRUCT', optional: true, ...union, fields: this.#members(oneof) };
  }

  field(field: protobuf.Field): Schema {
    const { optionalForNullables, wrapperForNullables } = this.options;
    const base = this.#base(field);
    const isArray = field.repeated;
    const shaped: Schema = isArray ? { type: 'ARRAY', optional: true, items: { ...base, optional: true } } : base;
    const nullable = optionalForNullables ? isMarkedOptional(field) : !wrapperForNullables;
    const member = oneofOf(field) !== undefined;
    const parameters = { ...shaped.parameters };
    if (member && wrapperForNullables && field.resolvedType && WRAPPERS[fullNameOf(field.resolvedType)] !== undefined) {
      parameters[`${NAMESPACE}.Wrapper`] = 'true';
    }
    parameters[`${NAMESPACE}.Tag`] = String(field.id);
    return { ...shaped, optional: shaped.optional || member || nullable, parameters };
  }

  #base(field: protobuf.Field): Schema {
    const keyType = keyTypeOf(field);
    if (keyType !== undefined) return this.#map(field, keyType);
    const { resolvedType } = field;
    if (resolvedType instanceof protobuf.Enum) return this.#enum(resolvedType);
    if (resolvedType instanceof protobuf.Type) return this.#fieldMessage(field, resolvedType);
    return scalarSchema(field.type, metaParameters(field)['connect.type']);
  }

  #map(field: protobuf.Field, keyType: string): Schema {
    const tagged = (schema: Schema, tag: string): Schema => ({
      ...schema,
      optional: schema.optional || (!this.options.optionalForNullables && !this.options.wrapperForNullables),
      parameters: { ...schema.parameters, [`${NAMESPACE}.Tag`]: tag },
    });
    const keys = tagged(scalarSchema(keyType), '1');
    const { resolvedType } = field;
    const values =
      resolvedType instanceof protobuf.Enum
        ? this.#enum(resolvedType)
        : resolvedType instanceof protobuf.Type
          ? this.#fieldMessage(field, resolvedType)
          : scalarSchema(field.type);
    const scope = field.parent && this.options.enhancedProtobufSchemaSupport ? `${fullNameOf(field.parent)}.` : '';
    const name = scope + entryName(field.name);
    return { type: 'MAP', optional: true, name, keys, values: tagged(values, '2') };
  }

  #enum(type: protobuf.Enum): PrimitiveSchema {
    const { intForEnums, generalizedSumTypeSupport } = this.options;
    const key = generalizedSumTypeSupport ? GENERAL_ENUM : `${NAMESPACE}.Enum`;
    const parameters: Record<string, string> = { [key]: type.name };
    for (const [symbol, number] of Object.entries(type.values)) parameters[`${key}.${symbol}`] = String(number);
    return { type: intForEnums ? 'INT32' : 'STRING', optional: true, name: this.#nameOf(type), parameters };
  }

  #fieldMessage(field: protobuf.Field, type: protobuf.Type): Schema {
    const logical = LOGICAL_MESSAGES[fullNameOf(type)];
    if (logical !== undefined) {
      return logical.name === DECIMAL ? { ...logical, parameters: decimalParameters(field) } : logical;
    }
    const scalar = this.wrapped(type);
    return { ...(scalar === undefined ? this.message(type) : scalarSchema(scalar)), optional: true };
  }
}

/** As protoc names the message of a map's entries, and Connect takes it apart again: `itemCount` is `item_count`. */
function entryName(field: string): string {
  const camel = field.replace(/(?:^|_)(.?)/g, (_, letter: string) => letter.toUpperCase());
  return camel.replace(/[A-Z]/g, (letter, at: number) => (at === 0 ? '' : '_') + letter.toLowerCase());
}

function scalarSchema(type: string, connectType?: string): PrimitiveSchema {
  const scalar = SCALARS[type];
  if (scalar === undefined) throw new Error(`the type ${type} is not known`);
  if (scalar.type === 'INT32' && connectType === 'int8') return { type: 'INT8', optional: false };
  if (scalar.type === 'INT32' && connectType === 'int16') return { type: 'INT16', optional: false };
  const isUsual = type === 'int32' || type === 'int64' || (scalar.type !== 'INT32' && scalar.type !== 'INT64');
  const parameters = isUsual ? {} : { parameters: { [`${NAMESPACE}.Type`]: type } };
  return { type: scalar.type, optional: false, ...parameters };
}

function decimalParameters(field: protobuf.Field): Record<string, string> {
  const { precision, scale } = metaParameters(field);
  const isInteger = (text: string | undefined): text is string => text !== undefined && /^[+-]?\d{1,9}$/.test(text);
  return {
    scale: isInteger(scale) ? String(Number(scale)) : '0',
    ...(isInteger(precision) ? { 'connect.decimal.precision': String(Number(precision)) } : {}),
  };
}

interface MetaOption {
  readonly '(confluent.field_meta)'?: { readonly params?: unknown };
}

/** The parameters of the option `(confluent.field_meta)`, with which Connect keeps what Protobuf cannot say. */
function metaParameters(field: protobuf.Field): Record<string, string> {
  const options: readonly MetaOption[] = field.parsedOptions ?? [];
  const entries = options.flatMap((option) => {
    const params = option['(confluent.field_meta)']?.params;
    return Array.isArray(params) ? params : params === undefined ? [] : [params];
  });
  return Object.fromEntries(
    entries.map((entry: { key?: unknown; value?: unknown }) => [String(entry.key), String(entry.value)]),
  );
}
