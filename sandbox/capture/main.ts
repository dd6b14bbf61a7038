/** `make capture`: a database and a Kafka Connect with Debezium, to follow the walk-through in docs/debezium.md. */
import { parseArgs } from 'node:util';
import { DEFAULT_PORTS, lineProgress, withInterrupt } from '../world/index.js';
import { SANDBOX_HOST } from '../world/ports.js';
import { Capture } from './capture.js';

const DATABASES = ['postgres', 'mariadb'] as const;
const USAGE = `Usage: main.js [options]
  --database NAME      ${DATABASES.join(' or ')} (postgres)
  --kafka HOST:PORT    the Kafka that gets the events (${SANDBOX_HOST}:${DEFAULT_PORTS.kafka})
  --help               print this text
`;
/** The products' own ports, but for the databases': one may run on this machine already. */
const PORTS = { postgres: 15_432, mariadb: 13_306, connect: 8_083 } as const;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      database: { type: 'string', default: 'postgres' },
      kafka: { type: 'string', default: `${SANDBOX_HOST}:${DEFAULT_PORTS.kafka}` },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return void process.stdout.write(USAGE);
  const database = DATABASES.find((name) => name === values.database);
  if (database === undefined) throw new Error(`There is no database ${values.database}.\n${USAGE}`);
  await withInterrupt(async (signal) => {
    const capture = await Capture.start({
      sandbox: `capture-${database}`,
      database,
      kafka: values.kafka,
      ports: { database: PORTS[database], connect: PORTS.connect },
      progress: lineProgress(),
      signal,
    });
    try {
      process.stdout.write(
        `The database: ${capture.source.client}\nKafka Connect: ${capture.connectUrl}\nCtrl-C ends both.\n`,
      );
      await new Promise<void>((resolve) => {
        // A pending promise keeps no process alive.
        const idle = setInterval(() => undefined, 60_000);
        signal.addEventListener('abort', () => {
          clearInterval(idle);
          resolve();
        });
      });
    } finally {
      await capture.close();
    }
  });
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
