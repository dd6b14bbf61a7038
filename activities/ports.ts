/**
 * What the activities stand on: a log to read from and a sink to load into. Kafka and Doris in production, simulated
 * ones in simulation.
 */
import type { TopicSelection } from '../connect/config/sink-connector.js';
import type { LineSink, SourceRecord } from '../connect/rows/index.js';

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
  /**
   * Every committed record of every range, each range in offset order. The visitor stops the reading by throwing.
   * Records whose values keep the rules of `lines` may be given to it, in their turn, and are not visited then.
   */
  read(
    ranges: readonly LogRange[],
    visit: (range: number, record: LogRecord) => void,
    signal: AbortSignal,
    lines?: LineSink,
  ): Promise<void>;
  close(): Promise<void>;
}

/** A record for the dead letter queue. */
export interface OutgoingLetter {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly { readonly key: string; readonly value: Buffer | null }[];
  /** Absent: that of the moment it is written. */
  readonly timestamp?: bigint;
}

/** What takes effect together, or not at all. */
export interface DeadLetterTransaction {
  send(letters: readonly OutgoingLetter[]): Promise<void>;
  /** Moves the queue's own consumer group. */
  moveTo(positions: readonly GroupOffset[]): Promise<void>;
}

/** The topic for records that cannot be loaded, with a consumer group that tells how far it reaches. */
export interface DeadLetterQueue {
  readonly topic: string;
  /** Makes sure that the topic is there. */
  open(signal: AbortSignal): Promise<void>;
  /** Waits for transactions that are under way. */
  positions(partitions: readonly LogPartition[], signal: AbortSignal): Promise<readonly GroupOffset[]>;
  /** From outside of any transaction. */
  setPositions(positions: readonly GroupOffset[], signal: AbortSignal): Promise<void>;
  /**
   * Runs `work` in a transaction that is committed when it resolves. Whoever was at work for the same task before is
   * shut out from then on: what they have begun is aborted, or was committed before `work` begins.
   */
  transaction(
    task: number,
    work: (transaction: DeadLetterTransaction) => Promise<void>,
    signal: AbortSignal,
  ): Promise<void>;
  close(): Promise<void>;
}
