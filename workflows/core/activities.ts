/**
 * The activities as the core sees them: inputs and outputs that travel through workflow history.
 *
 * Failures that retrying can mend, or that a person must mend, are thrown; outcomes that the workflow acts upon come
 * back as values.
 */
import type { TableChange, TableName } from '../../connect/pipeline/index.js';
import type {
  BadRecords,
  Batch,
  Checkpoint,
  ConnectorConfig,
  CoreSettings,
  Excluded,
  Identity,
  LoadReference,
  LogPlace,
  Offset,
  Range,
  TopicPartition,
} from './model.js';

/** Which connector an activity works for. Its configuration still holds its placeholders. */
export interface ConnectorReference {
  readonly name: string;
  readonly generation: number;
  readonly config: ConnectorConfig;
}

export interface PartitionOffset extends TopicPartition {
  readonly offset: Offset;
}

export interface DiscoveredPartition extends PartitionOffset {
  readonly topicId: string;
}

/** What a look at the log has told of a partition. */
export interface SeenEnd {
  readonly end?: Offset;
  readonly leaderEpoch?: number;
}

export interface ValidateInput {
  readonly connector: ConnectorReference;
  /** A closed run of the same connector whose checkpoint may be continued from. */
  readonly previousRunId?: string;
  /** Partitions whose offset comes from `auto.offset.reset`, whatever the consumer group says. */
  readonly reset?: readonly TopicPartition[];
  /**
   * Set where the connector begins, unless it goes on from a checkpoint: the consumer group becomes its own, and tells
   * from then on where it began. Under this identity where the group tells of none.
   */
  readonly begins?: Identity;
}

export interface ValidateOutput {
  readonly settings: CoreSettings;
  /** Every partition of the subscription with the offset at which a reader without state begins. */
  readonly partitions: readonly (DiscoveredPartition & SeenEnd)[];
  /** The final checkpoint of the previous run, where it could be had. */
  readonly checkpoint?: Checkpoint;
  /** What the consumer group alone tells: who wrote it, and batches whose commit had been begun. */
  readonly recovered?: {
    readonly identity: Identity;
    readonly batches: readonly Batch[];
    /** The partitions that it tells of: a batch begins at the position of each of its partitions. */
    readonly positions?: readonly PartitionOffset[];
  };
}

export interface AwaitBatchInput {
  readonly connector: ConnectorReference;
  readonly task: number;
  readonly positions: readonly (PartitionOffset & { readonly leaderEpoch?: number })[];
  readonly topicIds: Readonly<Record<string, string>>;
  /** What waits already is due at once: the first look after a start, and catching up. */
  readonly dueAtOnce: boolean;
  readonly bytesPerRecord?: number;
  /** Set on one task: also look for new topics and partitions. Topic to its number of known partitions. */
  readonly watch?: Readonly<Record<string, number>>;
}

export type AwaitBatchOutput =
  | {
      readonly outcome: 'due';
      readonly reason: 'start' | 'records' | 'size' | 'time';
      readonly ranges: readonly Range[];
      /** Log ends in the order of the input's positions. */
      readonly ends: readonly Offset[];
      /** Of the leaders that have told the ends, in the same order. */
      readonly leaderEpochs?: readonly number[];
    }
  | { readonly outcome: 'idle'; readonly ends: readonly Offset[]; readonly leaderEpochs?: readonly number[] }
  | { readonly outcome: 'partitions'; readonly found: readonly DiscoveredPartition[] };

/** A batch, and whose it is. */
export interface BatchInput {
  readonly connector: ConnectorReference;
  readonly identity: Identity;
  /** The connector's own epoch; that of the batch, in `identity`, may be an earlier one. */
  readonly connectorEpoch?: number;
  /** The run of the workflow, and those that it was continued from. */
  readonly runs?: readonly string[];
  readonly task: number;
  readonly sequence: number;
  readonly labelPrefix: string;
  readonly ranges: readonly Range[];
  /** The batch was told by the consumer group itself. */
  readonly recovered?: boolean;
  readonly excluded?: readonly Excluded[];
  readonly refused?: readonly string[];
}

