import { ByteCursor } from '../binary/byte-cursor.js';

/**
 * Protobuf's wire format (protobuf.dev, "Encoding"): a message is a sequence of tags, field number × 8 + wire type, each
 * followed by a value.
 */

export const VARINT = 0;
export const FIXED64 = 1;
export const LENGTH = 2;
export const START_GROUP = 3;
export const END_GROUP = 4;
export const FIXED32 = 5;

const INITIAL_SLOTS = 1024;

/** Where a reader is in a message. The places of the fields of all messages around are in `slots`, message by message. */
export class ProtobufCursor extends ByteCursor {
  slots = new Int32Array(INITIAL_SLOTS);
  /** Where the embedded message that was just passed ends, without the tag behind a group. */
  bodyEnd = 0;
  #top = 0;

  constructor() {
    super('Protobuf');
  }

  override open(buffer: Buffer, start: number, end: number): void {
    super.open(buffer, start, end);
    this.#top = 0;
  }

  /** So many slots, all 0, for a message that is begun; returns where they are. */
  claim(count: number): number {
    const base = this.#top;
    this.#top = base + count;
    if (this.#top > this.slots.length) {
      const more = new Int32Array(2 * this.#top);
      more.set(this.slots);
      this.slots = more;
    }
    this.slots.fill(0, base, this.#top);
    return base;
  }

  /** Gives back the slots of a message that has ended. */
  release(base: number): void {
    this.#top = base;
  }

  tag(): number {
    const tag = this.unsigned();
    if (typeof tag !== 'number' || tag > 0xffffffff || tag < 8) throw this.invalid('a field with an impossible number');
    return tag;
  }

  /** A length and the bytes it counts; returns where they begin. */
  takeCounted(): number {
    return this.take(Number(this.unsigned()));
  }

  /** Moves past a value of this wire type. */
  skip(wireType: number, fieldNumber: number): void {
    switch (wireType) {
      case VARINT:
        this.unsigned();
        break;
      case FIXED64:
        this.take(8);
        break;
      case LENGTH:
        this.takeCounted();
        break;
      case START_GROUP:
        this.skipGroup(fieldNumber);
        break;
      case FIXED32:
        this.take(4);
        break;
      default:
        throw this.invalid(`the wire type ${wireType}`);
    }
  }

  /** Moves past a group whose first tag was read; returns where its last tag begins. */
  skipGroup(fieldNumber: number): number {
    this.enter();
    for (;;) {
      const at = this.position;
      const tag = this.tag();
      if ((tag & 7) !== END_GROUP) {
        this.skip(tag & 7, tag >>> 3);
        continue;
      }
      if (tag >>> 3 !== fieldNumber) throw this.invalid('the end of a group that was not begun');
      this.leave();
      return at;
    }
  }
}
