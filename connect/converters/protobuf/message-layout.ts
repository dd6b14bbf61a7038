import { FIXED32, FIXED64, LENGTH, type ProtobufCursor, VARINT } from './wire.js';

/** What is to be known of a field to find its values. */
export interface WireField {
  readonly name: string;
  readonly number: number;
  readonly wireType: number;
  readonly repeated: boolean;
  readonly required: boolean;
  /** The oneof that holds it; -1 for none. */
  readonly oneof: number;
  /** Moves past a value and tells whether it is to be kept; undefined where every value is. */
  readonly accepts: ((cursor: ProtobufCursor) => boolean) | undefined;
}

/** The slots of a field: where the tag of its first value is (plus one), where its last value is, how many there are. */
const FIRST = 0;
const LAST = 1;
const COUNT = 2;
const SLOTS_PER_FIELD = 3;

/** Field numbers up to here are found in an array. */
const MAX_DENSE_NUMBER = 1024;

/**
 * Finds the fields of a message in any order they were written in. A scan notes for each field where its values are; what
 * is made of the message then reads them in the order of the schema. Nothing is allocated.
 */
export class MessageLayout {
  readonly #dense: number[] = [];
  readonly #sparse = new Map<number, number>();
  readonly #required: readonly number[];
  readonly #oneofsAt: number;
  readonly #slots: number;

  constructor(
    readonly fields: readonly WireField[],
    oneofs: number,
  ) {
    fields.forEach(({ number }, index) => {
      if (number <= MAX_DENSE_NUMBER) this.#dense[number] = index;
      else this.#sparse.set(number, index);
    });
    for (let number = 0; number < this.#dense.length; number++) this.#dense[number] ??= -1;
    this.#required = fields.flatMap(({ required }, index) => (required ? [index] : []));
    this.#oneofsAt = fields.length * SLOTS_PER_FIELD;
    this.#slots = this.#oneofsAt + oneofs;
  }

  /** Reads the message from the cursor to its end; returns where its slots are. `cursor.release` frees them. */
  scan(cursor: ProtobufCursor): number {
    const base = cursor.claim(this.#slots);
    while (cursor.position < cursor.end) {
      const tagAt = cursor.position;
      const tag = cursor.tag();
      const number = tag >>> 3;
      const index = number < this.#dense.length ? (this.#dense[number] ?? -1) : (this.#sparse.get(number) ?? -1);
      const field = this.fields[index];
      if (field === undefined || !mayHold(field, tag & 7)) cursor.skip(tag & 7, number);
      else this.#note(cursor, base, index, field, tagAt, tag & 7);
    }
    for (const index of this.#required) {
      if (this.count(cursor, base, index) > 0) continue;
      throw cursor.invalid(`the required field ${this.fields[index]?.name} is missing in the message that ends`);
    }
    return base;
  }

  /** How often the field was found. */
  count(cursor: ProtobufCursor, base: number, index: number): number {
    return cursor.slots[base + index * SLOTS_PER_FIELD + COUNT] ?? 0;
  }

  /** Where the last value of the field begins. */
  last(cursor: ProtobufCursor, base: number, index: number): number {
    return cursor.slots[base + index * SLOTS_PER_FIELD + LAST] ?? 0;
  }

  /** The field of the oneof that is set; -1 for none. */
  chosen(cursor: ProtobufCursor, base: number, oneof: number): number {
    return (cursor.slots[base + this.#oneofsAt + oneof] ?? 0) - 1;
  }

  /** Goes through all values of a field; the visitor has to move past the value. */
  each(cursor: ProtobufCursor, base: number, index: number, visit: (cursor: ProtobufCursor) => void): void {
    const field = this.fields[index];
    let left = this.count(cursor, base, index);
    if (field === undefined || left === 0) return;
    cursor.position = (cursor.slots[base + index * SLOTS_PER_FIELD + FIRST] ?? 0) - 1;
    while (left > 0) {
      const tag = cursor.tag();
      if (tag >>> 3 !== field.number || !mayHold(field, tag & 7)) {
        cursor.skip(tag & 7, tag >>> 3);
        continue;
      }
      left--;
      if ((tag & 7) === field.wireType) this.#visitOne(cursor, field, visit);
      else this.#visitPacked(cursor, field, visit);
    }
  }

  #visitPacked(cursor: ProtobufCursor, field: WireField, visit: (cursor: ProtobufCursor) => void): void {
    const { end } = cursor;
    const start = cursor.takeCounted();
    const packedEnd = cursor.position;
    cursor.position = start;
    cursor.end = packedEnd;
    while (cursor.position < packedEnd) this.#visitOne(cursor, field, visit);
    cursor.end = end;
  }

  #visitOne(cursor: ProtobufCursor, { accepts }: WireField, visit: (cursor: ProtobufCursor) => void): void {
    if (accepts !== undefined) {
      const at = cursor.position;
      if (!accepts(cursor)) return;
      cursor.position = at;
    }
    visit(cursor);
  }

  #note(cursor: ProtobufCursor, base: number, index: number, field: WireField, tagAt: number, wireType: number): void {
    const valueAt = cursor.position;
    if (field.accepts !== undefined && wireType === VARINT) {
      if (!field.accepts(cursor) && !field.repeated) return;
    } else {
      cursor.skip(wireType, field.number);
    }
    const { slots } = cursor;
    const slot = base + index * SLOTS_PER_FIELD;
    if (field.oneof >= 0) {
      const chosen = base + this.#oneofsAt + field.oneof;
      const before = (slots[chosen] ?? 0) - 1;
      // A member takes the place of the one before, whose values are gone.
      if (before >= 0 && before !== index) slots[base + before * SLOTS_PER_FIELD + COUNT] = 0;
      slots[chosen] = index + 1;
    }
    const count = slots[slot + COUNT] ?? 0;
    if (count === 0) slots[slot + FIRST] = tagAt + 1;
    slots[slot + LAST] = valueAt;
    slots[slot + COUNT] = count + 1;
  }
}

/** A repeated number may be written packed, whatever its schema says, and the other way round. */
function mayHold({ wireType, repeated }: WireField, found: number): boolean {
  if (found === wireType) return true;
  return found === LENGTH && repeated && (wireType === VARINT || wireType === FIXED32 || wireType === FIXED64);
}
