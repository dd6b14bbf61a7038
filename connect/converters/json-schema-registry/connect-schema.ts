import type { Field, PrimitiveSchema, PrimitiveType, Schema, StructSchema } from '../../data/schema.js';
import {
  isArray,
  isObject,
  type JsonObject,
  type JsonTree,
  jsonText,
  smallIntegerOf,
  textOf,
} from '../../registry/json-tree.js';
import type { JsonSchemaOptions } from './options.js';
import { type SchemaDocuments, type SchemaNode, unusable } from './schema-documents.js';

/**
 * What a JSON schema is in Connect's data model: types, names and parameters as io.confluent.connect.json.JsonSchemaData
 * (schema-registry 8) gives them.
 *
 * One thing is ours: a schema that allows anything is JSON text here, called io.debezium.data.Json as in records of
 * Debezium. Java makes a binary form of it that no database reads.
 */

const NAMESPACE = 'io.confluent.connect.json';
export const ONE_OF = `${NAMESPACE}.OneOf`;
const ENUM = `${NAMESPACE}.Enum`;
export const GENERAL_UNION = 'org.apache.kafka.connect.data.Union';
const GENERAL_ENUM = 'org.apache.kafka.connect.data.Enum';
export const ANY_JSON = 'io.debezium.data.Json';

/** Schemas that are nested deeper, by references above all, are refused. */
const MAX_DEPTH = 100;

const NUMBER_TYPES: Readonly<Record<string, PrimitiveType>> = {
  int8: 'INT8',
  int16: 'INT16',
  int32: 'INT32',
  int64: 'INT64',
  float32: 'FLOAT32',
  float64: 'FLOAT64',
  bytes: 'BYTES',
};

const UNION_WORDS = ['oneOf', 'anyOf'] as const;

/** Makes a default of its JSON; undefined where it is no value of the schema. */
export type DefaultText = (schema: Schema, json: string) => string | undefined;

export class SchemaBuilder {
  /** Objects whose fields are being built: inside themselves they have the same fields. */
  readonly #open = new Map<JsonTree, StructSchema>();
  #unions = 0;
  #depth = 0;

  constructor(
    readonly documents: SchemaDocuments,
    readonly options: JsonSchemaOptions,
    readonly defaultText: DefaultText,
  ) {}

