import type { Field, PrimitiveType, Schema } from '../../data/schema.js';
import { MAX_DECIMAL_DIGITS } from '../../json/index.js';
import {
  isObject,
  type JsonObject,
  type JsonTree,
  jsonText,
  smallIntegerOf,
  textOf,
} from '../../registry/json-tree.js';
import { recordInvalid } from '../invalid.js';
import { type AvroNamed, type AvroRecord, type AvroSchema, simpleName } from './avro-schema.js';
import { defaultJsonOf } from './default-json.js';
import type { AvroCompileOptions, AvroOptions } from './options.js';

/**
 * What an Avro schema is in Connect's data model: names, parameters and defaults as io.confluent.connect.avro.AvroData
 * (schema-registry 8) gives them.
 */

const NAMESPACE = 'io.confluent.connect.avro';
const UNION = `${NAMESPACE}.Union`;
const GENERAL_UNION = 'org.apache.kafka.connect.data.Union';
const GENERAL_ENUM = 'org.apache.kafka.connect.data.Enum';
/** Connect gives this name to structs that have none. */
const NAMELESS = `${NAMESPACE}.ConnectDefault`;
/** Connect does not mention a precision of 64, which it writes where it knows none. */
const UNKNOWN_PRECISION = 64;
/** Connect's own logical types are all of this version. */
const LOGICAL_VERSION = 1;

interface Position {
  readonly optional?: boolean;
  readonly defaultValue?: JsonTree | undefined;
  readonly doc?: string | undefined;
}

/** A part of a schema that is the type's own, whatever field it stands in. */
interface Base {
  readonly type: Schema;
  readonly name?: string;
  readonly version?: number;
  readonly parameters?: Record<string, string>;
}

/**
 * @throws SluiceError RECORD_INVALID when Connect cannot express the schema
 */
export function toConnectSchema(schema: AvroSchema, options: AvroCompileOptions): Schema {
  return new SchemaBuilder(options).build(schema, {});
}

/** The branch that is left when a union only says that a value may be null, or has one branch; undefined otherwise. */
export function soleBranch(branches: readonly AvroSchema[], options: AvroOptions): AvroSchema | undefined {
  if (branches.length === 1) return options.flattenSingletonUnions ? branches[0] : undefined;
  if (branches.length !== 2 || !branches.some(({ type }) => type === 'null')) return undefined;
  return branches.find(({ type }) => type !== 'null');
}

/** What a branch of a union is called in Connect's struct. */
export function branchName(branch: AvroSchema, index: number, options: AvroOptions): string {
  if (options.generalizedSumTypeSupport) return `connect_union_field_${index}`;
  if (branch.type !== 'record' && branch.type !== 'enum' && branch.type !== 'fixed') return branch.type;
  return options.enhancedAvroSchemaSupport ? branch.fullName : simpleName(branch.fullName);
}

/** Key and value of the record that stands for a map entry: Connect writes maps without string keys as arrays of them. */
export function mapEntryOf(
  items: AvroSchema,
  { rows }: AvroCompileOptions,
): { key: AvroSchema; value: AvroSchema } | undefined {
  if (items.type !== 'record' || rows === 'generic') return undefined;
  const internal = textOf(items.attributes.get('connect.internal.type')) === 'MapEntry';
  if (!internal && items.fullName !== `${NAMESPACE}.MapEntry`) return undefined;
  const [first, second] = items.fields;
  if (items.fields.length !== 2 || first?.name !== 'key' || second?.name !== 'value') {
    throw unsupported('a map is written as an array, whose items are not records of key and value');
  }
  return { key: first.schema, value: second.schema };
}

class SchemaBuilder {
  /** The fields of records that are being built. A record inside itself gets the same array. */
  readonly #open = new Map<AvroRecord, Schema>();
  #unions = 0;

  constructor(readonly options: AvroCompileOptions) {}

  build(avro: AvroSchema, position: Position): Schema {
    if (avro.type === 'union') {
      const sole = soleBranch(avro.branches, this.options);
      if (sole !== undefined) {
        const optional = avro.branches.length === 2;
        return this.build(sole, { optional, doc: position.doc });
      }
    }
    const open = avro.type === 'record' ? this.#open.get(avro) : undefined;
    if (open !== undefined) return { ...open, optional: position.optional === true };
    const fields: Field[] = [];
    const schema = this.#attributed(avro, this.#base(avro, fields), position);
    if (avro.type === 'record') this.#fill(avro, fields, schema);
    // Last, because the default of a record is told with the schemas of its fields.
    const defaultValue = position.defaultValue ?? avro.attributes.get('connect.default');
    const defaultJson = defaultJsonOf(avro, schema, defaultValue, this.options);
    return defaultJson === undefined ? schema : { ...schema, defaultJson };
  }

