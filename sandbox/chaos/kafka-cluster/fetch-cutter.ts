/** Resets connections in the middle of Fetch responses, at byte positions that a seed decides on. */
import type { Socket } from 'node:net';
import { Transform, type TransformCallback } from 'node:stream';
import type { Random } from '../../simulator/random.js';
import type { Tap } from '../gate.js';

/** `kafka.apache.org/protocol`: every message begins with its length, a request goes on with its API key. */
const LENGTH_BYTES = 4;
const REQUEST_HEAD_BYTES = 6;
const FETCH_API_KEY = 1;
/** Smaller responses to a Fetch hold no records. */
const SMALLEST_WITH_RECORDS_BYTES = 200;
const CUT_CHANCE = 0.5;

export class FetchCutter {
  /** How many responses were cut. */
  cuts = 0;
  private left = 0;

  constructor(private readonly random: Random) {}

  /** From here on every other response with records is cut, until there were so many. */
  arm(times: number): void {
    this.left = times;
  }

  /** A broker answers the requests of a connection in their order. */
  readonly tap: Tap = (client) => {
    const asked: number[] = [];
    const asks = new Messages(REQUEST_HEAD_BYTES, (head) => {
      asked.push(head.readInt16BE(LENGTH_BYTES));
      return undefined;
    });
    const answers = new Messages(LENGTH_BYTES, (_, sizeBytes) =>
      asked.shift() === FETCH_API_KEY ? this.positionIn(sizeBytes, client) : undefined,
    );
    return [asks, answers];
  };

  private positionIn(sizeBytes: number, client: Socket): Cut | undefined {
    if (this.left === 0 || sizeBytes < SMALLEST_WITH_RECORDS_BYTES || !this.random.chance(CUT_CHANCE)) return undefined;
    this.left -= 1;
    this.cuts += 1;
    return { atByte: this.random.between(LENGTH_BYTES, sizeBytes - 1), reset: () => client.resetAndDestroy() };
  }
}

interface Cut {
  /** Of the message; what comes before is let through. */
  readonly atByte: number;
  readonly reset: () => void;
}

/** Lets bytes through and shows the head of every message. */
class Messages extends Transform {
  private head = Buffer.alloc(0);
  /** Bytes until the next message begins, or until the cut. */
  private left = 0;
  private cut: Cut | undefined;
  private isOver = false;

  constructor(
    private readonly headBytes: number,
    private readonly onMessage: (head: Buffer, sizeBytes: number) => Cut | undefined,
  ) {
    super();
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    let from = 0;
    while (from < chunk.length && !this.isOver)
      from += this.left > 0 ? this.pass(chunk, from) : this.begin(chunk, from);
    done();
  }

  private pass(chunk: Buffer, from: number): number {
    const part = chunk.subarray(from, from + this.left);
    this.left -= part.length;
    this.push(part);
    if (this.left === 0 && this.cut !== undefined) {
      this.isOver = true;
      // What was let through is to be on its way first.
      setImmediate(this.cut.reset);
    }
    return part.length;
  }

  private begin(chunk: Buffer, from: number): number {
    const part = chunk.subarray(from, from + this.headBytes - this.head.length);
    this.head = Buffer.concat([this.head, part]);
    if (this.head.length === this.headBytes) {
      const sizeBytes = LENGTH_BYTES + this.head.readInt32BE(0);
      this.cut = this.onMessage(this.head, sizeBytes);
      this.left = Math.max(1, (this.cut?.atByte ?? sizeBytes) - this.headBytes);
      this.push(this.head);
      this.head = Buffer.alloc(0);
    }
    return part.length;
  }
}
