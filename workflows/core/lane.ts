/**
 * A lane is one task of a connector: it plans batches over its partitions, prepares them one after the other and
 * commits them in order, with the next batch being prepared while the last one is being committed.
 *
 * The order of writing things down is the promise of the whole system: a batch's exact ranges stand in `inFlight`
 * before anything of it is sent, and stay there until its commit is known.
 */
import type { TableChange, TableName } from '../../connect/pipeline/index.js';
import type { BatchInput, PrepareBatchOutput } from './activities.js';
import { doubtMessage } from './doubt.js';
import { excludedWithin } from './excluded.js';
import type { Batch, Identity, LedgerEntry, LoadReference, Range, TaskFailure, TaskState } from './model.js';
import { grouped, recordsIn, samePartition, summarizePartitions } from './offsets.js';
import { Planner, type PlannerHost } from './planner.js';
import { runActivity } from './run-activity.js';
import type { ActivityOutput, Outcome, Running } from './runtime.js';
import { changeKey, inLedger, placeOf, stillNeeded, summaryOf } from './schema-changes.js';
import { forgetStall } from './stall.js';

/** How long a halting lane waits for a commit before it leaves it to be finished later. */
const COMMIT_GRACE_MS = 5_000;

/** Forms of a batch that the database has refused: so many are known apart. */
const KNOWN_REFUSALS = 16;

type Cut = Pick<Extract<PrepareBatchOutput, { outcome: 'tooLarge' }>, 'ranges' | 'refused'>;
type Rejected = Extract<PrepareBatchOutput, { outcome: 'rejected' }>;

/** What a lane needs of the connector that it belongs to. */
export interface LaneHost extends PlannerHost {
  identity(): Identity;
  /** The present run, and those that it was continued from. */
  runs(): readonly string[];
  committed(entry: LedgerEntry): void;
}

/** `drain` finishes what is in flight; `now` stops preparing at once and leaves it to be finished later. */
export type HaltMode = 'drain' | 'now';

export class Lane {
  private work: Promise<void> | undefined;
  private halting: HaltMode | undefined;
  private readonly planner: Planner;
  private readonly preparing = new Set<Running<unknown>>();
  private readonly committing = new Set<Running<unknown>>();
  /** True once a commit of this lane has held the group against what it knows. */
  private proven = false;
  /** True once a halt has waited long enough for commits. */
  private leaving = false;

  constructor(
    private readonly host: LaneHost,
    readonly state: TaskState,
  ) {
    this.planner = new Planner(host, state, (failure) => this.fail(failure));
  }

  get active(): boolean {
    return this.work !== undefined;
  }

  /** The load whose commit an operator has to decide upon next. */
  get inDoubt(): LoadReference | undefined {
    return this.state.failure?.inDoubt?.loads.find((load) => load.state !== 'COMMITTED');
  }

  /** Begins, or goes on, where the state stands. */
  start(): void {
    if (this.work !== undefined || this.state.failure !== undefined) return;
    this.halting = undefined;
    this.leaving = false;
    this.planner.start();
    this.state.progressAtMs ??= this.host.runtime.nowMs();
    this.work = this.loop().then(() => {
      this.work = undefined;
      this.planner.end();
      this.host.changed();
    });
  }

  /** Resolves when no activity of this lane is running any more. */
  async halt(mode: HaltMode): Promise<void> {
    if (this.work === undefined) return;
    if (this.halting !== 'now') this.halting = mode;
    this.planner.cancel();
    if (mode === 'now') {
      for (const running of this.preparing) running.cancel();
      void this.cancelCommitsLater();
    }
    await this.work;
  }

  /** What every activity of a batch is told of it. */
  inputOf(batch: Batch): BatchInput {
    const { host, state } = this;
    return {
      connector: host.connector(),
      identity: { id: host.identity().id, epoch: batch.epoch },
      connectorEpoch: host.identity().epoch,
      runs: host.runs(),
      task: state.task,
      sequence: batch.sequence,
      labelPrefix: batch.labelPrefix,
      ranges: batch.ranges,
      ...(batch.recovered === undefined ? {} : { recovered: batch.recovered }),
      ...(batch.excluded === undefined ? {} : { excluded: batch.excluded }),
      ...(batch.refused === undefined ? {} : { refused: batch.refused }),
    };
  }

  /** Looks at its partitions afresh: they have changed. */
  replan(): void {
    this.planner.cancel();
  }

  /** The ends of all its partitions were seen just now. */
  noteLook(): void {
    this.planner.noteLook();
  }