export interface PrepareBatchInput extends BatchInput {
  readonly topicIds: Readonly<Record<string, string>>;
  readonly bytesPerRecord?: number;
  /** Tables that are in the database already. */
  readonly settled?: readonly LoadReference[];
  /** False when later batches are planned already: the ranges must stay as they are. */
  readonly mayCut: boolean;
  /** True when all batches before it are committed. */
  readonly isHead?: boolean;
  /** True when the same ranges were tried before: rows of theirs may be in the database. */
  readonly tried?: boolean;
  /** Tables that were changed for it since it was tried: they are looked at again. */
  readonly changed?: readonly TableName[];
  /** Events of these ranges whose change of a table has been made already. */
  readonly applied?: readonly LogPlace[];
  /** True until a commit of this run has found that the consumer group does not know more than the workflow. */
  readonly unproven?: boolean;
}

export type PrepareBatchOutput =
  | {
      readonly outcome: 'prepared';
      readonly loads: readonly LoadReference[];
      readonly recordsRead: number;
      /** Absent where every record was good. */
      readonly bad?: BadRecords;
    }
  /** Its loads read what batches before it have written: these have to be committed first. Nothing was loaded. */
  | { readonly outcome: 'mustBeFirst' }
  /** Tables have to be changed first, in this order; nothing of the batch has been loaded. */
  | { readonly outcome: 'schemaChange'; readonly changes: readonly TableChange[] }
  /** The ranges hold more than `batch.max.bytes`, or too many bad rows: these, which start the same, do not. */
  | {
      readonly outcome: 'tooLarge';
      readonly ranges: readonly Range[];
      /** Set where the database has refused the batch as it was: by its hash in the consumer group. */
      readonly refused?: string;
    }
  /** The database refuses rows of it: all that are known by now. The batch is prepared again without them. */
  | {
      readonly outcome: 'rejected';
      readonly excluded: readonly Excluded[];
      /** The batch as it was refused, by its hash in the consumer group. */
      readonly refused: string;
      /** Loads into other tables that are final already. */
      readonly settled: readonly LoadReference[];
    }
  /** The loads that are COMMITTED are known to be; those that are not are in doubt. */
  | { readonly outcome: 'inDoubt'; readonly loads: readonly LoadReference[]; readonly message: string };

export interface ApplySchemaChangeInput {
  readonly connector: ConnectorReference;
  readonly task: number;
  /** Of the batch that needs it. */
  readonly sequence: number;
  readonly change: TableChange;
}

export interface ApplySchemaChangeOutput {
  /** What was executed: nothing where the table had come to be as it should by then. */
  readonly statements: readonly string[];
}

export interface CommitBatchInput extends BatchInput {
  readonly loads: readonly LoadReference[];
  /** For the metrics. */
  readonly bad?: BadRecords;
  /** Partitions whose position was changed on purpose: what is read again may become dead letters again. */
  readonly moved?: readonly TopicPartition[];
}

export type CommitBatchOutput =
  | { readonly outcome: 'committed'; readonly loads: readonly LoadReference[]; readonly visible: boolean }
  /** At least one transaction is gone for good (say, timed out): the same ranges are prepared again. */
  | { readonly outcome: 'aborted'; readonly loads: readonly LoadReference[]; readonly reason: string }
  /** As with `prepareBatch`; transactions that were aborted are not among the loads. */
  | { readonly outcome: 'inDoubt'; readonly loads: readonly LoadReference[]; readonly message: string };

export type AbortBatchOutput =
  | { readonly outcome: 'aborted' }
  /** Nothing is known of a prepared load any more: only its commit, and an operator, can tell. */
  | { readonly outcome: 'inDoubt'; readonly loads: readonly LoadReference[] }
  /** Rows of the batch are in the database: it can only be finished. */
  | { readonly outcome: 'committed'; readonly loads: readonly LoadReference[] };

export interface ConnectorActivities {
  validateConnector(input: ValidateInput): Promise<ValidateOutput>;
  awaitBatch(input: AwaitBatchInput): Promise<AwaitBatchOutput>;
  prepareBatch(input: PrepareBatchInput): Promise<PrepareBatchOutput>;
  applySchemaChange(input: ApplySchemaChangeInput): Promise<ApplySchemaChangeOutput>;
  commitBatch(input: CommitBatchInput): Promise<CommitBatchOutput>;
  abortBatch(input: CommitBatchInput): Promise<AbortBatchOutput>;
}
