/** One measured thing each, in a sandbox of its own or against servers at hand. */
import { type Command, InvalidArgumentError } from 'commander';
import type { ServiceName } from '../../sandbox/index.js';
import { type Run, runConnector } from '../connector.js';
import { measureKafkajs } from '../parts/kafkajs.js';
import { measureLatency } from '../parts/latency.js';
import { rowsPerSecond } from '../parts/rates.js';
import { bestRawBatch, measureRaw } from '../parts/raw.js';
import { measureStart } from '../parts/start.js';
import { measureTrickle } from '../parts/trickle.js';
import type { ProcessUsage } from '../process-usage.js';
import { sizesOf } from '../sizes.js';
import { withWorker } from '../world.js';
import {
  ALL_SERVICES,
  type Context,
  inWorld,
  type MeasureOptions,
  measureCommand,
  number,
  onFullTopic,
} from './context.js';

const WITHOUT_TEMPORAL: readonly ServiceName[] = ['kafka', 'doris'];

export function runCommand(context: Context): Command {
  return measureCommand('run', 'one Sluice connector over a full topic, runs one after the other')
    .option('--set <key=value>', 'a setting of the connector; may be repeated', setting, {})
    .action((options: MeasureOptions & { set: Record<string, string> }) =>
      onFullTopic(context, options, ALL_SERVICES, (world, topic, { samples }) =>
        withWorker(world, async (worker) => {
          for (let run = 0; run <= samples; run++) {
            const before = worker.usage();
            const done = await runConnector(world, topic, options.set);
            const title = run === 0 ? 'warm-up' : `run ${run}`;
            context.out(`${title}: ${describeRun(done, before, worker.usage())}`);
          }
        }),
      ),
    );
}

function describeRun(run: Run, before: ProcessUsage, after: ProcessUsage): string {
  return [
    `${Math.round(rowsPerSecond(run))} rows/s`,
    `${run.batches.length} batches`,
    `${run.events} events`,
    `${run.sizeBytes} bytes of history`,
    `worker ${((after.cpuMs - before.cpuMs) / 1_000).toFixed(2)} CPU s, at most ${Math.round(after.peakMiB)} MiB`,
  ].join(', ');
}

export function rawCommand(context: Context): Command {
  return measureCommand('raw', 'the raw limit: read and PUT with no orchestration').action((options: MeasureOptions) =>
    onFullTopic(context, options, WITHOUT_TEMPORAL, async (world, topic, { samples }) => {
      const batch = await bestRawBatch(world, topic);
      for (let run = 0; run < samples; run++) {
        context.out(`${Math.round(await measureRaw(world, topic, batch))} rows/s with ${batch} rows per load`);
      }
    }),
  );
}

export function kafkajsCommand(context: Context): Command {
  return measureCommand('kafkajs', 'the baseline: a plain kafkajs consumer loop').action((options: MeasureOptions) =>
    onFullTopic(context, options, WITHOUT_TEMPORAL, async (world, topic, { samples }) => {
      for (let run = 0; run < samples; run++) {
        context.out(`${Math.round(await measureKafkajs(world, topic))} rows/s`);
      }
    }),
  );
}

export function latencyCommand(context: Context): Command {
  return measureCommand('latency', 'from produced to committed at 1,000 rows/s')
    .option('--flush <seconds>', 'buffer.flush.time', number, 1)
    .action(({ flush: flushSeconds, ...options }: MeasureOptions & { flush: number }) =>
      inWorld(context, options, ALL_SERVICES, (world) =>
        withWorker(world, async () => {
          const { samples, steadyMs: durationMs } = sizesOf(options);
          for (let run = 0; run < samples; run++) {
            const { p50Ms, p99Ms } = await measureLatency(world, { flushSeconds, durationMs });
            context.out(`p50 ${Math.round(p50Ms)} ms, p99 ${Math.round(p99Ms)} ms`);
          }
        }),
      ),
    );
}

export function startCommand(context: Context): Command {
  return measureCommand('start', 'from nothing to the first commit').action((options: MeasureOptions) =>
    onFullTopic(context, options, ALL_SERVICES, async (world, topic, { samples }) => {
      for (let run = 0; run < samples; run++) context.out(`${(await measureStart(world, topic)).toFixed(2)} s`);
    }),
  );
}

export function trickleCommand(context: Context): Command {
  return measureCommand('trickle', 'processor time of a worker at ten rows a second').action(
    (options: MeasureOptions) =>
      inWorld(context, options, ALL_SERVICES, async (world) => {
        const percent = await withWorker(world, (worker) => measureTrickle(world, worker, sizesOf(options).steadyMs));
        context.out(`${percent.toFixed(1)} % of a core`);
      }),
  );
}

function setting(text: string, settings: Record<string, string>): Record<string, string> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('Not key=value.');
  return { ...settings, [text.slice(0, at)]: text.slice(at + 1) };
}