  /** Takes the batch at the head as loaded: its commit is known, or an operator says so. */
  settle(batch: Batch, loads: readonly LoadReference[], visible: boolean): void {
    const { runtime } = this.host;
    this.state.inFlight = this.state.inFlight.filter((other) => other !== batch);
    for (const range of batch.ranges) {
      const partition = this.state.partitions.find((candidate) => samePartition(candidate, range));
      if (partition !== undefined) partition.committed = range.end;
    }
    this.progressed();
    const all = [...(batch.settled ?? []), ...loads];
    const sizeBytes = sumOf(all, (load) => load.sizeBytes);
    const now = runtime.nowMs();
    this.host.committed({
      task: this.state.task,
      sequence: batch.sequence,
      epoch: batch.epoch,
      ranges: batch.ranges,
      loads: all,
      recordsRead: batch.recordsRead ?? 0,
      rowsLoaded: sumOf(all, (load) => load.rows),
      rowsFiltered: sumOf(all, (load) => load.filteredRows),
      sizeBytes,
      plannedAtMs: batch.plannedAtMs,
      preparedAtMs: batch.preparedAtMs ?? now,
      committedAtMs: now,
      visible,
      ...(batch.ddl === undefined ? {} : { ddl: batch.ddl }),
      ...batch.bad,
    });
  }

  private get going(): boolean {
    return this.halting === undefined && this.state.failure === undefined;
  }

  /** True while batches that are in flight already are to be brought to their end. */
  private get finishing(): boolean {
    return this.halting !== 'now' && this.state.failure === undefined;
  }

  private async loop(): Promise<void> {
    let commits: Promise<boolean> = Promise.resolve(true);
    for (const batch of [...this.state.inFlight]) {
      if (!this.finishing || !(await this.prepared(batch))) break;
      commits = commits.then((isSettled) => isSettled && this.commit(batch));
    }
    while (this.going) {
      const batch = await this.nextBatch();
      if (batch === undefined) continue;
      if (this.host.settings().pipelineDepth > 1) this.planner.lookAhead();
      if (!(await this.prepared(batch))) break;
      commits = commits.then((isSettled) => isSettled && this.commit(batch));
    }
    this.planner.forget();
    await commits;
  }

  /** The next batch, once there is room for it in the pipeline; undefined when there is nothing to load now. */
  private async nextBatch(): Promise<Batch | undefined> {
    const planned = this.planner.knowsBacklog ? undefined : await this.planner.plan();
    if (planned === undefined && !this.planner.knowsBacklog) return undefined;
    const depth = this.host.settings().pipelineDepth;
    await this.host.runtime.until(() => !this.going || this.state.inFlight.length < depth);
    if (!this.going) return undefined;
    // What is known is divided up now and not before the wait: batches before it may have been cut since.
    const ranges = planned ?? this.planner.knownRanges();
    return ranges.length === 0 ? undefined : this.accept(ranges);
  }

  /** Writes a batch down as in flight: from here on its rows are its label's and nobody else's. */
  private accept(ranges: readonly Range[]): Batch {
    const { state } = this;
    const batch: Batch = {
      sequence: ++state.sequence,
      epoch: this.host.identity().epoch,
      labelPrefix: this.host.settings().labelPrefix,
      ranges,
      plannedAtMs: this.host.runtime.nowMs(),
    };
    if (state.inFlight.length === 0) this.progressed();
    state.inFlight = [...state.inFlight, batch];
    this.moveNext(ranges);
    return batch;
  }

  private moveNext(ranges: readonly Range[]): void {
    for (const range of ranges) {
      const partition = this.state.partitions.find((candidate) => samePartition(candidate, range));
      if (partition !== undefined) partition.next = range.end;
    }
  }

