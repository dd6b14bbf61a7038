/** Offset ranges: what to read, how far the reading is, what it came to. */

/** Offsets of one partition, `end` exclusive. */
export interface OffsetRange {
  topic: string;
  /** Where known, a topic deleted and created again under the same name is noticed. */
  topicId?: string;
  partition: number;
  start: bigint;
  end: bigint;
}

/** What reading a range came to. `bytes` are those of the values. */
export interface RangeSummary {
  topic: string;
  partition: number;
  start: bigint;
  end: bigint;
  /** Records shown to the visitor. */
  records: number;
  bytes: number;
  /** Records of aborted transactions inside the range. */
  aborted: number;
  /** Transaction markers and other control records inside the range. */
  control: number;
  /** Where reading stood in the end: `end` or, when the last batch reaches further, beyond it. */
  nextOffset: bigint;
}

/** Why a range does not advance, as last seen. */
export interface Obstacle {
  /** The broker's error, or undefined while it simply has no more records to give. */
  error?: unknown;
  lastStableOffset?: bigint;
  highWatermark?: bigint;
}

/** The state of one range while it is read. */
export class RangeProgress {
  position: bigint;
  records = 0;
  bytes = 0;
  aborted = 0;
  control = 0;
  /** When the position last moved, by the monotonic clock (performance.now). */
  movedAtMs: number;
  obstacle: Obstacle = {};

  constructor(
    readonly index: number,
    readonly range: OffsetRange,
    readonly topicId: string,
    nowMs: number,
  ) {
    this.position = range.start;
    this.movedAtMs = nowMs;
  }

  get isDone(): boolean {
    return this.position >= this.range.end;
  }

  advanceTo(position: bigint, nowMs: number): void {
    if (position <= this.position) return;
    this.position = position;
    this.movedAtMs = nowMs;
    this.obstacle = {};
  }

  summary(): RangeSummary {
    const { topic, partition, start, end } = this.range;
    const { records, bytes, aborted, control, position } = this;
    return { topic, partition, start, end, records, bytes, aborted, control, nextOffset: position };
  }
}
