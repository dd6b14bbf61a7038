/**
 * The connector: a small state machine over its lanes. It keeps the wanted state apart from the present one; requests
 * only write down what is wanted, and one loop brings the lanes there.
 */
import { maskByName } from '../../connect/config/secret-names.js';
import type { ConnectorReference, DiscoveredPartition, ValidateInput, ValidateOutput } from './activities.js';
import { deal, emptyTask, extend } from './assignment.js';
import { Lane, type LaneHost } from './lane.js';
import { remember } from './ledger.js';
import type {
  Checkpoint,
  ConnectorConfig,
  ConnectorInput,
  CoreSettings,
  DesiredState,
  Identity,
  LedgerEntry,
  PartitionState,
  TaskFailure,
  TaskState,
  Totals,
} from './model.js';
import { partitionName, samePartition } from './offsets.js';
import type { Outcome, Runtime } from './runtime.js';
import { detailsOf, stateOf } from './status.js';

/** How long lanes may take to finish what is in flight before it is left to be finished later. */
const DRAIN_MS = 60_000;
/** Attempts of the check at start before the connector is shown as FAILED. */
const VALIDATE_ATTEMPTS = 3;
const VALIDATE_INTERVAL_MS = 1_000;

export class Connector implements LaneHost {
  readonly name: string;
  config: ConnectorConfig;
  generation: number;
  desired: DesiredState;
  failure: TaskFailure | undefined;
  lanes: Lane[] = [];
  readonly totals: Totals;
  ledger: readonly LedgerEntry[];
  private identityNow: Identity;
  private settingsNow: CoreSettings | undefined;
  private topicIdsNow: Record<string, string>;
  private readonly createdAtMs: number;
  private previousRunId: string | undefined;
  private fresh: boolean;
  private deleting = false;
  private settingsStale = false;
  private dirty = true;
  private shown = '';

  constructor(
    readonly runtime: Runtime,
    input: ConnectorInput,
  ) {
    const checkpoint = input.checkpoint;
    this.name = input.name;
    this.config = input.config;
    this.previousRunId = input.previousRunId;
    this.fresh = checkpoint === undefined;
    this.generation = checkpoint?.generation ?? 1;
    this.desired = checkpoint?.desired ?? input.initialState ?? 'RUNNING';
    this.identityNow = checkpoint?.identity ?? { id: runtime.newId(), epoch: 0 };
    this.settingsNow = checkpoint?.settings;
    this.topicIdsNow = { ...checkpoint?.topicIds };
    this.failure = checkpoint?.failure;
    this.totals = { ...(checkpoint?.totals ?? noTotals()) };
    this.ledger = checkpoint?.ledger ?? [];
    this.createdAtMs = checkpoint?.createdAtMs ?? runtime.nowMs();
    this.replaceLanes(checkpoint?.tasks ?? []);
  }

  /** Runs until the connector is deleted (undefined) or its history is to be cut (the input of the next run). */
  async run(): Promise<ConnectorInput | undefined> {
    for (;;) {
      this.dirty = false;
      if (this.deleting) {
        await this.haltAll('now');
        return undefined;
      }
      if (this.runtime.historyIsLong()) {
        await this.drain();
        if (!this.deleting) return { name: this.name, config: this.config, checkpoint: this.checkpoint() };
        continue;
      }
      await this.reconcile();
      await this.runtime.until(() => this.dirty || this.runtime.historyIsLong());
    }
  }

  checkpoint(): Checkpoint {
    return {
      identity: this.identityNow,
      generation: this.generation,
      desired: this.desired,
      ...(this.settingsNow === undefined ? {} : { settings: this.settingsNow }),
      topicIds: this.topicIdsNow,
      tasks: this.lanes.map((lane) => lane.state),
      ...(this.failure === undefined ? {} : { failure: this.failure }),
      totals: this.totals,
      ledger: this.ledger,
      createdAtMs: this.createdAtMs,
    };
  }

  // --- what is asked for

  want(desired: DesiredState): void {
    this.desired = desired;
    this.changed();
  }

  /** Resolves when no activity is running any more; the next resume validates and deals out anew. */
  async stop(): Promise<void> {
    this.want('STOPPED');
    await this.haltAll('now');
    if (this.desired === 'STOPPED') this.settingsStale = true;
  }

  /** Gives failed tasks, and the connector where it failed itself, another try; with `includeRunning` all of them. */
  async restart(task: number | undefined, includeRunning: boolean): Promise<void> {
    if (this.failure !== undefined) this.failure = undefined;
    const chosen = this.lanes.filter((lane) => task === undefined || lane.state.task === task);
    if (includeRunning) await Promise.all(chosen.map((lane) => lane.halt('now')));
    for (const lane of chosen) if (lane.state.failure?.inDoubt === undefined) delete lane.state.failure;
    this.changed();
  }

  delete(): void {
    this.deleting = true;
    this.changed();
  }

