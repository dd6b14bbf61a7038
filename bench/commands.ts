/** The commands of the benchmarks. */
import { Command, InvalidArgumentError } from 'commander';
import { lineProgress, type ServiceName } from '../sandbox/index.js';
import { bestRaw, filledTopic, measureAll } from './all.js';
import { runConnector } from './connector.js';
import { measureEncoders } from './encode.js';
import { gate } from './gate.js';
import { machine } from './machine.js';
import { measureKafkajs } from './parts/kafkajs.js';
import { measureLatency } from './parts/latency.js';
import type { FullTopic } from './parts/raw.js';
import { measureStart } from './parts/start.js';
import { rowsPerSecond } from './parts/throughput.js';
import { measureTrickle } from './parts/trickle.js';
import { writeReport } from './report/index.js';
import { BASELINE, LATEST, readResults, writeResults } from './results.js';
import { plainRow } from './rows.js';
import { serveSink } from './sink.js';
import { type SizeOptions, sizesOf } from './sizes.js';
import { fillTopic } from './topic.js';
import { type Addresses, SINK_PORTS, type World, withWorker, withWorld } from './world.js';

interface Options extends SizeOptions, Addresses {
  readonly topic?: string;
  readonly profile?: string;
  readonly set?: Record<string, string>;
}

const ALL_SERVICES: readonly ServiceName[] = ['temporal', 'kafka', 'doris'];
const WITHOUT_TEMPORAL: readonly ServiceName[] = ['kafka', 'doris'];

