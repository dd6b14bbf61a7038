/** `bench run`: a connector over a full topic, again and again. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { ConnectorConfig } from '../../workflows/core/model.js';
import { growthOf, watchingMemory } from '../parts/memory.js';
import {
  type MeasuredRun,
  measureRun,
  rowsPerSecond,
  WORKLOAD_NAMES,
  WORKLOADS,
  type WorkloadName,
} from '../parts/rates.js';
import type { ProcessUsage } from '../process-usage.js';
import { withWorker } from '../world.js';
import { ALL_SERVICES, type Context, type MeasureOptions, measureCommand, number, onFullTopic } from './context.js';

interface RunOptions extends MeasureOptions {
  readonly workload: WorkloadName;
  readonly set?: ConnectorConfig;
  readonly processes: number;
  readonly minutes?: number;
}

export function runCommand(context: Context): Command {
  return measureCommand('run', 'one Sluice connector over a full topic, runs one after the other')
    .addOption(
      new Option('--workload <name>', 'what the records are and what becomes of them')
        .choices(WORKLOAD_NAMES)
        .default('passthrough'),
    )
    .option('--set <key=value>', 'a setting of the connector; may be repeated', setting)
    .option('--processes <number>', 'worker processes', number, 1)
    .option('--minutes <number>', 'go on for so long, and tell how the memory of the worker changes', number)
    .addHelpText(
      'after',
      '\nThe rows of a topic at hand are those that the options say: give the --rows that it was filled with.\n\nExamples:\n  $ bench run --workload avro --samples 5\n  $ bench run --minutes 60 --set batch.max.bytes=5000000\n  $ bench run --kafka localhost:9092 --topic shared --rows 1000000 --doris localhost:8030',
    )
    .action((options: RunOptions) => {
      const { kind, settings: own } = WORKLOADS[options.workload];
      const settings = { ...own, ...options.set };
      return onFullTopic(context, { ...options, kind }, ALL_SERVICES, (world, topic, { samples }) =>
        withWorker(
          world,
          async (worker) => {
            const endMs = Date.now() + (options.minutes ?? 0) * 60_000;
            const wantsMore = (run: number) => run <= samples || Date.now() < endMs;
            const memoryMiB = await watchingMemory(worker, async () => {
              for (let run = 0; wantsMore(run); run++) {
                const done = await measureRun(world, worker, topic, settings);
                context.out(`${run === 0 ? 'warm-up' : `run ${run}`}: ${describeRun(done, worker.usage())}`);
              }
            });
            if (options.minutes !== undefined) context.out(describeGrowth(memoryMiB));
          },
          options.processes,
        ),
      );
    });
}

function describeRun(run: MeasuredRun, { peakMiB, residentMiB }: ProcessUsage): string {
  return [
    `${Math.round(rowsPerSecond(run))} rows/s`,
    `${run.batches.length} batches`,
    `${run.events} events`,
    `${run.sizeBytes} bytes of history`,
    `worker ${run.cpuSeconds.toFixed(2)} CPU s (${Math.round(run.rows / run.cpuSeconds)} rows/CPU s)`,
    `${Math.round(residentMiB)} MiB, at most ${Math.round(peakMiB)} MiB`,
  ].join(', ');
}

function describeGrowth(memoryMiB: readonly number[]): string {
  return `memory: the last third of the time ${growthOf(memoryMiB).toFixed(3)} times that of the third before it`;
}

function setting(text: string, settings: ConnectorConfig = {}): ConnectorConfig {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('Not key=value.');
  return { ...settings, [text.slice(0, at)]: text.slice(at + 1) };
}
