/** What other connectors can be measured with, and the layers of Sluice by themselves. */
import { Command, InvalidArgumentError } from 'commander';
import { measureEncoders } from '../encode.js';
import { measureReader } from '../reader.js';
import { plainRow } from '../rows.js';
import { serveSink } from '../sink.js';
import { sizesOf } from '../sizes.js';
import { fillTopic } from '../topic.js';
import { SINK_PORTS } from '../world.js';
import { type Context, type MeasureOptions, measureCommand, number, onFullTopic } from './context.js';

export function produceCommand({ out }: Context): Command {
  return measureCommand('produce', 'fill a topic of a broker at hand').action(async (options: MeasureOptions) => {
    const { kafka, topic } = options;
    if (kafka === undefined || topic === undefined) throw new InvalidArgumentError('--kafka and --topic are needed.');
    const { rows, partitions } = sizesOf(options);
    await fillTopic(kafka, { topic, partitions, rows, row: plainRow });
    out(`${rows} rows in ${partitions} partitions of ${topic}`);
  });
}

interface SinkOptions {
  readonly httpPort: number;
  readonly bePort: number;
  readonly mysqlPort: number;
}

export function sinkCommand({ out, signal }: Context): Command {
  return new Command('sink')
    .description('a double of Doris that counts and discards, until Ctrl-C')
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

export function encodeCommand({ out }: Context): Command {
  return new Command('encode')
    .description('records into rows on one core, without servers')
    .argument('[seconds]', 'for each case', number, 2)
    .action((seconds: number) => measureEncoders(seconds, out));
}