  /** Checks a new configuration without touching anything; the problem's own words when it is not good. */
  async check(config: ConnectorConfig): Promise<Outcome<ValidateOutput>> {
    return this.callValidate({ connector: { name: this.name, generation: this.generation + 1, config } });
  }

  /** Takes a checked configuration over: what is in flight is finished under the old one first. */
  async reconfigure(config: ConnectorConfig, checked: ValidateOutput): Promise<void> {
    await this.drain();
    this.config = config;
    this.generation += 1;
    this.failure = undefined;
    this.adopt(checked);
    this.changed();
  }

  /** Moves partitions to other offsets: batches in flight must be gone, labels of the old position never match again. */
  moveTo(offsets: readonly PartitionState[], topicIds: Readonly<Record<string, string>>): void {
    this.raiseEpoch();
    this.topicIdsNow = { ...this.topicIdsNow, ...topicIds };
    for (const { state } of this.lanes) {
      for (const partition of state.partitions) {
        const target = offsets.find((candidate) => samePartition(candidate, partition));
        if (target !== undefined) Object.assign(partition, { next: target.next, committed: target.committed });
      }
    }
    this.changed();
  }

  /** Decides the batch in doubt of a task. */
  resolve(task: number, decision: 'skip' | 'reload'): void {
    const lane = this.lanes.find((candidate) => candidate.state.task === task);
    const doubt = lane?.state.failure?.inDoubt;
    const batch = lane?.state.inFlight.find((candidate) => candidate.sequence === doubt?.sequence);
    if (lane === undefined || doubt === undefined || batch === undefined) return;
    if (decision === 'skip') {
      lane.settle(
        batch,
        doubt.loads.filter((load) => !batch.settled?.some((known) => known.label === load.label)),
        true,
      );
    } else {
      const settled = [...(batch.settled ?? []), ...doubt.loads.filter((load) => load.state === 'COMMITTED')];
      const { loads: _unknown, recovered: _told, ...rest } = batch;
      const again = { ...rest, epoch: this.raiseEpoch().epoch, settled };
      lane.state.inFlight = lane.state.inFlight.map((other) => (other === batch ? again : other));
    }
    delete lane.state.failure;
    this.changed();
  }

  // --- what lanes need (LaneHost)

  connector(): ConnectorReference {
    return { name: this.name, generation: this.generation, config: this.config };
  }

  identity(): Identity {
    return this.identityNow;
  }

  settings(): CoreSettings {
    if (this.settingsNow === undefined) throw new Error('a lane runs before its connector was validated');
    return this.settingsNow;
  }

  /** The configuration for eyes: secrets are masked, placeholders stay as they are. */
  maskedConfig(): ConnectorConfig {
    return maskByName(this.config);
  }

  settingsIfKnown(): CoreSettings | undefined {
    return this.settingsNow;
  }

  topicIds(): Readonly<Record<string, string>> {
    return this.topicIdsNow;
  }

  watchFor(task: number): Readonly<Record<string, number>> | undefined {
    const watcher = this.lanes.find((lane) => lane.state.failure === undefined);
    if (watcher?.state.task !== task) return undefined;
    const known: Record<string, number> = {};
    for (const { topic, partition } of this.partitions()) known[topic] = Math.max(known[topic] ?? 0, partition + 1);
    return known;
  }

  committed(entry: LedgerEntry): void {
    this.totals.batches += 1;
    this.totals.recordsRead += entry.recordsRead;
    this.totals.rowsLoaded += entry.rowsLoaded;
    this.totals.rowsFiltered += entry.rowsFiltered;
    this.totals.sizeBytes += entry.sizeBytes;
    this.ledger = remember(this.ledger, entry);
    this.publish();
  }

  found(partitions: readonly DiscoveredPartition[]): void {
    const unknown = partitions.filter((found) => !this.partitions().some((known) => samePartition(known, found)));
    if (unknown.length === 0) return;
    for (const { topic, topicId } of unknown) this.topicIdsNow = { ...this.topicIdsNow, [topic]: topicId };
    const tasks = this.lanes.map((lane) => lane.state);
    const touched = extend(tasks, unknown.map(atStart), this.settings().tasksMax);
    for (const state of touched) {
      const lane = this.lanes.find((candidate) => candidate.state === state);
      if (lane === undefined) this.lanes.push(new Lane(this, state));
      else lane.replan();
    }
    this.changed();
  }

  changed(): void {
    this.dirty = true;
    this.publish();
  }

  // --- how it gets there

  private publish(): void {
    this.runtime.showDetails(detailsOf(this));
    const state = stateOf(this);
    const settings = this.settingsNow;
    const topics = settings?.topics ?? [];
    const shown = JSON.stringify([state, topics]);
    if (shown === this.shown) return;
    this.shown = shown;
    this.runtime.showState(state, settings?.connectorClass ?? this.config['connector.class'] ?? '', topics);
  }

