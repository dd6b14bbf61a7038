import { DECIMAL, type Field, type MapSchema, type Schema, type StructSchema } from '../../data/schema.js';
import { ByteCursor } from '../binary/byte-cursor.js';
import { type ArrayItems, createRecordDecoder, isRow, type RecordDecoder } from '../binary/record-decoder.js';
import { nullText, type ValueNode } from '../binary/value-node.js';
import { recordInvalid } from '../invalid.js';
import type { TextWriter } from '../writers.js';
import { type AvroFixed, type AvroRecord, type AvroSchema, parseAvroSchema } from './avro-schema.js';
import { mapEntryOf, soleBranch, toConnectSchema } from './connect-schema.js';
import {
  arrayNode,
  bareUnionNode,
  entriesNode,
  mapNode,
  nextBlock,
  nullableNode,
  type RecordParts,
  recordNode,
  singleNode,
  type UnionBranch,
  unionNode,
} from './container-nodes.js';
import type { AvroCompileOptions } from './options.js';
import {
  booleanNode,
  byteListNode,
  bytesNode,
  doubleNode,
  enumNode,
  floatNode,
  intNode,
  latinBytesNode,
  longNode,
  stringNode,
  takeCounted,
} from './scalar-nodes.js';

export interface AvroSource {
  /** The schema that the values were written with. */
  readonly schemaText: string;
  /** The schemas whose names it uses, each after those that it uses itself. */
  readonly references?: readonly string[];
}

/**
 * Compiles an Avro schema.
 * @throws SluiceError RECORD_INVALID when the schema is wrong or has no form in Connect
 */
export function compileAvro(source: AvroSource, options: AvroCompileOptions, writeText: TextWriter): RecordDecoder {
  const avro = parseAvroSchema(source.schemaText, source.references);
  if (options.rows === 'generic' && avro.type !== 'record') {
    throw recordInvalid('The Avro schema of a file has to be a record.', 'Correct avro.topic2schema.filepath.');
  }
  const schema = toConnectSchema(avro, options);
  const compiler = new Compiler(options);
  const root = {
    node: compiler.compile(avro, schema),
    cursor: new ByteCursor('Avro'),
    trailingBytes: options.trailingBytes,
    skipNull: nullSkipper(avro),
    items: rowItems(avro, schema, compiler),
  };
  return createRecordDecoder(root, writeText);
}

/** The items of an array at the root, also of one that may be null, if they are rows. */
function rowItems(avro: AvroSchema, schema: Schema, compiler: Compiler): ArrayItems | undefined {
  const array = avro.type === 'union' ? soleBranch(avro.branches, compiler.options) : avro;
  if (array?.type !== 'array' || schema.type !== 'ARRAY' || !isRow(schema.items)) return undefined;
  const empty = mayBeEmpty(array.items);
  return {
    item: compiler.compile(array.items, schema.items),
    begin: array === avro ? undefined : (cursor) => void cursor.zigzag32(),
    nextBlock: (cursor) => nextBlock(cursor, empty),
  };
}

/** Tells a null at the root, which only a union has. */
function nullSkipper(avro: AvroSchema): ((cursor: ByteCursor) => boolean) | undefined {
  if (avro.type !== 'union') return undefined;
  const nullIndex = avro.branches.findIndex(({ type }) => type === 'null');
  if (nullIndex < 0) return undefined;
  return (cursor) => {
    if (cursor.zigzag32() === nullIndex) return true;
    cursor.rewind();
    return false;
  };
}

class Compiler {
  /** What was compiled of records, by the fields of their schemas: a record inside itself has the same ones. */
  readonly #records = new Map<readonly Field[], RecordParts>();

  constructor(readonly options: AvroCompileOptions) {}

  compile(avro: AvroSchema, schema: Schema): ValueNode {
    switch (avro.type) {
      case 'boolean':
        return booleanNode(schema);
      case 'int':
        return intNode(schema);
      case 'long':
        return longNode(schema);
      case 'float':
        return floatNode(schema);
      case 'double':
        return doubleNode(schema);
      case 'string':
        return stringNode(schema);
      case 'enum':
        return enumNode(schema, avro.symbols);
      case 'bytes':
        if (this.options.rows === 'generic' && schema.name !== DECIMAL) return latinBytesNode(schema, takeCounted);
        return bytesNode(schema, takeCounted);
      case 'fixed':
        return this.#fixed(avro, schema);
      case 'array':
        return this.#array(avro.items, schema);
      case 'map':
        return mapNode(mapOf(schema), this.compile(avro.values, mapOf(schema).values));
      case 'record':
        return this.#record(avro, structOf(schema));
      case 'union':
        return this.#union(avro.branches, schema);
      case 'null':
        throw new Error('null stands in unions only');
    }
  }

  #fixed({ sizeBytes }: AvroFixed, schema: Schema): ValueNode {
    const take = (cursor: ByteCursor): number => cursor.take(sizeBytes);
    const listed = this.options.rows === 'generic' && schema.name !== DECIMAL;
    return (listed ? byteListNode : bytesNode)(schema, take);
  }

  #array(items: AvroSchema, schema: Schema): ValueNode {
    const entry = mapEntryOf(items, this.options);
    if (schema.type === 'ARRAY') return arrayNode(schema, this.compile(items, schema.items), mayBeEmpty(items));
    if (entry === undefined) throw new Error('the schema is no array');
    const map = mapOf(schema);
    return entriesNode(
      map,
      this.compile(entry.key, map.keys),
      this.compile(entry.value, map.values),
      mayBeEmpty(items),
    );
  }

  #record(avro: AvroRecord, schema: StructSchema): ValueNode {
    const known = this.#records.get(schema.fields);
    const parts = known ?? { fields: [] };
    if (known === undefined) {
      this.#records.set(schema.fields, parts);
      avro.fields.forEach((field, index) => {
        parts.fields.push(this.compile(field.schema, schema.fields[index]?.schema as Schema));
      });
    }
    return recordNode(schema, parts);
  }

  #union(branches: readonly AvroSchema[], schema: Schema): ValueNode {
    const only = soleBranch(branches, this.options);
    if (only !== undefined) {
      const value = this.compile(only, schema);
      const nullIndex = branches.findIndex(({ type }) => type === 'null');
      return nullIndex < 0
        ? singleNode(value)
        : nullableNode(schema, value, nullIndex, this.options.rows === 'generic' ? NULL : nullText(schema));
    }
    const struct = structOf(schema);
    let fieldIndex = 0;
    const compiled = branches.map((branch): UnionBranch | undefined => {
      if (branch.type === 'null') return undefined;
      const value = this.compile(branch, struct.fields[fieldIndex]?.schema as Schema);
      return { value, fieldIndex: fieldIndex++ };
    });
    return (this.options.rows === 'generic' ? bareUnionNode : unionNode)(struct, compiled);
  }
}

const NULL = Buffer.from('null');

/** Whether a value may take no byte at all, so that the bytes left do not bound how many there are. */
function mayBeEmpty(avro: AvroSchema, around: readonly AvroSchema[] = []): boolean {
  if (avro.type === 'fixed') return avro.sizeBytes === 0;
  if (avro.type !== 'record' || around.includes(avro)) return false;
  return avro.fields.every(({ schema }) => mayBeEmpty(schema, [...around, avro]));
}

function structOf(schema: Schema): StructSchema {
  if (schema.type !== 'STRUCT') throw new Error('the schema is no struct');
  return schema;
}

function mapOf(schema: Schema): MapSchema {
  if (schema.type !== 'MAP') throw new Error('the schema is no map');
  return schema;
}