  /** Adds the fields of a record to its schema, which they may hold again. */
  #fill(avro: AvroRecord, fields: Field[], schema: Schema): void {
    this.#open.set(avro, schema);
    for (const field of avro.fields) {
      const built = this.build(field.schema, { defaultValue: field.defaultValue, doc: field.doc });
      const own = this.options.connectMetaData ? field.attributes.get('connect.parameters') : undefined;
      fields.push({
        name: field.name,
        schema: isObject(own) ? { ...built, parameters: { ...built.parameters, ...textsOf(own) } } : built,
      });
    }
    this.#open.delete(avro);
  }

  #base(avro: AvroSchema, fields: Field[]): Base {
    switch (avro.type) {
      case 'null':
        throw unsupported('Standalone null schemas are not supported by this converter');
      case 'boolean':
        return primitive('BOOLEAN');
      case 'int':
        return intBase(avro.attributes);
      case 'long':
        return logicalType(avro.attributes) === 'timestamp-millis' ? logical('Timestamp', 'INT64') : primitive('INT64');
      case 'float':
        return primitive('FLOAT32');
      case 'double':
        return primitive('FLOAT64');
      case 'string':
        return primitive('STRING');
      case 'bytes':
        return bytesBase(avro.attributes, {});
      case 'fixed':
        return bytesBase(avro.attributes, { 'connect.fixed.size': String(avro.sizeBytes) });
      case 'enum':
        return { ...primitive('STRING'), parameters: this.#enumParameters(avro) };
      case 'array':
        return this.#arrayBase(avro.items);
      case 'map': {
        const keys: Schema = { type: 'STRING', optional: false };
        return { type: { type: 'MAP', optional: false, keys, values: this.build(avro.values, {}) } };
      }
      case 'record':
        return { type: { type: 'STRUCT', optional: false, fields }, parameters: this.#recordParameters(avro) };
      case 'union':
        return this.#unionBase(avro.branches);
    }
  }

  #arrayBase(items: AvroSchema): Base {
    const entry = mapEntryOf(items, this.options);
    if (entry === undefined) return { type: { type: 'ARRAY', optional: false, items: this.build(items, {}) } };
    const keys = this.build(entry.key, {});
    return { type: { type: 'MAP', optional: false, keys, values: this.build(entry.value, {}) } };
  }

  #unionBase(branches: readonly AvroSchema[]): Base {
    const general = this.options.generalizedSumTypeSupport;
    const name = general ? `connect_union_${this.#unions++}` : UNION;
    const fields: Field[] = [];
    branches.forEach((branch, index) => {
      if (branch.type === 'null') return;
      const field = branchName(branch, index, this.options);
      if (fields.some((other) => other.name === field)) {
        throw unsupported(`Multiple union schemas map to the Connect union field name ${field}`);
      }
      fields.push({ name: field, schema: this.build(branch, { optional: true }) });
    });
    const optional = fields.length < branches.length;
    return { type: { type: 'STRUCT', optional, fields }, name, parameters: general ? { [GENERAL_UNION]: name } : {} };
  }

  #recordParameters({ attributes, fields }: AvroRecord): Record<string, string> {
    const { connectMetaData, discardTypeDocDefault } = this.options;
    if (!connectMetaData || discardTypeDocDefault) return {};
    const parameters: Record<string, string> = {};
    const doc = textOf(attributes.get('doc'));
    if (doc !== undefined) parameters[`${NAMESPACE}.record.doc`] = doc;
    for (const field of fields) {
      if (field.doc !== undefined) parameters[`${NAMESPACE}.field.doc.${field.name}`] = field.doc;
    }
    return parameters;
  }

  #enumParameters({ fullName, attributes, symbols }: AvroNamed & { type: 'enum' }): Record<string, string> {
    const { connectMetaData, discardTypeDocDefault, generalizedSumTypeSupport } = this.options;
    const parameters: Record<string, string> = {};
    const doc = textOf(attributes.get('doc'));
    const fallback = textOf(attributes.get('default'));
    if (connectMetaData && doc !== undefined) {
      parameters[discardTypeDocDefault ? 'connect.enum.doc' : `${NAMESPACE}.enum.doc.${simpleName(fullName)}`] = doc;
    }
    if (connectMetaData && !discardTypeDocDefault && fallback !== undefined) {
      parameters[`${NAMESPACE}.enum.default.${simpleName(fullName)}`] = fallback;
    }
    const key = generalizedSumTypeSupport ? GENERAL_ENUM : `${NAMESPACE}.Enum`;
    parameters[key] = fullName;
    symbols.forEach((symbol, index) => {
      parameters[`${key}.${symbol}`] = generalizedSumTypeSupport ? String(index) : symbol;
    });
    return parameters;
  }

  /** The schema with all that is said about it beside its type. */
  #attributed(avro: AvroSchema, base: Base, position: Position): Schema {
    const { attributes } = avro;
    const { connectMetaData, discardTypeDocDefault } = this.options;
    const parameters = { ...base.parameters };
    const doc = this.#docOf(attributes, position.doc);
    const typeDoc = textOf(attributes.get('doc'));
    if (discardTypeDocDefault && connectMetaData && typeDoc !== undefined) parameters['connect.record.doc'] = typeDoc;
    const own = attributes.get('connect.parameters');
    if (connectMetaData && isObject(own)) Object.assign(parameters, textsOf(own));
    for (const [name, value] of attributes)
      if (name.startsWith('avro')) parameters[name] = textOf(value) ?? jsonText(value);
    const fromField = position.defaultValue !== undefined && position.defaultValue !== null;
    if (fromField && !discardTypeDocDefault && connectMetaData && !attributes.has('connect.default')) {
      parameters[`${NAMESPACE}.field.default`] = 'true';
    }
    const name = base.name ?? this.#nameOf(avro);
    const version = base.version ?? smallIntegerOf(attributes.get('connect.version'));
    return {
      ...base.type,
      optional: base.type.optional || position.optional === true,
      ...(name === undefined ? {} : { name }),
      ...(version === undefined || version < 0 ? {} : { version }),
      ...(doc === undefined ? {} : { doc }),
      ...(Object.keys(parameters).length === 0 ? {} : { parameters }),
    };
  }

  #docOf(attributes: JsonObject, fieldDoc: string | undefined): string | undefined {
    const own = textOf(attributes.get('connect.doc'));
    if (this.options.discardTypeDocDefault) return fieldDoc ?? textOf(attributes.get('doc')) ?? own;
    return this.options.connectMetaData ? own : undefined;
  }

  #nameOf(avro: AvroSchema): string | undefined {
    const given = textOf(avro.attributes.get('connect.name'));
    const name = given ?? ('fullName' in avro ? avro.fullName : undefined);
    return name?.startsWith(NAMELESS) ? undefined : name;
  }
}