  private async reconcile(): Promise<void> {
    if (this.desired !== 'RUNNING') {
      for (const lane of this.lanes) void lane.halt('now');
      return;
    }
    if (this.failure !== undefined) return;
    if (this.settingsNow === undefined || this.fresh || this.settingsStale) await this.validate();
    if (this.desired !== 'RUNNING' || this.failure !== undefined) return;
    for (const lane of this.lanes) lane.start();
  }

  private async validate(): Promise<void> {
    const previousRunId = this.previousRunId;
    const outcome = await this.callValidate({
      connector: this.connector(),
      ...(previousRunId === undefined ? {} : { previousRunId }),
    });
    this.changed();
    if (outcome.kind === 'cancelled') return;
    if (outcome.kind === 'failed') {
      this.failure = { code: outcome.code, message: outcome.message, atMs: this.runtime.nowMs() };
      return;
    }
    if (this.fresh) this.inherit(outcome.value);
    this.adopt(outcome.value);
    this.fresh = false;
    this.settingsStale = false;
    this.previousRunId = undefined;
  }

  private callValidate(input: ValidateInput): Promise<Outcome<ValidateOutput>> {
    return this.runtime.run('validateConnector', input, {
      summary: `validate ${this.name}`,
      maxAttempts: VALIDATE_ATTEMPTS,
      retryIntervalMs: VALIDATE_INTERVAL_MS,
    }).outcome;
  }

  /** A connector started again goes on from its previous run's checkpoint, else from what the group tells. */
  private inherit({ checkpoint, recovered }: ValidateOutput): void {
    if (checkpoint !== undefined) {
      this.identityNow = checkpoint.identity;
      this.generation = checkpoint.generation + 1;
      this.topicIdsNow = { ...checkpoint.topicIds };
      Object.assign(this.totals, checkpoint.totals);
      this.ledger = checkpoint.ledger;
      this.replaceLanes(checkpoint.tasks.map((task) => ({ ...task, ...withoutFailure(task) })));
    } else if (recovered !== undefined) {
      this.identityNow = recovered.identity;
      this.replaceLanes(recovered.batches.map((batch, task) => recoveredTask(task, batch)));
    }
  }

  /** Settings and partitions as validated now; positions that are known already stay as they are. */
  private adopt({ settings, partitions }: ValidateOutput): void {
    const known = new Map(this.partitions().map((partition) => [partitionName(partition), partition]));
    const wanted = partitions.map((found) => known.get(partitionName(found)) ?? atStart(found));
    const held = this.lanes.flatMap((lane) => (lane.state.inFlight.length > 0 ? lane.state.partitions : []));
    const missing = held.filter((partition) => !wanted.some((other) => samePartition(other, partition)));
    const before = this.lanes.map((lane) => lane.state);
    for (const { topic, topicId } of partitions) this.topicIdsNow[topic] ??= topicId;
    this.settingsNow = settings;
    this.replaceLanes(deal(before, [...wanted, ...missing], settings.tasksMax));
  }

  private replaceLanes(tasks: readonly TaskState[]): void {
    this.lanes = tasks.map((task) => new Lane(this, structuredCopy(task)));
  }

  private partitions(): PartitionState[] {
    return this.lanes.flatMap((lane) => lane.state.partitions);
  }

  private raiseEpoch(): Identity {
    this.identityNow = { ...this.identityNow, epoch: this.identityNow.epoch + 1 };
    return this.identityNow;
  }

  /** Lets lanes finish what is in flight; what does not end in time is left in flight, to be finished later. */
  private async drain(): Promise<void> {
    const drained = Promise.all(this.lanes.map((lane) => lane.halt('drain')));
    await this.runtime.until(() => this.lanes.every((lane) => !lane.active), DRAIN_MS);
    await this.haltAll('now');
    await drained;
  }

  private async haltAll(mode: 'drain' | 'now'): Promise<void> {
    await Promise.all(this.lanes.map((lane) => lane.halt(mode)));
  }
}

function noTotals(): Totals {
  return { batches: 0, recordsRead: 0, rowsLoaded: 0, rowsFiltered: 0, sizeBytes: 0 };
}

function atStart({ topic, partition, offset }: DiscoveredPartition): PartitionState {
  return { topic, partition, next: offset, committed: offset };
}

/** State as JSON would bring it back: no object is shared between an old lane and a new one. */
function structuredCopy(task: TaskState): TaskState {
  return {
    ...task,
    partitions: task.partitions.map((partition) => ({ ...partition })),
    inFlight: task.inFlight.map((batch) => ({ ...batch })),
  };
}

function withoutFailure(task: TaskState): TaskState {
  const { failure, ...rest } = task;
  return failure?.inDoubt === undefined ? rest : task;
}

function recoveredTask(task: number, batch: TaskState['inFlight'][number]): TaskState {
  return {
    ...emptyTask(task),
    sequence: batch.sequence,
    partitions: batch.ranges.map(({ topic, partition, start, end }) => ({
      topic,
      partition,
      next: end,
      committed: start,
    })),
    inFlight: [batch],
  };
}
