import protobuf from 'protobufjs';
import { DECIMAL, type Schema, type StructSchema } from '../../data/schema.js';
import type { Value } from '../../data/value.js';
import { createRecordDecoder, type RecordDecoder } from '../binary/record-decoder.js';
import type { TextWriter } from '../writers.js';
import {
  declaredFields,
  fullNameOf,
  isMarkedOptional,
  isProto2,
  keyTypeOf,
  LOGICAL_MESSAGES,
  oneofOf,
  realOneofs,
  SchemaBuilder,
  WRAPPERS,
} from './connect-schema.js';
import { closedSet, enumNode } from './enum-node.js';
import { dateBody, decimalBody, timeOfDayBody, timestampBody, wrapperBody } from './logical-bodies.js';
import {
  type Absent,
  absentNull,
  arrayMember,
  mapMember,
  messageMember,
  oneofMember,
  scalarMember,
} from './members.js';
import { MessageLayout, type WireField } from './message-layout.js';
import { type EmbeddedMessage, embedded, type Member, type MessageBody, structBody } from './message-node.js';
import type { ProtobufOptions } from './options.js';
import { type ProtobufSource, resolveFile } from './proto-files.js';
import { type ProtobufNode, SCALARS, scalarNode } from './scalar-nodes.js';
import { LENGTH, ProtobufCursor, START_GROUP, VARINT } from './wire.js';

/** A schema with its imports, of which any message can be compiled. */
export interface ProtobufFile {
  /**
   * Compiles the message that the indexes of a value lead to.
   * @throws SluiceError RECORD_INVALID when there is none
   */
  decoderAt(indexes: readonly number[]): RecordDecoder;
}

/**
 * Compiles a Protobuf schema.
 * @throws SluiceError RECORD_INVALID when the schema is wrong or an import is missing
 */
export function compileProtobuf(source: ProtobufSource, options: ProtobufOptions, writeText: TextWriter): ProtobufFile {
  const file = resolveFile(source);
  const decoders = new Map<string, RecordDecoder>();
  const compiler = new Compiler(options);
  return {
    decoderAt(indexes) {
      const place = indexes.join();
      const known = decoders.get(place);
      if (known !== undefined) return known;
      const node = compiler.root(file.messageAt(indexes));
      const decoder = createRecordDecoder({ node, cursor: new ProtobufCursor(), trailingBytes: 'refuse' }, writeText);
      decoders.set(place, decoder);
      return decoder;
    },
  };
}

class Compiler {
  readonly #schemas: SchemaBuilder;
  readonly #bodies = new Map<string, MessageBody>();

  constructor(readonly options: ProtobufOptions) {
    this.#schemas = new SchemaBuilder(options);
  }

  root(type: protobuf.Type): MessageBody {
    const schema = this.#schemas.root(type);
    return schema.type === 'STRUCT' ? this.#struct(type, schema) : wrapper(type, schema);
  }

