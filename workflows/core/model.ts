/**
 * The plain, typed state of a connector: what is kept in workflow history and in checkpoints.
 *
 * Everything here survives JSON. Offsets are decimal strings; times are milliseconds since the epoch.
 */

import type { PreparedLoad } from '../../connectors/sink-driver.js';
import type { BatchLimits } from './backlog.js';

/** A Kafka offset as a decimal string: 64 bits, never a JavaScript number. */
export type Offset = string;

export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** Records `start` (inclusive) to `end` (exclusive) of a partition. */
export interface Range extends TopicPartition {
  readonly start: Offset;
  readonly end: Offset;
}

/** One record of a partition. */
export interface LogPlace extends TopicPartition {
  readonly offset: Offset;
}

/**
 * Who a label belongs to. `id` is made once when the connector is created; `epoch` rises with every deliberate change
 * of position, so that a wanted re-load is not mistaken for one that is already done.
 */
export interface Identity {
  readonly id: string;
  readonly epoch: number;
}

/** One load of a batch into one table, as the database knows it. Rows themselves never enter workflow history. */
export type LoadReference = PreparedLoad;

/**
 * Records whose rows the database refuses: they are left out of the load into that table, and become dead letters. They
 * are written down before a load goes without them, so that every attempt leaves out the same.
 */
export interface Excluded extends TopicPartition {
  readonly database: string;
  readonly table: string;
  /** As `writeOffsets` writes them, from the start of the batch's range. */
  readonly offsets: string;
  /** Why, in the database's words: of the first of them, in their order. */
  readonly reasons: readonly string[];
}

/** A batch is the unit of exactly-once: one task's ranges, written down before anything is sent. */
export interface Batch {
  /** Counts the batches of a task, from 1. */
  readonly sequence: number;
  readonly epoch: number;
  /** How its labels begin: a new `label.prefix` holds for later batches only. */
  readonly labelPrefix: string;
  ranges: readonly Range[];
  /** Set when prepared: the loads that wait for commit. */
  loads?: readonly LoadReference[];
  /** Tables of this batch whose rows are in the database for good: they are not loaded again. */
  settled?: readonly LoadReference[];
  /** Loads that an operator still has to decide upon; others of the batch are decided already. */
  readonly doubtful?: readonly LoadReference[];
  recordsRead?: number;
  /** Records of the batch that are dead letters, and those that were left out without becoming any. */
  bad?: BadRecords;
  /** Rows that the database refuses. */
  excluded?: readonly Excluded[];
  /** What the batch was before they were found, by its hash in the consumer group: refused, so never in the database. */
  refused?: readonly string[];
  /** True when only the consumer group told of this batch: a label the database no longer knows is in doubt. */
  recovered?: boolean;
  /** True once it has been given to be prepared with these ranges. */
  tried?: boolean;
  /** Events at the start of its ranges whose change of a table has been made: truncates, which make no rows. */
  applied?: readonly LogPlace[];
  /** The DDL that was executed for it. */
  ddl?: readonly string[];
  plannedAtMs: number;
  preparedAtMs?: number;
}

/** Records that are not in the database because they cannot be. */
export interface BadRecords {
  /** In the dead letter queue. */
  readonly deadLetters: number;
  /** Left out: there is no dead letter queue. */
  readonly skipped: number;
}

/** Why a task stands still, in words for people and a code for programs. */
export interface TaskFailure {
  readonly code: string;
  readonly message: string;
  readonly atMs: number;
  /**
   * Set when the outcome of a commit cannot be known: only an operator's `resolve` goes on from here. It decides the
   * first of the loads that are not COMMITTED.
   */
  readonly inDoubt?: { readonly sequence: number; readonly loads: readonly LoadReference[] };
}

/** What a task stands still at though nothing has failed. */
export interface TaskStall {
  /** When it last came a step further. */
  readonly sinceMs: number;
  /** `WAIT`: records are known to wait, and no batch of them is planned. */
  readonly phase: 'WAIT' | 'PREPARE' | 'COMMIT';
  /** Of the batch; absent in phase `WAIT`. */
  readonly sequence?: number;
  readonly ranges: readonly Range[];
  /** Known once the batch is prepared. */
  readonly labels: readonly string[];
}

export interface PartitionState extends TopicPartition {
  /** The next offset to plan. */
  next: Offset;
  /** Everything below is in the database. */
  committed: Offset;
  /** The log end (last stable offset) when it was last seen. */
  end?: Offset;
  /** Of the leader that told that end: by it a truncated log is known from one that has only grown. */
  leaderEpoch?: number;
}