  /** Prepares a batch that is not yet prepared. False when it cannot be now: it stays in flight as it is. */
  private async prepared(batch: Batch): Promise<boolean> {
    const made = new Map<string, TableName>();
    while (batch.loads === undefined) {
      if (!this.finishing) return false;
      const [doubtful] = batch.doubtful ?? [];
      if (doubtful !== undefined) {
        this.doubt(batch, batch.doubtful ?? [], doubtMessage(doubtful));
        return false;
      }
      const outcome = await this.callPrepare(batch, [...made.values()]);
      if (outcome.kind === 'cancelled') return false;
      if (outcome.kind === 'failed') {
        this.fail(outcome);
        return false;
      }
      const result = outcome.value;
      if (result.outcome === 'inDoubt') {
        this.doubt(batch, result.loads, result.message);
        return false;
      }
      if (result.outcome === 'tooLarge') {
        this.cut(batch, result);
        continue;
      }
      if (result.outcome === 'mustBeFirst') {
        if (!(await this.comesFirst(batch))) return false;
        continue;
      }
      if (result.outcome === 'schemaChange') {
        if (!(await this.tablesChanged(batch, result.changes, made))) return false;
        continue;
      }
      if (result.outcome === 'rejected') {
        this.exclude(batch, result);
        continue;
      }
      batch.loads = result.loads;
      batch.recordsRead = result.recordsRead;
      if (result.bad !== undefined) batch.bad = result.bad;
      // A batch that is prepared once more, since its transaction has gone, has not come further.
      if (batch.preparedAtMs === undefined && this.state.inFlight[0] === batch) this.progressed();
      batch.preparedAtMs = this.host.runtime.nowMs();
      this.measure(batch);
    }
    return true;
  }

  /**
   * Makes the changes that a batch waits for, each as a step of its own. False when one cannot be made now; `made` are
   * those that were: none of them can be needed once more.
   */
  private async tablesChanged(
    batch: Batch,
    changes: readonly TableChange[],
    made: Map<string, TableName>,
  ): Promise<boolean> {
    for (const change of changes) {
      const key = changeKey(change);
      if (made.has(key)) {
        this.fail({ code: 'SINK_SCHEMA_CHANGE_FAILED', message: stillNeeded(change) });
        return false;
      }
      const place = placeOf(change);
      // What was before it in the log has to be in the database before it is taken away.
      if (place !== undefined && !(await this.comesFirst(batch))) return false;
      const outcome = await this.callChange(batch, change);
      if (outcome.kind === 'failed') this.fail(outcome);
      if (outcome.kind !== 'done') return false;
      made.set(key, { database: change.database, table: change.table });
      if (place !== undefined) batch.applied = [...(batch.applied ?? []), place];
      const { statements } = outcome.value;
      if (statements.length > 0) batch.ddl = [...(batch.ddl ?? []), ...statements.map(inLedger)];
      if (this.state.inFlight[0] === batch) this.progressed();
    }
    return true;
  }

  /** True once all batches before this one are in the database; false when this lane comes to a stop before that. */
  private async comesFirst(batch: Batch): Promise<boolean> {
    await this.host.runtime.until(() => !this.finishing || this.state.inFlight[0] === batch);
    return this.finishing;
  }

  private async callChange(batch: Batch, change: TableChange): Promise<Outcome<ActivityOutput<'applySchemaChange'>>> {
    const { host, state } = this;
    const input = { connector: host.connector(), task: state.task, sequence: batch.sequence, change };
    return outcomeOf(runActivity(this.host, 'applySchemaChange', input, summaryOf(change)), this.preparing);
  }

  private async callPrepare(
    batch: Batch,
    changed: readonly TableName[],
  ): Promise<Outcome<ActivityOutput<'prepareBatch'>>> {
    const { host, state } = this;
    const running = runActivity(
      this.host,
      'prepareBatch',
      {
        ...this.inputOf(batch),
        ...(state.bytesPerRecord === undefined ? {} : { bytesPerRecord: state.bytesPerRecord }),
        topicIds: host.topicIds(),
        ...(state.inFlight[0] === batch ? { isHead: true } : {}),
        mayCut: state.inFlight.at(-1) === batch && batch.settled === undefined && batch.recovered !== true,
        ...(batch.settled === undefined ? {} : { settled: batch.settled }),
        ...(batch.tried === undefined ? {} : { tried: batch.tried }),
        ...(batch.applied === undefined ? {} : { applied: batch.applied }),
        ...(changed.length === 0 ? {} : { changed }),
        ...(this.proven ? {} : { unproven: true }),
      },
      `prepare ${summarizePartitions(batch.ranges)} ${grouped(recordsIn(batch.ranges))} records`,
    );
    batch.tried = true;
    return outcomeOf(running, this.preparing);
  }

  /** Without the rows that the database refuses it is another load: what was told of the batch before is no more. */
  private exclude(batch: Batch, { excluded, refused, settled }: Rejected): void {
    batch.excluded = excluded;
    noteRefusal(batch, refused);
    if (settled.length > 0) batch.settled = [...(batch.settled ?? []), ...settled];
    delete batch.recovered;
    if (this.state.inFlight[0] === batch) this.progressed();
  }

