/**
 * The small port through which the core meets its engine: Temporal in production, a seeded scheduler in simulation.
 *
 * The core imports nothing else that has effects. Every promise given out here settles with a value.
 */
import type { ConnectorActivities } from './activities.js';
import type { ConnectorStateName, TaskStall } from './model.js';

export type ActivityName = keyof ConnectorActivities;
export type ActivityInput<K extends ActivityName> = Parameters<ConnectorActivities[K]>[0];
export type ActivityOutput<K extends ActivityName> = Awaited<ReturnType<ConnectorActivities[K]>>;

export type Outcome<T> =
  | { readonly kind: 'done'; readonly value: T }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string };

export interface CallOptions {
  /** One line for people, shown in the Web UI. */
  readonly summary: string;
  /** Absent: transient faults are retried for ever. */
  readonly maxAttempts?: number;
  readonly retryIntervalMs: number;
  /** A minute where absent. */
  readonly maxRetryIntervalMs?: number;
}

export interface Running<T> {
  readonly outcome: Promise<Outcome<T>>;
  /** Asks the activity to stop. Its outcome may still be `done`. */
  cancel(): void;
}

export interface StallReport {
  readonly connector: string;
  readonly task: number;
  readonly stall: TaskStall;
}

export interface Runtime {
  /** Milliseconds since the epoch, the same on replay. */
  nowMs(): number;
  /** A random identifier, the same on replay. */
  newId(): string;
  /** The run that this is: another one after a reset, also for what is replayed. Decide nothing by it. */
  runId(): string;
  run<K extends ActivityName>(activity: K, input: ActivityInput<K>, options: CallOptions): Running<ActivityOutput<K>>;
  /** True once the predicate holds; false when the time-out came first. */
  until(predicate: () => boolean, timeoutMs?: number): Promise<boolean>;
  /** Markdown for the workflow's page. */
  showDetails(markdown: string): void;
  /** Searchable state; called on change only. */
  showState(state: ConnectorStateName, connectorClass: string, topics: readonly string[]): void;
  /** Counts a task that has come to stand still, and writes a line of it to the log. */
  reportStall(report: StallReport): void;
  /** True when the history should be cut at the next quiet moment. */
  historyIsLong(): boolean;
}
