/** One run from beginning to end: the stage is set, faults strike, they stop, everything drains, and it is checked. */
import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Random } from '../simulator/random.js';
import { type Progress, silentProgress } from '../world/index.js';
import { isExact, type TableVerdict } from './checker.js';
import type { ChaosFault } from './faults/index.js';
import { type PlannedFault, planFaults } from './plan.js';
import type { Scenario } from './scenarios/index.js';
import { Stage, type StageOptions } from './stage.js';
import type { World } from './world.js';

export interface Outcome {
  readonly title: string;
  readonly seed: string;
  readonly exact: boolean;
  /** What is wrong beside the tables. */
  readonly problems: readonly string[];
  readonly tables: readonly TableVerdict[];
  /** Rows that were acknowledged by Kafka. */
  readonly produced: number;
  readonly uncertain: number;
  /** How often each kind of fault has struck. */
  readonly struck: ReadonlyMap<string, number>;
  readonly lines: readonly string[];
  readonly troubleMs: number;
  readonly drainMs: number;
}

export interface RandomOptions {
  readonly seed: string;
  /** How long faults strike; draining and checking come on top. */
  readonly durationMs: number;
  readonly faults?: readonly ChaosFault[];
}

const DRAIN_MS = 180_000;
/** A fault that is not over by then is told. */
const LONG_MS = 20_000;

export interface RunnerOptions {
  readonly seed?: string;
  readonly progress?: Progress;
  readonly signal?: AbortSignal;
}

/** Runs one thing after the other on a world. Scenarios that ask for nothing special share a stage while all is well. */
export class Runner {
  private shared: Stage | undefined;

  constructor(
    private readonly world: World,
    private readonly options: RunnerOptions = {},
  ) {}

  /** Faults by the plan of the seed, under constant production. */
  async random(options: RandomOptions): Promise<Outcome> {
    const { signal } = this.options;
    // Every planned fault waits on it.
    if (signal !== undefined) setMaxListeners(0, signal);
    const plan = planFaults(options);
    const stage = await Stage.open(this.world, this.stageOptions({ seed: options.seed, badRows: true }));
    try {
      return await perform(stage, `random, seed ${options.seed}`, async () => {
        stage.producer.start();
        const lasting = sleep(options.durationMs, undefined, signal === undefined ? {} : { signal });
        await Promise.all([...plan.map((planned) => strike(stage, planned, signal)), lasting]);
      });
    } finally {
      await stage.close();
    }
  }

  /** One story, told by its own faults. */
  async scenario(scenario: Scenario): Promise<Outcome> {
    const own = scenario.options !== undefined;
    const stage = own || this.shared === undefined ? await this.open(scenario) : this.shared;
    if (!own) this.shared = stage;
    let isGood = false;
    try {
      const outcome = await perform(stage, scenario.name, () => scenario.run(stage));
      isGood = outcome.exact;
      return outcome;
    } finally {
      if (own || !isGood) {
        if (!own) this.shared = undefined;
        await stage.close();
      }
    }
  }

  async close(): Promise<void> {
    await this.shared?.close();
    this.shared = undefined;
  }

  private open(scenario: Scenario): Promise<Stage> {
    return Stage.open(this.world, this.stageOptions(scenario.options ?? {}));
  }

  private stageOptions(more: Partial<StageOptions>): StageOptions {
    const { seed = '1', progress = silentProgress, signal } = this.options;
    return { seed, progress, ...(signal === undefined ? {} : { signal }), ...more };
  }
}

/** Trouble, then rest, then the verdict. */
async function perform(stage: Stage, title: string, trouble: () => Promise<void>): Promise<Outcome> {
  const tally = stage.beginTally();
  const startedMs = Date.now();
  const problems: string[] = [];
  await trouble().catch((error: unknown) => problems.push(`the run has failed: ${String(error)}`));
  const troubleMs = Date.now() - startedMs;
  await stage.comeToRest(DRAIN_MS).catch((error: unknown) => problems.push(String(error)));
  // An interrupted run has no verdict.
  stage.failIfInterrupted();
  const drainMs = Date.now() - startedMs - troubleMs;
  const tables = await stage.check();
  problems.push(...(await stage.unfinished()), ...stage.order.violations);
  if (stage.workers.overdue > 0) problems.push(`${stage.workers.overdue} workers did not end by SIGTERM`);
  return {
    title,
    seed: stage.seed,
    exact: problems.length === 0 && tables.every(isExact),
    problems: [...new Set(problems)],
    tables,
    produced: stage.truth.count(),
    uncertain: stage.truth.uncertain.size,
    struck: tally.counts,
    lines: [...tally.lines, ...stage.workers.unasked.map((how) => `a worker ended by itself: ${how}`)],
    troubleMs,
    drainMs,
  };
}

/** What cannot be done because of another fault is no fault of its own. */
async function strike(stage: Stage, { atMs, fault, seed }: PlannedFault, signal?: AbortSignal): Promise<void> {
  await sleep(atMs, undefined, signal === undefined ? {} : { signal });
  const begunMs = Date.now();
  try {
    stage.tally.note(fault.name);
    stage.tally.count(fault.name, await fault.strike(stage, new Random(seed)));
    const tookMs = Date.now() - begunMs;
    if (tookMs > LONG_MS) stage.tally.note(`${fault.name}: took ${Math.round(tookMs / 1000)} s`);
  } catch (error) {
    stage.tally.note(`${fault.name}: ${error instanceof Error ? error.message : String(error)}`);
    stage.tally.count(`${fault.name} (could not be done)`);
  }
}