function logicalType(attributes: JsonObject): string | undefined {
  return textOf(attributes.get('logicalType'))?.toLowerCase();
}

function primitive(type: PrimitiveType): Base {
  return { type: { type, optional: false } };
}

function logical(name: string, type: PrimitiveType): Base {
  return { type: { type, optional: false }, name: `org.apache.kafka.connect.data.${name}`, version: LOGICAL_VERSION };
}

const SMALL_INTEGERS: Readonly<Record<string, PrimitiveType>> = { int8: 'INT8', int16: 'INT16' };

function intBase(attributes: JsonObject): Base {
  const given = logicalType(attributes);
  if (given !== undefined) {
    if (given === 'date') return logical('Date', 'INT32');
    return given === 'time-millis' ? logical('Time', 'INT32') : primitive('INT32');
  }
  return primitive(SMALL_INTEGERS[textOf(attributes.get('connect.type')) ?? ''] ?? 'INT32');
}

function bytesBase(attributes: JsonObject, size: Record<string, string>): Base {
  if (logicalType(attributes) !== 'decimal') return { ...primitive('BYTES'), parameters: size };
  const scale = smallIntegerOf(attributes.get('scale')) ?? 0;
  if (Math.abs(scale) > MAX_DECIMAL_DIGITS) throw unsupported(`a decimal has a scale of ${scale}`);
  const precision = smallIntegerOf(attributes.get('precision'));
  const parameters = {
    scale: String(scale),
    ...(precision === undefined || precision === UNKNOWN_PRECISION
      ? {}
      : { 'connect.decimal.precision': `${precision}` }),
    ...size,
  };
  return { ...logical('Decimal', 'BYTES'), parameters };
}

function textsOf(members: JsonObject): Record<string, string> {
  return Object.fromEntries([...members].map(([name, value]) => [name, textOf(value) ?? jsonText(value)]));
}

function unsupported(what: string): Error {
  return recordInvalid(`The Avro schema has no form in Connect: ${what}.`, 'Change the schema of the topic.');
}
