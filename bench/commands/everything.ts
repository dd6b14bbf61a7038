/** The whole run, and what is made of its results. */
import { existsSync } from 'node:fs';
import { Command } from 'commander';
import { SluiceError } from '../../connect/errors.js';
import { measureAll } from '../all.js';
import { gate, type Verdict } from '../gate.js';
import { machine } from '../machine.js';
import { writeReport } from '../report/index.js';
import { BASELINE, LATEST, type Results, readResults, writeResults } from '../results.js';
import { sizesOf } from '../sizes.js';
import { ALL_SERVICES, type Context, inWorld, type MeasureOptions, measureCommand } from './context.js';

export function allCommand(context: Context): Command {
  return measureCommand('all', 'measure everything, write the results and the report').action(
    async (options: MeasureOptions) => {
      const before = machine();
      const results = await inWorld(context, options, ALL_SERVICES, (world) =>
        measureAll(world, sizesOf(options), before),
      );
      writeResults(LATEST, results);
      for (const file of [LATEST, ...writeReport(results)]) context.out(file);
      tellGate(results, context);
      const { failures = [] } = results;
      if (failures.length > 0) throw new SluiceError('INTERNAL', `Not everything was measured. ${failures.join(' ')}`);
    },
  );
}

export function reportCommand({ out }: Context): Command {
  return new Command('report').description('generate docs/benchmarks.md from the latest results').action(() => {
    for (const file of writeReport(readResults(LATEST))) out(file);
  });
}

export function gateCommand({ out }: Context): Command {
  return new Command('gate')
    .description('compare the latest results with the baseline; fails when something is worse')
    .option('--update', 'take the latest results as the baseline')
    .action(({ update = false }: { update?: boolean }) => {
      const latest = readResults(LATEST);
      if (update) return writeResults(BASELINE, latest);
      const verdicts = gate(latest, readResults(BASELINE));
      for (const { line } of verdicts) out(line);
      const worse = regressions(verdicts);
      if (worse.length > 0) throw new SluiceError('INTERNAL', `Worse than the baseline: ${worse.join(', ')}.`);
    });
}

/** At the end of a run the gate only tells: the results are there, and a busy machine is no failure of a benchmark. */
function tellGate(results: Results, { out }: Context): void {
  const baseline = existsSync(BASELINE) ? readResults(BASELINE) : undefined;
  if (baseline?.rows !== results.rows) {
    out('There is no baseline of this size to compare with: bench gate --update makes one.');
    return;
  }
  const verdicts = gate(results, baseline);
  for (const { line } of verdicts) out(line);
  const worse = regressions(verdicts);
  if (worse.length > 0) out(`WARNING: worse than the baseline: ${worse.join(', ')}. bench gate fails on this.`);
}

function regressions(verdicts: readonly Verdict[]): string[] {
  return verdicts.filter(({ regressed }) => regressed).map(({ name }) => name);
}
