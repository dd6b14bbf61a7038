/** Records as the reader hands them on, in memory. */
import { RecordCursor } from '../../kafka/protocol/record-cursor.js';
import type { RecordKind } from '../records/index.js';

/** What Kafka has in front of the parts of a record: lengths, attributes, deltas. */
const HEAD = Buffer.alloc(4, 1);
const TIMESTAMP_MS = 1_760_000_000_000n;
const SPANS = 4;

/** Records one after the other in one buffer, as they are in a fetched batch, and a cursor that is moved over them. */
export class RecordsInMemory {
  readonly #cursor = new RecordCursor();
  /** Start and end of the key, start and end of the value, of each record. */
  readonly #spans: Int32Array;

  constructor(
    kind: RecordKind,
    schemaId: number,
    readonly count: number,
  ) {
    this.#spans = new Int32Array(SPANS * count);
    const parts: Buffer[] = [];
    let position = 0;
    const add = (part: Buffer | string) => {
      const bytes = Buffer.from(part);
      parts.push(HEAD, bytes);
      position += HEAD.length + bytes.length;
      return [position - bytes.length, position] as const;
    };
    for (let index = 0; index < count; index++) {
      const key = kind.key?.(index);
      const [keyStart, keyEnd] = add(key ?? '');
      const [valueStart, valueEnd] = add(kind.value(index, schemaId));
      this.#spans.set([keyStart, key === undefined ? -1 : keyEnd, valueStart, valueEnd], SPANS * index);
    }
    this.#cursor.buffer = Buffer.concat(parts);
    this.#cursor.baseTimestamp = TIMESTAMP_MS;
    this.#cursor.timestampIsBatchWide = true;
  }

  /** The cursor, on the record of this index. It is the same for all of them, as the reader's is. */
  at(index: number): RecordCursor {
    const cursor = this.#cursor;
    const spans = this.#spans;
    const first = SPANS * index;
    cursor.offsetDelta = index;
    cursor.keyStart = spans[first] ?? 0;
    cursor.keyEnd = spans[first + 1] ?? -1;
    cursor.valueStart = spans[first + 2] ?? 0;
    cursor.valueEnd = spans[first + 3] ?? -1;
    return cursor;
  }
}