  build(node: SchemaNode, optional = false): Schema {
    if (++this.#depth > MAX_DEPTH) throw unusable(`it is nested deeper than ${MAX_DEPTH} levels`);
    const open = this.#open.get(node.tree);
    const schema = open === undefined ? this.#build(node, optional) : { ...open, optional };
    this.#depth--;
    return schema;
  }

  #build({ tree, document }: SchemaNode, optional: boolean): Schema {
    if (!isObject(tree)) return { type: 'STRING', optional: true, name: ANY_JSON };
    const reference = textOf(tree.get('$ref'));
    if (reference !== undefined) return this.build(this.documents.resolve(reference, { tree, document }), optional);
    const within = (part: JsonTree): SchemaNode => ({ tree: part, document });
    const types = tree.get('type');
    if (isArray(types)) {
      return this.#union(
        types.map((type) => within(new Map([...tree, ['type', type]]))),
        optional,
        undefined,
      );
    }
    const word = UNION_WORDS.find((candidate) => tree.has(candidate));
    const all = tree.get('allOf');
    const properties = isArray(all) || tree.has('properties') ? this.#collect({ tree, document }) : undefined;
    if (isArray(all) && (properties === undefined || properties.size === 0) && word === undefined) {
      return this.#allOf(all.map(within), tree, optional);
    }
    if (word !== undefined && (properties === undefined || properties.size === 0)) {
      const branches = tree.get(word);
      return this.#union(isArray(branches) ? branches.map(within) : [], optional, tree);
    }
    if (properties !== undefined && properties.size > 0) return this.#struct(tree, properties, optional);
    return this.#attributed(tree, this.#base(tree, document), optional);
  }

  #base(tree: JsonObject, document: JsonTree): Schema {
    const connectType = textOf(tree.get('connect.type'));
    switch (typeOf(tree)) {
      case 'boolean':
        return primitive('BOOLEAN');
      case 'integer':
        return primitive(numberType(connectType, 'INT64'));
      case 'number':
        return primitive(numberType(connectType, 'FLOAT64'));
      case 'string':
        if (tree.has('enum')) return this.#enum(tree);
        return primitive(connectType === 'bytes' ? 'BYTES' : 'STRING');
      case 'array':
        return this.#array(tree, document, connectType === 'map');
      case 'object':
        if (connectType !== 'map') return { type: 'STRUCT', optional: false, fields: [] };
        return {
          type: 'MAP',
          optional: false,
          keys: primitive('STRING'),
          values: this.build({ tree: tree.get('additionalProperties') ?? true, document }),
        };
      case 'enum':
        return this.#enum(tree);
      case undefined:
        return { type: 'STRING', optional: true, name: ANY_JSON };
      default:
        throw unusable(`the type ${JSON.stringify(textOf(tree.get('type')))} has no form in Connect`);
    }
  }

  #enum(tree: JsonObject): PrimitiveSchema {
    const general = this.options.generalizedSumTypeSupport;
    const key = general ? GENERAL_ENUM : ENUM;
    const constant = tree.get('const');
    const listed = tree.get('enum');
    const values = isArray(listed) ? listed : constant === undefined ? [] : [constant];
    const parameters: Record<string, string> = { [key]: '' };
    values.forEach((value, index) => {
      const symbol = textOf(value) ?? jsonText(value);
      parameters[`${key}.${symbol}`] = general ? String(index) : symbol;
    });
    return { type: 'STRING', optional: false, parameters };
  }

  #array(tree: JsonObject, document: JsonTree, isMap: boolean): Schema {
    const items = tree.get('items');
    if (items === undefined || isArray(items)) throw unusable('Array schema did not specify the items type');
    const entry = isMap && isObject(items) ? items.get('properties') : undefined;
    if (!isObject(entry)) return { type: 'ARRAY', optional: false, items: this.build({ tree: items, document }) };
    const part = (name: string): Schema => this.build({ tree: entry.get(name) ?? true, document });
    return { type: 'MAP', optional: false, keys: part('key'), values: part('value') };
  }

  #union(branches: readonly SchemaNode[], optional: boolean, tree: JsonObject | undefined): Schema {
    const [first, second] = branches;
    if (first !== undefined && second === undefined && this.options.flattenSingletonUnions)
      return this.build(first, optional);
    const others = branches.filter((branch) => !isNullType(branch.tree));
    const nullable = others.length < branches.length;
    const [only] = others;
    if (branches.length === 2 && nullable && only !== undefined) return this.build(only, true);
    const general = this.options.generalizedSumTypeSupport;
    const name = general ? `connect_union_${this.#unions++}` : ONE_OF;
    const fields = others.map((branch, index): Field => {
      const field = general ? `connect_union_field_${index}` : `${name}.field.${index}`;
      return { name: field, schema: this.build(branch, true) };
    });
    const parameters = general ? { parameters: { [GENERAL_UNION]: name } } : {};
    const schema: Schema = { type: 'STRUCT', optional: nullable, name, fields, ...parameters };
    return this.#attributed(tree ?? new Map(), schema, optional);
  }

  /** `allOf` without properties: which of its parts says what the value is. */
  #allOf(parts: readonly SchemaNode[], tree: JsonObject, optional: boolean): Schema {
    const all = [...parts, { tree, document: null }].map((node) => (isObject(node.tree) ? node.tree : undefined));
    const index = [
      (part: JsonObject) => UNION_WORDS.some((word) => part.has(word)) || part.has('allOf'),
      (part: JsonObject) => part.has('enum'),
      (part: JsonObject) => part.has('type'),
      (part: JsonObject) => part.has('$ref'),
    ]
      .map((says) => all.findIndex((part) => part !== undefined && (part !== tree || !part.has('allOf')) && says(part)))
      .find((found) => found >= 0);
    const chosen = index === undefined ? undefined : parts[index];
    if (chosen === undefined) throw unusable('the parts of an allOf have no form in Connect');
    return this.build(chosen, optional);
  }

  /** The properties of an object and of all that it is made of. */
  #collect({ tree, document }: SchemaNode, seen = new Set<JsonTree>()): Map<string, Property> {
    const found = new Map<string, Property>();
    if (!isObject(tree) || seen.has(tree)) return found;
    seen.add(tree);
    const add = (node: SchemaNode): void => {
      for (const [name, property] of this.#collect(node, seen)) found.set(name, property);
    };
    const reference = textOf(tree.get('$ref'));
    if (reference !== undefined) {
      add(this.documents.resolve(reference, { tree, document }));
      return found;
    }
    const properties = tree.get('properties');
    const required = tree.get('required');
    if (isObject(properties) && textOf(tree.get('connect.type')) !== 'map') {
      for (const [name, property] of properties) {
        const isRequired = isArray(required) && required.includes(name);
        found.set(name, { node: { tree: property, document }, isRequired });
      }
    }
    const all = tree.get('allOf');
    if (isArray(all)) for (const part of all) add({ tree: part, document });
    return found;
  }

  #struct(tree: JsonObject, properties: ReadonlyMap<string, Property>, optional: boolean): Schema {
    const fields: Field[] = [];
    const bare: StructSchema = { type: 'STRUCT', optional, fields };
    // As in Java, an object that is put together by allOf has no name.
    const schema = tree.has('allOf') ? bare : this.#attributed(tree, bare, optional);
    this.#open.set(tree, schema as StructSchema);
    for (const [name, { node, isRequired }] of inOrder(properties)) {
      fields.push({ name, schema: this.build(node, this.options.useOptionalForNonRequired && !isRequired) });
    }
    this.#open.delete(tree);
    return schema;
  }

  /** The schema with all that is said about it beside its type. */
  #attributed(tree: JsonObject, base: Schema, optional: boolean): Schema {
    const name = base.name ?? textOf(tree.get('title'));
    const version = smallIntegerOf(tree.get('connect.version'));
    const doc = textOf(tree.get('description'));
    const given = tree.get('connect.parameters');
    const own = isObject(given) ? [...given].map(([key, value]) => [key, textOf(value) ?? jsonText(value)]) : [];
    const parameters: Record<string, string> = { ...base.parameters, ...Object.fromEntries(own) };
    const schema: Schema = {
      ...base,
      optional: base.optional || optional,
      ...(name === undefined ? {} : { name }),
      ...(version === undefined ? {} : { version }),
      ...(doc === undefined ? {} : { doc }),
      ...(Object.keys(parameters).length === 0 ? {} : { parameters }),
    };
    const value = tree.get('default');
    const isPlain = schema.type !== 'STRUCT' && value !== undefined && value !== null;
    const defaultJson = isPlain ? this.defaultText(schema, jsonText(value)) : undefined;
    return defaultJson === undefined ? schema : { ...schema, defaultJson };
  }
}