/** Gives a function that runs one command line and returns its exit code. */
export function createCommands(signal: AbortSignal, out: (line: string) => void) {
  const program = new Command('bench').description('measures Sluice, beside a raw limit and a kafkajs loop');
  let exitCode = 0;

  const world = <T>(options: Options, services: readonly ServiceName[], work: (world: World) => Promise<T>) => {
    const { temporal, kafka, doris, profile: profileDir } = options;
    const addresses = { temporal, kafka, doris };
    return withWorld({ addresses, services, profileDir, progress: lineProgress(), signal }, work);
  };
  const inWorld = (services: readonly ServiceName[], work: (world: World, options: Options) => Promise<void>) => {
    return async (options: Options) => world(options, services, (found) => work(found, options));
  };

  sized(program.command('all').description('measure everything, write the results and the report')).action(
    async (options: Options) => {
      const before = machine();
      const results = await world(options, ALL_SERVICES, (found) => measureAll(found, sizesOf(options), before));
      writeResults(LATEST, results);
      for (const file of writeReport(results)) out(file);
    },
  );

  sized(program.command('run').description('one Sluice connector over a full topic, runs one after the other'))
    .option('--set <key=value>', 'a setting of the connector; may be repeated', setting, {})
    .action(
      inWorld(ALL_SERVICES, async (found, options) => {
        const { samples } = sizesOf(options);
        const topic = await topicOf(found, options);
        await withWorker(found, async (worker) => {
          for (let run = 0; run <= samples; run++) {
            const before = worker.usage();
            const done = await runConnector(found, topic, options.set ?? {});
            const { cpuMs, peakMiB } = worker.usage();
            const facts = [
              `${Math.round(rowsPerSecond(done))} rows/s`,
              `${done.batches.length} batches`,
              `${done.events} events`,
              `${done.sizeBytes} bytes of history`,
              `worker ${((cpuMs - before.cpuMs) / 1_000).toFixed(2)} CPU s, at most ${Math.round(peakMiB)} MiB`,
            ];
            out(`${run === 0 ? 'warm-up' : `run ${run}`}: ${facts.join(', ')}`);
          }
        });
      }),
    );

  sized(program.command('raw').description('the raw limit: read and PUT with no orchestration')).action(
    inWorld(WITHOUT_TEMPORAL, async (found, options) => {
      for (const rate of await bestRaw(found, await topicOf(found, options), sizesOf(options).samples)) {
        out(`${Math.round(rate)} rows/s`);
      }
    }),
  );

  sized(program.command('kafkajs').description('the baseline: a plain kafkajs consumer loop')).action(
    inWorld(WITHOUT_TEMPORAL, async (found, options) => {
      const topic = await topicOf(found, options);
      for (let run = 0; run < sizesOf(options).samples; run++) {
        out(`${Math.round(await measureKafkajs(found, topic))} rows/s`);
      }
    }),
  );

  sized(program.command('latency').description('from produced to committed at 1,000 rows/s'))
    .option('--flush <seconds>', 'buffer.flush.time', number, 1)
    .action(
      inWorld(ALL_SERVICES, async (found, options) => {
        const { flush: flushSeconds } = options as Options & { flush: number };
        const { samples, steadyMs: durationMs } = sizesOf(options);
        await withWorker(found, async () => {
          for (let run = 0; run < samples; run++) {
            const { p50Ms, p99Ms } = await measureLatency(found, { flushSeconds, durationMs });
            out(`p50 ${Math.round(p50Ms)} ms, p99 ${Math.round(p99Ms)} ms`);
          }
        });
      }),
    );

  sized(program.command('start').description('from nothing to the first commit')).action(
    inWorld(ALL_SERVICES, async (found, options) => {
      const topic = await topicOf(found, options);
      for (let run = 0; run < sizesOf(options).samples; run++) {
        out(`${(await measureStart(found, topic)).toFixed(2)} s`);
      }
    }),
  );

  sized(program.command('trickle').description('processor time of a worker at ten rows a second')).action(
    inWorld(ALL_SERVICES, async (found, options) => {
      const percent = await withWorker(found, (worker) => measureTrickle(found, worker, sizesOf(options).steadyMs));
      out(`${percent.toFixed(1)} % of a core`);
    }),
  );

  sized(program.command('produce').description('fill a topic of a broker at hand')).action(async (options: Options) => {
    const { kafka, topic } = options;
    if (kafka === undefined || topic === undefined) throw new InvalidArgumentError('--kafka and --topic are needed');
    const { rows, partitions } = sizesOf(options);
    await fillTopic(kafka, { topic, partitions, rows, row: plainRow });
    out(`${rows} rows in ${partitions} partitions of ${topic}`);
  });

  program
    .command('sink')
    .description('a double of Doris that counts and discards, until Ctrl-C')
    .option('--http-port <port>', 'front end', number, SINK_PORTS.dorisHttp)
    .option('--be-port <port>', 'back end', number, SINK_PORTS.dorisBackend)
    .option('--mysql-port <port>', 'MySQL', number, SINK_PORTS.dorisMysql)
    .action(async ({ httpPort, bePort, mysqlPort }: { httpPort: number; bePort: number; mysqlPort: number }) => {
      await serveSink({ http: httpPort, be: bePort, mysql: mysqlPort }, signal, out);
    });

  program
    .command('encode')
    .description('records into rows on one core, without servers')
    .argument('[seconds]', 'for each case', number, 2)
    .action((seconds: number) => measureEncoders(seconds, out));

  program
    .command('report')
    .description('generate docs/benchmarks.md from the latest results')
    .action(() => {
      for (const file of writeReport(readResults(LATEST))) out(file);
    });

  program
    .command('gate')
    .description('compare the latest results with the baseline; fails when something is worse')
    .option('--update', 'take the latest results as the baseline')
    .action(({ update = false }: { update?: boolean }) => {
      const latest = readResults(LATEST);
      if (update) return writeResults(BASELINE, latest);
      const verdicts = gate(latest, readResults(BASELINE));
      for (const { line } of verdicts) out(line);
      exitCode = verdicts.some(({ regressed }) => regressed) ? 1 : 0;
      return undefined;
    });

  return async (args: readonly string[]): Promise<number> => {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  };
}

function sized(command: Command): Command {
  return command
    .option('--quick', 'a fifth of the rows, one counted run')
    .option('--rows <number>', 'rows in the topic', number)
    .option('--samples <number>', 'counted runs', number)
    .option('--partitions <number>', 'partitions of the topic', number)
    .option('--temporal <host:port>', 'a Temporal at hand')
    .option('--kafka <host:port>', 'a broker at hand')
    .option('--doris <host:port>', 'a sink at hand: its front end (see bench sink)')
    .option('--topic <name>', 'a topic of the broker at hand that is full already (see bench produce)')
    .option('--profile <folder>', 'where the worker leaves a processor profile');
}

/** The given topic, which is taken to hold what the options say, or one made and filled now. */
async function topicOf(world: World, options: Options): Promise<FullTopic> {
  const sizes = sizesOf(options);
  const { topic, kafka } = options;
  if (topic === undefined || kafka === undefined) return filledTopic(world, sizes, plainRow);
  return { topic, partitions: sizes.partitions, rows: sizes.rows };
}

function number(text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError('Not a number above 0.');
}

function setting(text: string, settings: Record<string, string>): Record<string, string> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('Not key=value.');
  return { ...settings, [text.slice(0, at)]: text.slice(at + 1) };
}
