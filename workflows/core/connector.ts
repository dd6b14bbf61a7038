/**
 * The connector: a small state machine over its lanes. It keeps the wanted state apart from the present one; requests
 * only write down what is wanted, and one loop brings the lanes there.
 */
import { maskByName } from '../../connect/config/secret-names.js';
import type {
  ConnectorReference,
  DiscoveredPartition,
  PartitionOffset,
  SeenEnd,
  ValidateOutput,
} from './activities.js';
import { deal, emptyTask, extend } from './assignment.js';
import { Lane, type LaneHost } from './lane.js';
import { remember } from './ledger.js';
import type {
  Batch,
  Checkpoint,
  ConnectorConfig,
  ConnectorInput,
  CoreSettings,
  DesiredState,
  Identity,
  LedgerEntry,
  PartitionState,
  TaskFailure,
  TaskStall,
  TaskState,
  Totals,
} from './model.js';
import { partitionName, samePartition } from './offsets.js';
import { Refusal } from './requests.js';
import type { Outcome, Runtime } from './runtime.js';
import { forgetStall, watchForStalls } from './stall.js';
import { detailsOf, stateOf } from './status.js';

/** How long lanes may take to finish what is in flight before it is left to be finished later. */
const DRAIN_MS = 60_000;
/** Attempts of the check at start before the connector is shown as FAILED. */
const VALIDATE_ATTEMPTS = 3;
const VALIDATE_INTERVAL_MS = 1_000;
/** Runs that this one was continued from, by the first characters of their ids. */
const KNOWN_RUNS = 8;
const RUN_NAME_LENGTH = 8;

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
  private predecessors: readonly string[];
  private deleting = false;
  /** True while a request or a check is changing more than a wish: lanes are not started then. */
  private changing = false;
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
    this.previousRunId = input.previousRunId ?? checkpoint?.previousRunId;
    this.predecessors = checkpoint?.runs ?? [];
    this.generation = checkpoint?.generation ?? 1;
    this.desired = checkpoint?.desired ?? input.initialState ?? 'RUNNING';
    this.identityNow = checkpoint?.identity ?? { id: runtime.newId(), epoch: 0 };
    this.settingsNow = checkpoint?.settings;
    this.topicIdsNow = { ...checkpoint?.topicIds };
    this.failure = checkpoint?.failure;
    this.totals = { ...noTotals(), ...checkpoint?.totals };
    this.ledger = checkpoint?.ledger ?? [];
    this.createdAtMs = checkpoint?.createdAtMs ?? runtime.nowMs();
    this.replaceLanes(checkpoint?.tasks ?? []);
  }

  /** Runs until the connector is deleted (undefined) or its history is to be cut (the input of the next run). */
  async run(): Promise<ConnectorInput | undefined> {
    let ended = false;
    const watching = watchForStalls(this, () => ended);
    const next = await this.followWishes();
    ended = true;
    await watching;
    return next;
  }

  private async followWishes(): Promise<ConnectorInput | undefined> {
    for (;;) {
      this.dirty = false;
      if (this.deleting) {
        await this.haltAll('now');
        return undefined;
      }
      if (this.runtime.historyIsLong()) {
        await this.drain();
        if (!this.deleting) return this.input();
        continue;
      }
      await this.reconcile();
      await this.runtime.until(() => this.deleting || (!this.changing && (this.dirty || this.runtime.historyIsLong())));
    }
  }

  /** What the next run goes on from, in place of this one. */
  input(): ConnectorInput {
    return { name: this.name, config: this.config, checkpoint: this.checkpoint() };
  }

  checkpoint(): Checkpoint {
    return {
      identity: this.identityNow,
      generation: this.generation,
      desired: this.desired,
      ...(this.settingsNow === undefined ? {} : { settings: this.settingsNow }),
      ...(this.previousRunId === undefined ? {} : { previousRunId: this.previousRunId }),
      runs: this.runs(),
      topicIds: this.topicIdsNow,
      tasks: this.lanes.map((lane) => lane.state),
      ...(this.failure === undefined ? {} : { failure: this.failure }),
      totals: this.totals,
      ledger: this.ledger,
      createdAtMs: this.createdAtMs,
    };
  }

  // --- what is asked for

  /** Runs one change at a time: what changes lanes or positions must not meet another that does. */
  async alone<T>(change: () => Promise<T>): Promise<T> {
    while (this.changing) await this.runtime.until(() => !this.changing);
    this.changing = true;
    try {
      return await change();
    } finally {
      this.changing = false;
      this.dirty = true;
    }
  }

  want(desired: DesiredState): void {
    this.desired = desired;
    if (desired !== 'RUNNING') for (const { state } of this.lanes) forgetStall(state);
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
    const ending = chosen.filter((lane) => includeRunning || lane.state.failure !== undefined);
    // A failed lane may still be winding down: it must not find itself without its failure then.
    await Promise.all(ending.map((lane) => lane.halt('now')));
    for (const lane of ending) forgetStall(lane.state);
    // The group knows more than this run: its failure stays until the position was taken over from there.
    if (chosen.some(isSuperseded)) this.settingsStale = true;
    else for (const lane of chosen) if (lane.state.failure?.inDoubt === undefined) delete lane.state.failure;
    this.changed();
  }

  delete(): void {
    this.deleting = true;
    this.changed();
  }

  /** Checks a new configuration without touching anything; the problem's own words when it is not good. */
  async check(config: ConnectorConfig): Promise<Outcome<ValidateOutput>> {
    return this.callValidate({ name: this.name, generation: this.generation + 1, config });
  }

  /** Takes a checked configuration over: what is in flight is finished under the old one first. */
  async reconfigure(config: ConnectorConfig, checked: ValidateOutput): Promise<void> {
    await this.drain();
    this.config = config;
    this.generation += 1;
    this.failure = undefined;
    this.begin(checked);
    this.changed();
  }

  /** Moves partitions to other offsets: batches in flight must be gone, labels of the old position never match again. */
  moveTo(offsets: readonly PartitionState[], topicIds: Readonly<Record<string, string>>, told?: Identity): void {
    // A later life that this run knows nothing of may have used the next epoch already.
    if (told !== undefined && (told.id !== this.identityNow.id || told.epoch > this.identityNow.epoch)) {
      this.identityNow = told;
    }
    this.raiseEpoch();
    this.topicIdsNow = { ...this.topicIdsNow, ...topicIds };
    for (const { state } of this.lanes) {
      for (const partition of state.partitions) {
        const target = offsets.find((candidate) => samePartition(candidate, partition));
        if (target === undefined) continue;
        Object.assign(partition, { next: target.next, committed: target.committed });
        delete partition.leaderEpoch;
      }
    }
    this.changed();
  }

  /**
   * Decides the load in doubt of a task: the first that its failure tells of. The batch goes on when none is left.
   *
   * @throws Refusal when another change has come first and that load is not in doubt any more
   */
  resolve(task: number, decision: 'skip' | 'reload'): Promise<void> {
    const asked = this.lanes.find((lane) => lane.state.task === task)?.inDoubt;
    return this.alone(async () => {
      const lane = this.lanes.find(({ inDoubt }) => inDoubt !== undefined && inDoubt.label === asked?.label);
      if (lane === undefined) throw new Refusal('NOT_IN_DOUBT', `Task ${task} of ${this.name} has no batch in doubt.`);
      await lane.halt('now');
      this.decide(lane.state, decision);
    });
  }

  private decide(state: TaskState, decision: 'skip' | 'reload'): void {
    const doubt = state.failure?.inDoubt;
    const batch = state.inFlight.find((candidate) => candidate.sequence === doubt?.sequence);
    if (doubt === undefined || batch === undefined) return;
    const [first, ...doubtful] = doubt.loads.filter((load) => load.state !== 'COMMITTED');
    const settled = [...(batch.settled ?? []), ...doubt.loads.filter((load) => load.state === 'COMMITTED')];
    const { loads: _unknown, doubtful: _told, recovered, ...rest } = batch;
    const again: Batch = { ...rest, settled, ...(doubtful.length === 0 ? {} : { doubtful }) };
    const decided: Batch =
      decision === 'reload' || first === undefined
        ? { ...again, epoch: this.raiseEpoch().epoch }
        : {
            ...again,
            settled: [...settled, { ...first, state: 'COMMITTED' }],
            ...(recovered === undefined ? {} : { recovered }),
          };
    state.inFlight = state.inFlight.map((other) => (other === batch ? decided : other));
    delete state.failure;
    this.changed();
  }

  // --- what lanes need (LaneHost)

  connector(): ConnectorReference {
    return { name: this.name, generation: this.generation, config: this.config };
  }

  identity(): Identity {
    return this.identityNow;
  }

  runs(): readonly string[] {
    const run = this.runtime.runId().slice(0, RUN_NAME_LENGTH);
    return [run, ...this.predecessors].slice(0, KNOWN_RUNS);
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
    this.totals.schemaChanges += entry.ddl?.length ?? 0;
    this.totals.deadLetters += entry.deadLetters ?? 0;
    this.totals.skipped += entry.skipped ?? 0;
    this.ledger = remember(this.ledger, entry);
    this.publish();
  }

  /** A task stands still: shown, and where it has not been known yet also counted and told. */
  stalled(state: TaskState, stall: TaskStall): void {
    const isKnown = state.stall !== undefined;
    state.stall = stall;
    if (!isKnown) {
      this.totals.stalls += 1;
      this.runtime.reportStall({ connector: this.name, task: state.task, stall });
    }
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
    if (this.mustValidate) await this.alone(() => this.validate());
    if (this.desired !== 'RUNNING' || this.failure !== undefined) return;
    for (const lane of this.lanes) lane.start();
  }

  private get mustValidate(): boolean {
    return this.settingsNow === undefined || this.settingsStale || this.lanes.some(isPassed);
  }

  private async validate(): Promise<void> {
    if (!this.mustValidate) return;
    const takesOver = this.lanes.some((lane) => isPassed(lane) || isSuperseded(lane));
    // A stop that ends late may have asked for this check while lanes are at work again.
    if (this.lanes.some((lane) => lane.active)) await this.haltAll('now');
    const begins = takesOver || this.settingsNow === undefined ? this.identityNow : undefined;
    const outcome = await this.callValidate(this.connector(), begins);
    if (outcome.kind === 'cancelled') return;
    if (outcome.kind === 'done') {
      if (takesOver) this.takeOver(outcome.value.recovered);
      this.begin(outcome.value);
    } else this.failure = { code: outcome.code, message: outcome.message, atMs: this.runtime.nowMs() };
    this.changed();
  }

  /** Takes over what was found out; the first time, also where an earlier connector of the same name stood. */
  private begin(checked: ValidateOutput): void {
    if (this.settingsNow === undefined) this.inherit(checked);
    this.adopt(checked);
    this.settingsStale = false;
    this.previousRunId = undefined;
  }

  private callValidate(connector: ConnectorReference, begins?: Identity): Promise<Outcome<ValidateOutput>> {
    const { previousRunId } = this;
    const input = {
      connector,
      ...(previousRunId === undefined ? {} : { previousRunId }),
      ...(begins === undefined ? {} : { begins }),
    };
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
      this.predecessors = checkpoint.runs ?? [];
      this.generation = checkpoint.generation + 1;
      this.topicIdsNow = { ...checkpoint.topicIds };
      Object.assign(this.totals, checkpoint.totals);
      this.ledger = checkpoint.ledger;
      this.replaceLanes(checkpoint.tasks.map(afterPause));
    } else if (recovered !== undefined) {
      this.identityNow = recovered.identity;
      this.replaceLanes(recovered.batches.map((batch, task) => recoveredTask(task, batch)));
    }
  }

  /**
   * The group knows more than this run: it goes on from there. Nothing of its own is lost with the batches in flight,
   * for what was committed of them, or may have been, is told by the group.
   */
  private takeOver(recovered: ValidateOutput['recovered']): void {
    if (recovered === undefined) return;
    const { identity, batches, positions = [] } = recovered;
    const untold = this.partitions().filter((own) => !positions.some((told) => samePartition(told, own)));
    const tasks = batches.map((batch, task) => recoveredTask(task, batch));
    const batched = tasks.flatMap((task) => task.partitions);
    const free = positions.filter((told) => !batched.some((other) => samePartition(told, other)));
    const rest: TaskState = {
      ...emptyTask(tasks.length),
      partitions: [...free.map(atStart), ...untold.map((own) => ({ ...own, next: own.committed }))],
    };
    this.identityNow = identity;
    this.replaceLanes([...tasks, rest]);
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
    const seen = new Set(partitions.filter(({ end }) => end !== undefined).map(partitionName));
    const isSeen = (partition: PartitionState) =>
      seen.has(partitionName(partition)) && !known.has(partitionName(partition));
    for (const lane of this.lanes) if (lane.state.partitions.every(isSeen)) lane.noteLook();
  }

  private replaceLanes(tasks: readonly TaskState[]): void {
    if (this.lanes.some((lane) => lane.active)) throw new Error('lanes are replaced while they are at work');
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
  return {
    batches: 0,
    recordsRead: 0,
    rowsLoaded: 0,
    rowsFiltered: 0,
    sizeBytes: 0,
    stalls: 0,
    schemaChanges: 0,
    deadLetters: 0,
    skipped: 0,
  };
}

function isPassed({ state }: Lane): boolean {
  return state.failure?.code === 'POSITION_PASSED';
}

function isSuperseded({ state }: Lane): boolean {
  return state.failure?.code === 'CONNECTOR_SUPERSEDED';
}

function atStart({ topic, partition, offset, end, leaderEpoch }: PartitionOffset & SeenEnd): PartitionState {
  return {
    topic,
    partition,
    next: offset,
    committed: offset,
    ...(end === undefined ? {} : { end }),
    ...(leaderEpoch === undefined ? {} : { leaderEpoch }),
  };
}

/** State as JSON would bring it back: no object is shared between an old lane and a new one. */
function structuredCopy(task: TaskState): TaskState {
  return {
    ...task,
    partitions: task.partitions.map((partition) => ({ ...partition })),
    inFlight: task.inFlight.map((batch) => ({ ...batch })),
  };
}

/** What the run before has left: its failures are tried again, but for what only an operator can decide. */
function afterPause(task: TaskState): TaskState {
  const { failure, progressAtMs: _long, stall: _ago, ...rest } = task;
  return failure?.inDoubt === undefined ? rest : { ...rest, failure };
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
