/** `make chaos`: random faults by a seed, or named scenarios; prints the verdict, writes a report, fails when not exact. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { lineProgress, silentProgress, withInterrupt } from '../world/index.js';
import { checkoutDir } from '../world/paths.js';
import { type ChaosFault, FAULTS } from './faults/index.js';
import { ClusterWorld } from './kafka-cluster/index.js';
import { formatReport, formatVerdict } from './report.js';
import { type Outcome, Runner, type RunnerOptions } from './run.js';
import { SCENARIOS, type Scenario } from './scenarios/index.js';
import { World } from './world.js';

const USAGE = `Usage: main.js [options]
  --seed TEXT          of the plan of faults; the same seed draws the same plan (the time of day)
  --duration SECONDS   how long faults strike (60)
  --faults PATTERN     only kinds that match this regular expression
  --scenario NAME      a named scenario instead of random faults; all runs every one
  --report FILE        where the report goes (docs/reliability/chaos.md)
  --quiet              print the verdict only
  --list               name all faults and scenarios
  --help               print this text
`;

interface Wish {
  readonly seed: string;
  readonly durationMs: number;
  readonly faults: readonly ChaosFault[];
  readonly scenarios: readonly Scenario[];
  readonly reportFile: string;
  readonly quiet: boolean;
  /** What runs the same again. */
  readonly command: string;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: String(Date.now()) },
      duration: { type: 'string', default: '60' },
      faults: { type: 'string' },
      scenario: { type: 'string' },
      report: { type: 'string', default: join(checkoutDir(), 'docs', 'reliability', 'chaos.md') },
      quiet: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return void process.stdout.write(USAGE);
  if (values.list) return list();
  const startedAt = new Date();
  const wish: Wish = {
    seed: values.seed,
    durationMs: positive(values.duration) * 1000,
    faults: FAULTS.filter(({ name }) => new RegExp(values.faults ?? '').test(name)),
    scenarios: values.scenario === undefined ? [] : scenariosNamed(values.scenario),
    reportFile: values.report,
    quiet: values.quiet,
    command: commandOf(values),
  };
  const outcomes = await perform(wish);
  mkdirSync(dirname(wish.reportFile), { recursive: true });
  writeFileSync(wish.reportFile, formatReport(outcomes, wish.command, startedAt));
  process.stdout.write(`Report: ${wish.reportFile}\nAgain: ${wish.command}\n`);
  if (outcomes.some(({ exact }) => !exact)) process.exitCode = 1;
}

function perform(wish: Wish): Promise<Outcome[]> {
  const { seed, durationMs, faults, scenarios, quiet } = wish;
  const progress = quiet ? silentProgress : lineProgress();
  const alone = scenarios.filter(({ onCluster }) => onCluster !== true);
  const onCluster = scenarios.filter((scenario) => !alone.includes(scenario));
  return withInterrupt(async (signal) => {
    const outcomes: Outcome[] = [];
    const tell = (outcome: Outcome) => {
      outcomes.push(outcome);
      process.stdout.write(`${formatVerdict(outcome)}\n`);
    };
    const runAll = async (runner: Runner, chosen: readonly Scenario[]) => {
      for (const scenario of chosen) if (!signal.aborted) tell(await runner.scenario(scenario));
    };
    if (scenarios.length === 0 || alone.length > 0) {
      await onWorld(await World.start({ progress, signal }), { seed, progress, signal }, async (runner) => {
        if (scenarios.length === 0) tell(await runner.random({ seed, durationMs, faults }));
        await runAll(runner, alone);
      });
    }
    if (onCluster.length > 0 && !signal.aborted) {
      const world = await ClusterWorld.open({ seed, progress, signal });
      await onWorld(world, { seed, progress, signal }, (runner) => runAll(runner, onCluster));
    }
    return outcomes;
  });
}

async function onWorld(world: World, options: RunnerOptions, work: (runner: Runner) => Promise<void>): Promise<void> {
  const runner = new Runner(world, options);
  try {
    await work(runner);
  } finally {
    await runner.close();
    await world.close();
  }
}

function scenariosNamed(name: string): readonly Scenario[] {
  const found = SCENARIOS.filter((scenario) => name === 'all' || scenario.name === name);
  if (found.length > 0) return found;
  throw new Error(`There is no scenario ${name}. --list names them.`);
}

function commandOf({
  seed,
  duration,
  faults,
  scenario,
}: Record<'seed' | 'duration', string> & { faults?: string | undefined; scenario?: string | undefined }): string {
  const wanted = scenario === undefined ? [`--duration ${duration}`] : [`--scenario ${scenario}`];
  if (faults !== undefined) wanted.push(`--faults '${faults}'`);
  return `make chaos ARGS="--seed ${seed} ${wanted.join(' ')}"`;
}

function positive(text: string): number {
  const number = Number(text);
  if (number > 0 && Number.isFinite(number)) return number;
  throw new Error(`${text} is no duration in seconds`);
}

function list(): void {
  process.stdout.write(`Faults:\n${FAULTS.map(({ name }) => `  ${name}\n`).join('')}`);
  process.stdout.write(`Scenarios:\n${SCENARIOS.map(({ name, what }) => `  ${name}: ${what}\n`).join('')}`);
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