  /** The body of a message in a field whose schema this is. */
  #body(type: protobuf.Type, schema: Schema): MessageBody {
    if (LOGICAL_MESSAGES[fullNameOf(type)] !== undefined) return logicalBody(type, schema);
    return schema.type === 'STRUCT' ? this.#struct(type, schema) : wrapper(type, schema);
  }

  #struct(type: protobuf.Type, schema: StructSchema): MessageBody {
    const known = this.#bodies.get(type.fullName);
    if (known !== undefined) return known;
    const oneofs = realOneofs(type);
    const fields = declaredFields(type);
    const layout = new MessageLayout(
      fields.map((field) => wireField(field, oneofs)),
      oneofs.length,
    );
    const members: Member[] = [];
    const body = structBody(schema, layout, members);
    this.#bodies.set(type.fullName, body);
    const schemas = schema.fields.map((field) => field.schema);
    const next = (): Schema => schemas[members.length] as Schema;
    oneofs.forEach((oneof, number) => {
      const indexes = oneof.fieldsArray.map((field) => fields.indexOf(field));
      if (this.options.flattenUnions) {
        for (const field of oneof.fieldsArray) members.push(this.#member(layout, fields.indexOf(field), field, next()));
      } else {
        members.push(this.#oneof(layout, number, oneof, indexes, next() as StructSchema));
      }
    });
    fields.forEach((field, index) => {
      if (oneofOf(field) === undefined) members.push(this.#member(layout, index, field, next()));
    });
    return body;
  }

  #oneof(
    layout: MessageLayout,
    number: number,
    oneof: protobuf.OneOf,
    indexes: readonly number[],
    schema: StructSchema,
  ): Member {
    const members = oneof.fieldsArray.map((field, index) =>
      this.#member(layout, indexes[index] ?? -1, field, schema.fields[index]?.schema as Schema),
    );
    return oneofMember(layout, number, schema, indexes, members);
  }

  #member(layout: MessageLayout, index: number, field: protobuf.Field, schema: Schema): Member {
    const keyType = keyTypeOf(field);
    if (keyType !== undefined) return this.#map(layout, index, field, keyType, schema);
    if (schema.type === 'ARRAY') return arrayMember(layout, index, this.#node(field, schema.items));
    if (field.resolvedType instanceof protobuf.Type) {
      const generate = this.options.generateStructForNulls && oneofOf(field) === undefined;
      return messageMember(layout, index, this.#message(field, schema), generate);
    }
    return scalarMember(layout, index, this.#node(field, schema), this.#absent(field, schema));
  }

  #map(layout: MessageLayout, index: number, field: protobuf.Field, keyType: string, schema: Schema): Member {
    if (schema.type !== 'MAP') throw new Error('the schema is no map');
    const { keys, values } = schema;
    const keyField = { ...PLAIN, name: 'key', number: 1, wireType: SCALARS[keyType]?.wireType ?? VARINT };
    const valueField = { ...PLAIN, name: 'value', number: 2, wireType: wireTypeOf(field) };
    const entry = new MessageLayout([keyField, valueField], 0);
    const key = scalarMember(entry, 0, scalarNode(keyType, keys, isStrict(field)), zeroOf(keys));
    const value =
      field.resolvedType instanceof protobuf.Type
        ? messageMember(entry, 1, this.#message(field, values), true)
        : scalarMember(entry, 1, this.#node(field, values), this.#zero(field, values));
    return mapMember(layout, index, schema, { layout: entry, key, value });
  }

  #node(field: protobuf.Field, schema: Schema): ProtobufNode {
    if (field.resolvedType instanceof protobuf.Enum) return enumNode(field.resolvedType, schema);
    if (field.resolvedType instanceof protobuf.Type) return this.#message(field, schema);
    return scalarNode(field.type, schema, isStrict(field));
  }

  #message(field: protobuf.Field, schema: Schema): EmbeddedMessage {
    const body = this.#body(field.resolvedType as protobuf.Type, schema);
    return embedded({ ...body, schema }, field.delimited ? field.id : undefined);
  }

  #absent(field: protobuf.Field, schema: Schema): Absent {
    if (oneofOf(field) !== undefined) return absentNull(schema);
    return isMarkedOptional(field) && this.#tellsAbsence(field) ? absentNull(schema) : this.#zero(field, schema);
  }

  #tellsAbsence(field: protobuf.Field): boolean {
    if (this.options.generateStructForNulls) return false;
    return !isProto2(field) || this.options.optionalForProto2;
  }

  #zero({ resolvedType, options }: protobuf.Field, schema: Schema): Absent {
    const given: unknown = options?.default;
    if (!(resolvedType instanceof protobuf.Enum)) return zeroOf(schema, given);
    const [[firstSymbol, firstNumber] = ['', 0]] = Object.entries(resolvedType.values);
    const symbol = typeof given === 'string' ? given : firstSymbol;
    const value = schema.type === 'STRING' ? symbol : (resolvedType.values[symbol] ?? firstNumber);
    return { value, text: Buffer.from(JSON.stringify(value)) };
  }
}

const PLAIN = { repeated: false, required: false, oneof: -1, accepts: undefined };

function wireField(field: protobuf.Field, oneofs: readonly protobuf.OneOf[]): WireField {
  const oneof = oneofOf(field);
  return {
    name: field.name,
    number: field.id,
    wireType: field.map ? LENGTH : wireTypeOf(field),
    repeated: field.repeated || field.map,
    required: field.required && isProto2(field),
    oneof: oneof === undefined ? -1 : oneofs.indexOf(oneof),
    accepts: field.resolvedType instanceof protobuf.Enum && !field.map ? closedSet(field.resolvedType) : undefined,
  };
}

function wireTypeOf(field: protobuf.Field): number {
  if (field.resolvedType instanceof protobuf.Enum) return VARINT;
  if (field.resolvedType instanceof protobuf.Type) return field.delimited ? START_GROUP : LENGTH;
  return SCALARS[field.type]?.wireType ?? VARINT;
}

/** proto3 refuses text that is not UTF-8. */
function isStrict(field: protobuf.Field): boolean {
  return !isProto2(field);
}

function logicalBody(type: protobuf.Type, schema: Schema): MessageBody {
  if (schema.name === DECIMAL) return decimalBody(schema);
  if (type.name === 'Date') return dateBody(schema);
  return type.name === 'TimeOfDay' ? timeOfDayBody(schema) : timestampBody(schema);
}

function wrapper(type: protobuf.Type, schema: Schema): MessageBody {
  const scalar = WRAPPERS[fullNameOf(type)] ?? '';
  return wrapperBody(scalarNode(scalar, schema, true), SCALARS[scalar]?.wireType ?? VARINT, zeroOf(schema));
}

/** The default of a scalar: the one of its schema in proto2, or zero. */
function zeroOf({ type }: Schema, given?: unknown): Absent {
  switch (type) {
    case 'STRING': {
      const value = typeof given === 'string' ? given : '';
      return { value, text: Buffer.from(JSON.stringify(value)) };
    }
    case 'BYTES': {
      const value = Buffer.from(typeof given === 'string' ? given : '', 'latin1');
      return { value, text: Buffer.from(JSON.stringify(value.toString('base64'))) };
    }
    case 'BOOLEAN':
      return { value: given === true, text: Buffer.from(String(given === true)) };
    default: {
      const number = typeof given === 'number' ? given : 0;
      const value: Value = type === 'INT64' ? BigInt(number) : number;
      return { value, text: Buffer.from(Number.isFinite(number) ? String(value) : `"${number}"`) };
    }
  }
}
