/** Offset ranges: what to read, how far the reading is, what it came to. */
import { SluiceError } from '../../connect/errors.js';
import { NO_TOPIC_ID } from '../protocol/fetch.js';

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

/** Assumed until the first fetch tells. */
const TYPICAL_BYTES_PER_OFFSET = 1024;

/** The state of one range while it is read. */
export class RangeProgress {
  position: bigint;
  topicId: string;
  records = 0;
  bytes = 0;
  aborted = 0;
  control = 0;
  /** Bytes in the log per offset, as of the last fetch. */
  bytesPerOffset = TYPICAL_BYTES_PER_OFFSET;
  /** When the position last moved, by the monotonic clock (performance.now). */
  movedAtMs: number;
  obstacle: Obstacle = {};

  constructor(
    readonly index: number,
    readonly range: OffsetRange,
    nowMs: number,
  ) {
    this.position = range.start;
    this.topicId = range.topicId ?? NO_TOPIC_ID;
    this.movedAtMs = nowMs;
  }

  get isDone(): boolean {
    return this.position >= this.range.end;
  }

  /**
   * Takes the topic's id from the metadata.
   *
   * @throws SluiceError KAFKA_TOPIC_RECREATED when the range is of a topic with another id.
   */
  bindTopic(topicId: string): void {
    if (this.topicId !== NO_TOPIC_ID && this.topicId !== topicId) {
      const { topic, partition } = this.range;
      throw new SluiceError(
        'KAFKA_TOPIC_RECREATED',
        'The topic was deleted and created again since the range was set.',
        {
          context: { topic, partition, offset: this.position.toString() },
          hint: 'To read the new topic from its start: stop the connector, reset its offsets (sluice connector offsets reset), resume it.',
        },
      );
    }
    this.topicId = topicId;
  }

  /** `sizeBytes` is what the batches up to there take in the log. */
  advanceTo(position: bigint, sizeBytes: number, nowMs: number): void {
    this.bytesPerOffset = sizeBytes / Number(position - this.position);
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
