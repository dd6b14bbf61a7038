/**
 * How the world talks to a connector workflow: names and payloads of its updates, signals and queries.
 *
 * These names are wire format: they stand in histories and in users' scripts.
 */
import type {
  ConnectorConfig,
  ConnectorStateName,
  CoreSettings,
  Identity,
  LedgerEntry,
  Offset,
  TaskFailure,
  TaskStall,
  TaskStateName,
  TopicPartition,
  Totals,
} from './core/model.js';

export const CONNECTOR_WORKFLOW = 'connector';

/** The workflow id of a connector. */
export function connectorWorkflowId(name: string): string {
  return `connector/${name}`;
}

/** The task queue of workflows and loads, unless the worker is told otherwise. */
export const DEFAULT_TASK_QUEUE = 'sluice';

/** Waits have a task queue of their own, with many slots, so that they never keep a load from its slot. */
export function waitTaskQueue(taskQueue: string): string {
  return `${taskQueue}-wait`;
}

/** Search attributes, registered on the namespace by the sandbox and by docker-compose. */
export const SEARCH_ATTRIBUTES = {
  state: 'ConnectorState',
  connectorClass: 'ConnectorClass',
  topic: 'Topic',
} as const;

export const UPDATES = {
  pause: 'pause',
  resume: 'resume',
  stop: 'stop',
  restart: 'restart',
  reconfigure: 'reconfigure',
  alterOffsets: 'alterOffsets',
  resolve: 'resolve',
  delete: 'delete',
} as const;

export const SIGNALS = { pause: 'pause', resume: 'resume' } as const;

export const QUERIES = {
  status: 'status',
  config: 'config',
  history: 'history',
  checkpoint: 'checkpoint',
} as const;

/** What every update answers: the state that the connector is in now. */
export interface Acknowledgement {
  readonly state: ConnectorStateName;
  readonly generation: number;
}

export interface RestartRequest {
  /** One task; absent restarts every failed task and the connector itself. */
  readonly task?: number;
  /** Also re-run tasks that have not failed. */
  readonly includeRunning?: boolean;
}

export interface ReconfigureRequest {
  readonly config: ConnectorConfig;
}

/** `offset: null` takes the partition back to `auto.offset.reset`. Only in state STOPPED. */
export interface AlterOffsetsRequest {
  readonly offsets: readonly (TopicPartition & { readonly offset: Offset | null })[];
}

/** Decides a batch whose commit is in doubt: `skip` takes it as loaded, `reload` sends it again under new labels. */
export interface ResolveRequest {
  readonly task: number;
  readonly decision: 'skip' | 'reload';
}

export interface PartitionStatus extends TopicPartition {
  /** Everything below is in the database. */
  readonly committed: Offset;
  /** The next offset to plan: above `committed` while batches are in flight. */
  readonly next: Offset;
  readonly end?: Offset;
  /** Records between `committed` and the log end; a decimal string. */
  readonly lag?: string;
}

export interface TaskStatus {
  readonly task: number;
  readonly state: TaskStateName;
  readonly partitions: readonly PartitionStatus[];
  /** Batches that are planned and not yet committed, with their labels once known. */
  readonly inFlight: readonly {
    readonly sequence: number;
    readonly phase: 'PREPARE' | 'COMMIT';
    readonly ranges: readonly string[];
    readonly labels: readonly string[];
  }[];
  readonly failure?: TaskFailure;
  /** Set while it makes no progress though nothing has failed. */
  readonly stall?: TaskStall;
}

export interface ConnectorStatus {
  readonly name: string;
  readonly state: ConnectorStateName;
  readonly connectorClass: string;
  readonly type: 'sink';
  readonly identity: Identity;
  readonly generation: number;
  readonly settings?: CoreSettings;
  readonly tasks: readonly TaskStatus[];
  readonly failure?: TaskFailure;
  readonly totals: Totals;
  /** Rows per second over the last minute of commits. */
  readonly rowsPerSecond: number;
  /** Records not yet in the database, over all partitions; a decimal string, absent before the first look. */
  readonly lag?: string;
  readonly lastCommitAtMs?: number;
}

export type History = readonly LedgerEntry[];