export interface TaskState {
  readonly task: number;
  partitions: PartitionState[];
  /** In commit order; at most `pipeline.depth` of them. */
  inFlight: Batch[];
  sequence: number;
  /** Measured on the last batch: row bytes per offset, which sizes the next one. */
  bytesPerRecord?: number;
  failure?: TaskFailure;
  /** When its oldest batch in flight last came a step further; a task that begins counts as one that has. */
  progressAtMs?: number;
  /** Set for as long as it stands still. */
  stall?: TaskStall;
}

/** A committed batch as the ledger keeps it: the answer to "is anything missing?" by offset range. */
export interface LedgerEntry {
  readonly task: number;
  readonly sequence: number;
  readonly epoch: number;
  readonly ranges: readonly Range[];
  readonly loads: readonly LoadReference[];
  readonly recordsRead: number;
  readonly rowsLoaded: number;
  readonly rowsFiltered: number;
  readonly sizeBytes: number;
  readonly plannedAtMs: number;
  readonly preparedAtMs: number;
  readonly committedAtMs: number;
  /** False when the database had committed but not yet published the rows. */
  readonly visible: boolean;
  /** The DDL that was executed before its rows could be loaded; absent where none was needed. */
  readonly ddl?: readonly string[];
  /** Absent where every record was good. */
  readonly deadLetters?: number;
  readonly skipped?: number;
}

export interface Totals {
  batches: number;
  recordsRead: number;
  rowsLoaded: number;
  rowsFiltered: number;
  sizeBytes: number;
  /** How often a task has come to stand still. */
  stalls: number;
  /** Statements of DDL that were executed. */
  schemaChanges: number;
  /** Records in the dead letter queue. */
  deadLetters: number;
  /** Bad records that were left out without a dead letter queue. */
  skipped: number;
}

export type DesiredState = 'RUNNING' | 'PAUSED' | 'STOPPED';

/** What `status` shows: DEGRADED is running with some tasks failed, FAILED with none left running. */
export type ConnectorStateName = 'STARTING' | DesiredState | 'DEGRADED' | 'FAILED';

export type TaskStateName = 'RUNNING' | 'PAUSED' | 'FAILED' | 'IN_DOUBT';

/** Settings that the core itself acts on; made by `validateConnector` from the configuration. */
export interface CoreSettings {
  readonly connectorClass: string;
  readonly kind: 'sink';
  readonly labelPrefix: string;
  readonly tasksMax: number;
  readonly pipelineDepth: number;
  /** Attempts of one activity before the task fails; absent retries transient faults for ever. */
  readonly maxAttempts?: number;
  readonly retryIntervalMs: number;
  /** The longest wait between two attempts; a minute where absent. */
  readonly maxRetryIntervalMs?: number;
  /** After so long without progress a task counts as stalled; absent: nobody looks. */
  readonly stallTimeoutMs?: number;
  /** Records that are too few for a batch may be left to wait for so long. */
  readonly flushMs?: number;
  /** How much a batch takes of a backlog that is known; absent: every batch is planned by `awaitBatch`. */
  readonly batch?: BatchLimits;
  /** `exactly_once`, or `at_least_once` where a setting takes it away; with the reason. */
  readonly guarantee: 'exactly_once' | 'at_least_once';
  readonly guaranteeReason: string;
  readonly warnings: readonly string[];
  readonly topics: readonly string[];
}

/** The whole of a connector's state: carried over continue-as-new and answered by the `checkpoint` query. */
export interface Checkpoint {
  readonly identity: Identity;
  /** Rises with every accepted configuration. */
  readonly generation: number;
  readonly desired: DesiredState;
  /** Absent until the connector was validated: it has not begun yet. */
  readonly settings?: CoreSettings;
  /** The run that a connector which has not begun yet is to go on from. */
  readonly previousRunId?: string;
  /** The run that tells this, and those that it was continued from, latest first. */
  readonly runs?: readonly string[];
  /** Topic name to topic id: a topic that was deleted and created again is noticed. */
  readonly topicIds: Readonly<Record<string, string>>;
  readonly tasks: readonly TaskState[];
  readonly failure?: TaskFailure;
  readonly totals: Totals;
  readonly ledger: readonly LedgerEntry[];
  readonly createdAtMs: number;
}

/** Configuration as the user gave it: placeholders unresolved. */
export type ConnectorConfig = Readonly<Record<string, string>>;

export interface ConnectorInput {
  readonly name: string;
  readonly config: ConnectorConfig;
  /** A run of the same connector that has closed: its final checkpoint is continued from. */
  readonly previousRunId?: string;
  readonly initialState?: DesiredState;
  /** Set by continue-as-new. */
  readonly checkpoint?: Checkpoint;
}
