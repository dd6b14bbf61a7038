import type protobuf from 'protobufjs';
import type { Schema } from '../../data/schema.js';
import { writeInteger } from '../binary/json-writers.js';
import { isProto2 } from './connect-schema.js';
import { int32, type ProtobufNode } from './scalar-nodes.js';
import type { ProtobufCursor } from './wire.js';

/** An enum: the name of its value, or the number where the schema is INT32. */
export function enumNode(type: protobuf.Enum, schema: Schema): ProtobufNode {
  if (schema.type === 'INT32') {
    return { schema, read: int32, write: (cursor, out) => writeInteger(int32(cursor), out) };
  }
  const symbols = firstNames(type);
  const literals = new Map([...symbols].map(([number, symbol]) => [number, Buffer.from(JSON.stringify(symbol))]));
  // As Java's protobuf calls values that a schema does not know.
  const unknown = (number: number): string => `UNKNOWN_ENUM_VALUE_${type.name}_${number}`;
  return {
    schema,
    read(cursor) {
      const number = int32(cursor);
      return symbols.get(number) ?? unknown(number);
    },
    write(cursor, out) {
      const number = int32(cursor);
      const literal = literals.get(number);
      if (literal === undefined) out.writeAscii(`"${unknown(number)}"`);
      else out.writeLiteral(literal);
    },
  };
}

/** Tells the values to keep of an enum of proto2, which takes others for unknown fields; undefined for other enums. */
export function closedSet(type: protobuf.Enum): ((cursor: ProtobufCursor) => boolean) | undefined {
  if (!isProto2(type)) return undefined;
  const symbols = firstNames(type);
  return (cursor) => symbols.has(int32(cursor));
}

/** Of several names for a number, the first counts. */
function firstNames({ values }: protobuf.Enum): Map<number, string> {
  const names = new Map<number, string>();
  for (const [name, number] of Object.entries(values)) if (!names.has(number)) names.set(number, name);
  return names;
}
