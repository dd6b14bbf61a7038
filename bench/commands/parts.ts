/** One measured thing each, in a sandbox of its own or against servers at hand. */
import type { Command } from 'commander';
import type { ServiceName } from '../../sandbox/index.js';
import { besideIdleConnector } from '../parts/idle.js';
import { measureKafkajs } from '../parts/kafkajs.js';
import { measureLatency } from '../parts/latency.js';
import { bestRawBatch, measureRaw } from '../parts/raw.js';
import { measureScaling } from '../parts/scaling.js';
import { measureStart } from '../parts/start.js';
import { measureTrickle, TRICKLE_PARTITIONS } from '../parts/trickle.js';
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
  return measureCommand('start', 'from `sluice worker` to a worker, from `sluice connector start` to rows').action(
    (options: MeasureOptions) =>
      onFullTopic(context, options, ALL_SERVICES, async (world, topic, { samples }) => {
        for (let run = 0; run < samples; run++) {
          await withWorker(world, async ({ startMs }) => {
            const worker = `worker ${(startMs / 1_000).toFixed(2)} s`;
            context.out(`${worker}, connector ${(await measureStart(world, topic)).toFixed(2)} s`);
          });
        }
      }),
  );
}

export function trickleCommand(context: Context): Command {
  return measureCommand('trickle', `a worker, and its loads, at a trickle to ${TRICKLE_PARTITIONS} partitions`).action(
    (options: MeasureOptions) =>
      inWorld(context, options, ALL_SERVICES, async (world) => {
        const { steadyMs } = sizesOf(options);
        const trickle = { partitions: options.partitions ?? TRICKLE_PARTITIONS, durationMs: 2 * steadyMs };
        const { percentOfCore, loadsPerMinute } = await withWorker(world, (worker) =>
          measureTrickle(world, worker, trickle),
        );
        context.out(`${percentOfCore.toFixed(1)} % of a core, ${loadsPerMinute.toFixed(1)} loads a minute`);
      }),
  );
}

export function idleCommand(context: Context): Command {
  return measureCommand('idle', 'events that a connector with nothing to do adds to its history')
    .option('--minutes <number>', 'how long it is watched', number, 60)
    .action((options: MeasureOptions & { minutes: number }) =>
      inWorld(context, options, ALL_SERVICES, async (world) => {
        const { eventsPerHour } = await besideIdleConnector(world, options.minutes * 60_000, async () => undefined);
        context.out(`${eventsPerHour.toFixed(1)} events an hour`);
      }),
    );
}

export function scalingCommand(context: Context): Command {
  return measureCommand('scaling', 'what more worker processes are worth, on Debezium change events')
    .option('--processes <number>', 'worker processes', number, 2)
    .action((options: MeasureOptions & { processes: number }) =>
      onFullTopic(context, { ...options, kind: 'debezium' }, ALL_SERVICES, async (world, topic, { samples }) => {
        for (let run = 0; run < samples; run++) {
          context.out(`${(await measureScaling(world, topic, options.processes)).toFixed(2)} times`);
        }
      }),
    );
}
