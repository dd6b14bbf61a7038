/**
 * `make simulate SEEDS=n`: runs many seeds, and tells of a failure everything that is needed to mend it: the seed, the
 * commit, the fewest faults that still bring it about, and the log of all decisions.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { revision } from '../revision.js';
import { type Result, type SimulationSettings, settingsOf, shrink, simulate } from './index.js';
import { SimulationTally } from './report.js';

const USAGE = 'main.ts [--seeds n] [--from seed] [--report file] | --seed seed [--log] | --settings json [--log]';

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '500' },
      from: { type: 'string', default: '1' },
      seed: { type: 'string' },
      settings: { type: 'string' },
      log: { type: 'boolean', default: false },
      report: { type: 'string' },
    },
  });
  // The settings that a shrunk failure was told with.
  const given = values.settings === undefined ? undefined : (JSON.parse(values.settings) as SimulationSettings);
  const one = values.seed !== undefined || given !== undefined;
  const first = given?.seed ?? wholeNumber(values.seed ?? values.from);
  const count = one ? 1 : wholeNumber(values.seeds);
  const tally = new SimulationTally();
  const startedMs = performance.now();
  for (let seed = first; seed < first + count; seed++) {
    const result = await simulate(given ?? settingsOf(seed));
    tally.add(result);
    if (one && values.log) console.log(result.log.join('\n'));
    if (result.violation !== undefined) console.error(`seed ${seed}: ${result.violation}`);
  }
  const seconds = (performance.now() - startedMs) / 1000;
  console.log(`${count} seeds, ${tally.failed.length} failed, ${tally.steps} steps in ${seconds.toFixed(1)} s`);
  if (values.report !== undefined) {
    const command = `make simulate SEEDS=${count}${first === 1 ? '' : ` ARGS="--from ${first}"`}`;
    writeFileSync(values.report, `${tally.report(command, revision(), seconds).trimEnd()}\n`);
  }
  const [worst] = tally.failed;
  if (worst === undefined) return;
  process.exitCode = 1;
  if (!(one && values.log)) report(worst, await shrink(worst));
}

function report(failed: Result, { settings, violation, log }: Result): void {
  console.error(`\nseed ${failed.settings.seed} at commit ${revision()}: ${failed.violation}`);
  console.error(`shrunk to ${JSON.stringify(settings)}:\n${violation}\n`);
  console.error(log.join('\n'));
}

function wholeNumber(text: string): number {
  if (/^\d{1,12}$/.test(text)) return Number(text);
  throw new Error(`${text} is not a whole number. Usage: ${USAGE}`);
}

await main();
