/**
 * What the activities stand on: a log to read from and a sink to load into. Kafka and Doris in production, simulated
 * ones in simulation.
 */
import type { TopicSelection } from '../connect/config/sink-connector.js';
import type { SourceRecord } from '../connect/rows/index.js';

export interface LogPartition {
  readonly topic: string;
  readonly partition: number;
}

export interface KnownPartition extends LogPartition {
  readonly topicId: string;
}

/** Where a reader stands. */
export interface LogPosition extends LogPartition {
  readonly offset: bigint;
  /** Of the leader under which everything before the offset was there, where that is known. */
  readonly leaderEpoch?: number;
}

/** What a reader has before it. */
export interface LogView {
  /** The last stable offset: nothing at or above it may be read. */
  readonly end: bigint;
  /** Of the leader that told it. */
  readonly leaderEpoch: number;
  /** Where the log was truncated below the position: what has come since has taken the offsets of what was read. */
  readonly truncatedTo?: bigint;
}

export interface LogRange extends LogPartition {
  readonly topicId?: string;
  readonly start: bigint;
  /** Exclusive. */
  readonly end: bigint;
}

/** A record as it is read: a reused view, valid only during the call that receives it. */
export interface LogRecord extends SourceRecord {
  /** The record's offset is its range's start plus this. */
  readonly offsetDelta: number;
}

export interface GroupOffset extends LogPartition {
  readonly offset: bigint;
  readonly metadata: string;
}

/** A partitioned log with consumer groups. Every call ends when its signal is aborted. */
export interface SourceLog {
  /** Partitions of the selected topics. Names that do not exist are missing from the answer. */
  partitions(selection: TopicSelection, signal: AbortSignal): Promise<readonly KnownPartition[]>;
  /** The log before each position, in their order. */
  look(positions: readonly LogPosition[], signal: AbortSignal): Promise<readonly LogView[]>;
  /** The last stable offset of each partition: nothing at or above it may be read. */
  ends(partitions: readonly LogPartition[], signal: AbortSignal): Promise<readonly bigint[]>;
  /** Behind the last record of each partition, also where its transaction is still open. */
  highWatermarks(partitions: readonly LogPartition[], signal: AbortSignal): Promise<readonly bigint[]>;
  /** The first offset that is still there. */
  starts(partitions: readonly LogPartition[], signal: AbortSignal): Promise<readonly bigint[]>;
  groupOffsets(
    group: string,
    partitions: readonly LogPartition[],
    signal: AbortSignal,
  ): Promise<readonly GroupOffset[]>;
  commitGroupOffsets(group: string, offsets: readonly GroupOffset[], signal: AbortSignal): Promise<void>;
  /** Every committed record of every range, each range in offset order. The visitor stops the reading by throwing. */
  read(
    ranges: readonly LogRange[],
    visit: (range: number, record: LogRecord) => void,
    signal: AbortSignal,
  ): Promise<void>;
  close(): Promise<void>;
}