  /** The same start, an earlier end: what was planned behind the old end is planned again. */
  private cut(batch: Batch, { ranges, refused }: Cut): void {
    if (refused !== undefined) noteRefusal(batch, refused);
    for (const partition of this.state.partitions) {
      const before = batch.ranges.find((range) => samePartition(range, partition));
      if (before !== undefined) partition.next = before.start;
    }
    batch.ranges = ranges;
    if (batch.excluded !== undefined) batch.excluded = excludedWithin(batch.excluded, ranges);
    delete batch.tried;
    if (this.state.inFlight[0] === batch) this.progressed();
    this.moveNext(ranges);
    this.planner.forget();
  }

  /** Brings a prepared batch to its end. False when it stays in flight: none after it may be committed then. */
  private async commit(batch: Batch): Promise<boolean> {
    while (this.state.failure === undefined && !this.leaving) {
      const loads = batch.loads;
      if (loads === undefined) {
        if (!(await this.prepared(batch))) return false;
        continue;
      }
      const outcome = await this.callCommit(batch, loads);
      if (outcome.kind === 'done' && outcome.value.outcome === 'committed') {
        this.proven = true;
        this.settle(batch, outcome.value.loads, outcome.value.visible);
        return true;
      }
      if (outcome.kind === 'failed') this.fail(outcome);
      if (outcome.kind !== 'done') return false;
      this.proven = true;
      const result = outcome.value;
      if (result.outcome === 'inDoubt') this.doubt(batch, result.loads, result.message);
      else {
        batch.settled = [...(batch.settled ?? []), ...result.loads.filter((load) => load.state === 'COMMITTED')];
        delete batch.loads;
      }
    }
    return false;
  }

  private async callCommit(
    batch: Batch,
    loads: readonly LoadReference[],
  ): Promise<Outcome<ActivityOutput<'commitBatch'>>> {
    const tables = [...new Set(loads.map((load) => `${load.database}.${load.table}`))].join(', ');
    const rows = grouped(sumOf(loads, (load) => load.rows));
    const running = runActivity(
      this.host,
      'commitBatch',
      {
        ...this.inputOf(batch),
        loads,
        ...(batch.bad === undefined ? {} : { bad: batch.bad }),
      },
      `commit ${summarizePartitions(batch.ranges)} ${rows} rows → ${tables === '' ? 'nothing to load' : tables}`,
    );
    return outcomeOf(running, this.committing);
  }

  private async cancelCommitsLater(): Promise<void> {
    const quiet = await this.host.runtime.until(() => this.committing.size === 0, COMMIT_GRACE_MS);
    if (quiet) return;
    this.leaving = true;
    for (const running of this.committing) running.cancel();
  }

  private progressed(): void {
    const wasStalled = this.state.stall !== undefined;
    forgetStall(this.state);
    this.state.progressAtMs = this.host.runtime.nowMs();
    if (wasStalled) this.host.changed();
  }

  private measure(batch: Batch): void {
    const records = Number(recordsIn(batch.ranges));
    const sizeBytes = sumOf(batch.loads ?? [], (load) => load.sizeBytes);
    if (records > 0) this.state.bytesPerRecord = Math.max(1, Math.round(sizeBytes / records));
  }

  private fail({ code, message }: { code: string; message: string }): void {
    this.stopFor({ code, message, atMs: this.host.runtime.nowMs() });
  }

  private doubt(batch: Batch, loads: readonly LoadReference[], message: string): void {
    const inDoubt = { sequence: batch.sequence, loads };
    this.stopFor({ code: 'SINK_COMMIT_IN_DOUBT', message, atMs: this.host.runtime.nowMs(), inDoubt });
  }

  /** The first failure stands; everything else of this lane comes to a stop. */
  private stopFor(failure: TaskFailure): void {
    if (this.state.failure !== undefined) return;
    this.state.failure = failure;
    forgetStall(this.state);
    this.planner.cancel();
    for (const running of this.preparing) running.cancel();
    this.host.changed();
  }
}

function noteRefusal(batch: Batch, refused: string): void {
  batch.refused = [...(batch.refused ?? []), refused].slice(-KNOWN_REFUSALS);
}

/** The outcome of a call that stands among those under way for as long as it runs. */
async function outcomeOf<T>(running: Running<T>, underWay: Set<Running<unknown>>): Promise<Outcome<T>> {
  underWay.add(running);
  const outcome = await running.outcome;
  underWay.delete(running);
  return outcome;
}

function sumOf<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((sum, item) => sum + value(item), 0);
}
