/** Plans the batches of a lane: by looks at the log, and without another one for as long as a backlog is known. */
import type { AwaitBatchOutput, ConnectorReference, DiscoveredPartition } from './activities.js';
import { type Backlog, type PlannedRange, takeBatch } from './backlog.js';
import type { Offset, Range, TaskState } from './model.js';
import { partitionName, summarizePartitions } from './offsets.js';
import { type ActivityHost, runActivity } from './run-activity.js';
import type { Running } from './runtime.js';

/** For so long after a look at the log batches are planned from what it told, without another. */
const KNOWN_MS = 5_000;

/** What a planner needs of the connector. */
export interface PlannerHost extends ActivityHost {
  connector(): ConnectorReference;
  topicIds(): Readonly<Record<string, string>>;
  /** Known partitions per topic where this task is the one that looks for new ones. */
  watchFor(task: number): Readonly<Record<string, number>> | undefined;
  found(partitions: readonly DiscoveredPartition[]): void;
  changed(): void;
}

export class Planner {
  private running: Running<AwaitBatchOutput> | undefined;
  /** The log ends at the first look after a start: what waited then is due at once. */
  private backlog: ReadonlyMap<string, bigint> | undefined;
  /** When the log ends were looked at. */
  private lookedAtMs: number | undefined;

  constructor(
    private readonly host: PlannerHost,
    private readonly state: TaskState,
    private readonly onFailure: (failure: { readonly code: string; readonly message: string }) => void,
  ) {}

  /** The lane begins, or goes on: what is known from before holds only if it is fresh. */
  start(): void {
    if (!this.isLookFresh) this.backlog = undefined;
  }

  /** The lane has come to rest: what it knew may be old when it goes on. */
  end(): void {
    this.lookedAtMs = undefined;
  }

  /** Begins the look for the batch after this one, where one is needed. */
  lookAhead(): void {
    if (!this.knowsBacklog) this.look();
  }

  /** Ends a look that is under way; `plan` then has nothing, and is asked again. */
  cancel(): void {
    this.running?.cancel();
  }

  /** The same, and whatever it still tells is not heard. */
  forget(): void {
    this.running?.cancel();
    this.running = undefined;
  }

  /** The ranges of the next batch, by a look at the log; undefined when there is nothing to load now. */
  async plan(): Promise<readonly Range[] | undefined> {
    const running = this.running ?? this.look();
    const outcome = await running.outcome;
    if (this.running !== running) return undefined;
    this.running = undefined;
    if (outcome.kind === 'cancelled') return undefined;
    if (outcome.kind === 'failed') {
      this.onFailure(outcome);
      return undefined;
    }
    const result = outcome.value;
    if (result.outcome === 'partitions') {
      this.host.found(result.found);
      return undefined;
    }
    this.noteEnds(result.ends, result.leaderEpochs ?? []);
    if (result.outcome === 'idle') this.host.changed();
    return result.outcome === 'due' ? result.ranges : undefined;
  }

  private noteEnds(ends: readonly Offset[], leaderEpochs: readonly number[]): void {
    this.state.partitions.forEach((partition, index) => {
      const end = ends[index];
      const leaderEpoch = leaderEpochs[index];
      if (end !== undefined) partition.end = end;
      if (leaderEpoch !== undefined) partition.leaderEpoch = leaderEpoch;
    });
    this.noteLook();
  }

  /** The ends of all its partitions were seen just now. */
  noteLook(): void {
    this.lookedAtMs = this.host.runtime.nowMs();
    this.backlog ??= new Map(
      this.state.partitions.map((partition) => [partitionName(partition), BigInt(partition.end ?? 0)]),
    );
  }

  private get isLookFresh(): boolean {
    return this.lookedAtMs !== undefined && this.host.runtime.nowMs() - this.lookedAtMs < KNOWN_MS;
  }

  /** True while the next batch of the backlog needs no look at the log: a moment ago one has told that it waits. */
  get knowsBacklog(): boolean {
    return this.running === undefined && this.isLookFresh && this.behindBacklog && this.knownRanges().length > 0;
  }

  knownRanges(): readonly Range[] {
    const { partitions, bytesPerRecord } = this.state;
    const limits = this.host.settings().batch;
    if (limits === undefined) return [];
    const backlogs: Backlog[] = partitions.map(({ topic, partition, next, end = next }) => ({
      topic,
      partition,
      offset: BigInt(next),
      end: BigInt(end),
    }));
    return takeBatch(backlogs, limits, bytesPerRecord).map(rangeOf);
  }

  private get behindBacklog(): boolean {
    const { backlog } = this;
    if (backlog === undefined) return true;
    return this.state.partitions.some(
      (partition) => BigInt(partition.next) < (backlog.get(partitionName(partition)) ?? 0n),
    );
  }

  private look(): Running<AwaitBatchOutput> {
    const { state, host } = this;
    const watch = host.watchFor(state.task);
    const running = runActivity(
      host,
      'awaitBatch',
      {
        connector: host.connector(),
        task: state.task,
        positions: state.partitions.map(({ topic, partition, next, leaderEpoch }) => ({
          topic,
          partition,
          offset: next,
          ...(leaderEpoch === undefined ? {} : { leaderEpoch }),
        })),
        topicIds: host.topicIds(),
        dueAtOnce: this.behindBacklog,
        ...(state.bytesPerRecord === undefined ? {} : { bytesPerRecord: state.bytesPerRecord }),
        ...(watch === undefined ? {} : { watch }),
      },
      `await ${summarizePartitions(state.partitions) || 'topics'}`,
    );
    this.running = running;
    return running;
  }
}

function rangeOf({ start, end, ...partition }: PlannedRange): Range {
  return { ...partition, start: start.toString(), end: end.toString() };
}
