import { excerpt, recordInvalid } from '../converters/invalid.js';

/** What names a schema in the registry: a number, or a GUID that is the same in every registry. */
export type SchemaKey = number | string;

/** A value without what is before it to name its schema. */
export interface FramedValue {
  readonly key: SchemaKey;
  /** Where the message is in its `.proto` file: `[1, 0]` is the first message inside the second. `[0]` for other types. */
  readonly messageIndexes: readonly number[];
  readonly payloadStart: number;
}

const ID_MAGIC = 0;
const GUID_MAGIC = 1;
const ID_BYTES = 4;
const GUID_BYTES = 16;
const FIRST_MESSAGE: readonly number[] = [0];
const MAX_MESSAGE_DEPTH = 100;

/**
 * Reads how values name their schemas (Confluent's wire format):
 *
 *     00 | id: int32                    or
 *     01 | GUID: 16 bytes               followed by, in Protobuf only,
 *     count | index … : zigzag varints  (a single 00 stands for the first message, as 1, 0 would)
 *
 * These bytes are before the value, or, with newer producers, the record header `__value_schema_id` (`__key_schema_id`)
 * holds them and the value is all payload. One object serves all records: it is filled anew by `read`.
 */
export class Framing implements FramedValue {
  key: SchemaKey = 0;
  messageIndexes: readonly number[] = FIRST_MESSAGE;
  payloadStart = 0;

  /** @param withIndexes whether message indexes follow, as in Protobuf */
  constructor(readonly withIndexes: boolean) {}

  /**
   * @param header the value of the record's header for schema ids, where it has one
   * @throws SluiceError RECORD_INVALID when the value is not framed
   */
  read(source: Buffer, start: number, end: number, header?: Buffer): this {
    if (header === undefined) {
      this.payloadStart = this.#readFrame(source, start, end, false);
    } else {
      this.#readFrame(header, 0, header.length, true);
      this.payloadStart = start;
    }
    return this;
  }

  #readFrame(source: Buffer, start: number, end: number, inHeader: boolean): number {
    const magic = start < end ? source[start] : undefined;
    const position = start + 1;
    if (magic === ID_MAGIC && position + ID_BYTES <= end) {
      this.key = source.readInt32BE(position);
      return this.#readIndexes(source, position + ID_BYTES, end);
    }
    if (magic === GUID_MAGIC && position + GUID_BYTES <= end) {
      this.key = guidText(source, position);
      return this.#readIndexes(source, position + GUID_BYTES, end);
    }
    throw notFramed(source, start, end, inHeader);
  }

  #readIndexes(source: Buffer, start: number, end: number): number {
    this.messageIndexes = FIRST_MESSAGE;
    if (!this.withIndexes) return start;
    if (source[start] === 0 && start < end) return start + 1;
    let position = start;
    const next = (): number => {
      let value = 0;
      for (let shift = 0; shift < 35 && position < end; shift += 7) {
        const byte = source[position++] ?? 0;
        value |= (byte & 0x7f) << shift;
        if (byte < 0x80) return (value >>> 1) ^ -(value & 1);
      }
      throw invalidIndexes();
    };
    const count = next();
    if (count < 0 || count > MAX_MESSAGE_DEPTH) throw invalidIndexes();
    const indexes = Array.from({ length: count }, next);
    if (indexes.some((index) => index < 0)) throw invalidIndexes();
    if (count > 0) this.messageIndexes = indexes;
    return position;
  }
}

function guidText(source: Buffer, start: number): string {
  const hex = source.toString('hex', start, start + GUID_BYTES);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

function invalidIndexes(): Error {
  return recordInvalid(
    'The value does not say which message of its Protobuf schema it is: wrong message indexes.',
    'Look whether the producer uses the Protobuf serializer of the schema registry.',
  );
}

/** In the words of the Java client, with what the value looks like instead. */
function notFramed(source: Buffer, start: number, end: number, inHeader: boolean): Error {
  const size = end - start;
  const where = inHeader ? 'The record header with the schema id' : 'The value';
  if (size === 0) return recordInvalid(`Unknown magic byte! ${where} is empty.`, HINT);
  const first = source[start] ?? 0;
  const begins = `it begins with ${excerpt(source, start, end)}`;
  if (first === ID_MAGIC || first === GUID_MAGIC) {
    return recordInvalid(`${where} of ${size} bytes is too short to name a schema of the registry.`, HINT);
  }
  const isJson = first === 0x7b || first === 0x5b;
  return recordInvalid(
    `Unknown magic byte! ${where} was not written with a schema registry: its first byte is 0x${first.toString(16).padStart(2, '0')}, ${begins}.`,
    isJson ? 'The value looks like JSON: set value.converter=org.apache.kafka.connect.json.JsonConverter.' : HINT,
  );
}

const HINT =
  'Set value.converter to the one that fits how the producer writes, or let such records go to the dead letter queue with errors.tolerance=all.';
