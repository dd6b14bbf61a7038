/** What other connectors can be measured with, and the layers of Sluice by themselves. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { lineProgress } from '../../sandbox/index.js';
import { CONVERSION_NAMES, measureConversion } from '../convert/index.js';
import { fullTopic } from '../full-topic.js';
import { measureReader } from '../reader.js';
import { KIND_NAMES, type KindName, recordKind } from '../records/index.js';
import { BenchRegistry } from '../registry.js';
import { serveSink } from '../sink.js';
import { rowsOf, sizesOf } from '../sizes.js';
import { median } from '../statistics.js';
import { SINK_PORTS } from '../world.js';
import { type Context, type MeasureOptions, measureCommand, number, onFullTopic } from './context.js';

export function produceCommand({ out }: Context): Command {
  return new Command('produce')
    .description('fill a topic of a broker at hand')
    .requiredOption('--kafka <host:port>', 'the broker')
    .requiredOption('--topic <name>', 'the topic; it is made if it is not there')
    .addOption(new Option('--kind <kind>', 'what its records are').choices(KIND_NAMES).default('plain'))
    .option('--rows <number>', 'how many; a million by default, fewer of large records', number)
    .option('--partitions <number>', 'of the topic', number, 4)
    .option('--registry <url>', 'the registry of schemas for avro and protobuf')
    .addHelpText(
      'after',
      '\nExamples:\n  $ bench produce --kafka localhost:9092 --topic shared\n  $ bench produce --kafka localhost:9092 --topic orders --kind avro --registry http://localhost:8081',
    )
    .action(async (options: ProduceOptions) => {
      const { kafka, topic, kind, partitions, registry: address } = options;
      if (recordKind(kind).valueSchema !== undefined && address === undefined) {
        throw new InvalidArgumentError(`--registry is needed for ${kind}.`);
      }
      const rows = options.rows ?? rowsOf(kind, sizesOf({}));
      const registry = new BenchRegistry(address);
      await fullTopic({ kafka, registry, progress: lineProgress() }, { topic, kind, partitions, rows });
      out(`${rows} rows in ${partitions} partitions of ${topic}`);
    });
}

interface ProduceOptions {
  readonly kafka: string;
  readonly topic: string;
  readonly kind: KindName;
  readonly rows?: number;
  readonly partitions: number;
  readonly registry?: string;
}

interface SinkOptions {
  readonly httpPort: number;
  readonly bePort: number;
  readonly mysqlPort: number;
}

export function sinkCommand({ out, signal }: Context): Command {
  return new Command('sink')
    .description('a double of Doris that counts and discards, until Ctrl-C')
    .addHelpText(
      'after',
      '\n`GET /stats` on the front end tells rows, bytes, loads, and when the first load began and the last one ended\n(epoch ms); `DELETE /stats` begins again from 0. Rows per second of any connector on a topic that is full already:\nrows / (lastLoadMs - firstLoadMs) * 1000.',
    )
    .option('--http-port <port>', 'front end', number, SINK_PORTS.dorisHttp)
    .option('--be-port <port>', 'back end', number, SINK_PORTS.dorisBackend)
    .option('--mysql-port <port>', 'MySQL', number, SINK_PORTS.dorisMysql)
    .action(({ httpPort, bePort, mysqlPort }: SinkOptions) =>
      serveSink({ http: httpPort, be: bePort, mysql: mysqlPort }, signal, out),
    );
}

export function readCommand(context: Context): Command {
  return measureCommand('read', 'the range reader by itself').action((options: MeasureOptions) =>
    onFullTopic(context, options, ['kafka'], async ({ kafka }, topic, { samples }) => {
      for (let run = 0; run < samples; run++) {
        const { rowsPerSecond, megabytesPerSecond, cpuSeconds } = await measureReader(kafka, topic);
        const rates = `${Math.round(rowsPerSecond)} rows/s, ${Math.round(megabytesPerSecond)} MB/s`;
        context.out(`${rates}, ${cpuSeconds.toFixed(2)} CPU s`);
      }
    }),
  );
}

interface ConvertCommandOptions {
  readonly seconds: number;
  readonly samples: number;
  readonly profile?: string;
  readonly top: number;
  readonly json?: boolean;
}

export function convertCommand({ out, signal }: Context): Command {
  return new Command('convert')
    .description('records into rows in memory, on one core, and the functions that take the time')
    .argument('[names...]', `some of ${CONVERSION_NAMES.map(shortName).join(', ')}; all by default`)
    .option('--seconds <number>', 'how long each is measured', number, 2)
    .option('--samples <number>', 'how often', number, 3)
    .option('--top <number>', 'functions to be told', number, 5)
    .option('--profile <folder>', 'where to leave the processor profile of each')
    .option('--json', 'one JSON document for each')
    .addHelpText('after', '\nExamples:\n  $ bench convert\n  $ bench convert avro debezium --top 20 --profile /tmp')
    .action(async (wanted: string[], { seconds, samples, profile: profileDir, top, json }: ConvertCommandOptions) => {
      const unknown = wanted.filter((name) => !CONVERSION_NAMES.some((known) => shortName(known) === name));
      if (unknown.length > 0) throw new InvalidArgumentError(`There is no conversion ${unknown.join(', ')}.`);
      for (const name of CONVERSION_NAMES) {
        if (wanted.length > 0 && !wanted.includes(shortName(name))) continue;
        const options = { durationMs: seconds * 1_000, samples, profileDir, signal };
        const run = await measureConversion(name, options);
        if (json === true) {
          out(JSON.stringify(run));
          continue;
        }
        const { rowsPerCpuSecond, bytesPerRow, costs } = run;
        out(
          `${shortName(name)}: ${Math.round(median(rowsPerCpuSecond))} rows/CPU s, ${Math.round(bytesPerRow)} bytes a row`,
        );
        for (const { what, percent } of costs.slice(0, top)) out(`  ${percent.toFixed(1).padStart(5)} %  ${what}`);
      }
    });
}

function shortName(name: string): string {
  return name.slice('convert_'.length);
}