interface Property {
  readonly node: SchemaNode;
  readonly isRequired: boolean;
}

/** As `connect.index` says, where Connect wrote the schema; else as written. */
function inOrder(properties: ReadonlyMap<string, Property>): [string, Property][] {
  const indexOf = ({ node: { tree } }: Property, position: number): number =>
    (isObject(tree) ? smallIntegerOf(tree.get('connect.index')) : undefined) ?? position;
  return [...properties]
    .map((entry, position) => ({ entry, index: indexOf(entry[1], position) }))
    .sort((one, other) => one.index - other.index)
    .map(({ entry }) => entry);
}

const WORDS_OF_TYPES: readonly (readonly [word: string, type: string])[] = [
  ['properties', 'object'],
  ['additionalProperties', 'object'],
  ['items', 'array'],
  ['pattern', 'string'],
  ['minLength', 'string'],
  ['maxLength', 'string'],
  ['minimum', 'number'],
  ['maximum', 'number'],
  ['enum', 'enum'],
  ['const', 'enum'],
];

/** The type as written, or as the other words imply it. */
function typeOf(tree: JsonObject): string | undefined {
  return textOf(tree.get('type')) ?? WORDS_OF_TYPES.find(([word]) => tree.has(word))?.[1];
}

function isNullType(tree: JsonTree): boolean {
  return isObject(tree) && tree.get('type') === 'null';
}

function primitive(type: PrimitiveType): PrimitiveSchema {
  return { type, optional: false };
}

function numberType(connectType: string | undefined, fallback: PrimitiveType): PrimitiveType {
  if (connectType === undefined) return fallback;
  const type = NUMBER_TYPES[connectType];
  if (type === undefined) throw unusable(`Unsupported type ${connectType}`);
  return type;
}
