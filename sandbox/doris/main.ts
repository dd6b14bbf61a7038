/** The double as a process of its own: `node dist/sandbox/doris/main.js`. Prints one JSON line when it is ready. */
import { parseArgs } from 'node:util';
import { type DorisDoubleOptions, startDorisDouble } from './double.js';

const BANNER =
  'This is the Sluice sandbox double of Apache Doris. It is not Apache Doris and must never hold real data.';

const USAGE = `Usage: main.js [options]        (each option can be given as SLUICE_DORIS_<NAME> too)
  --host ADDRESS       address to listen on and to name to clients (127.0.0.1)
  --http-port PORT     frontend, HTTP (8030)
  --frontends NUMBER   so many frontends, on the ports from that one on (1)
  --be-port PORT       backend, HTTP (8040)
  --mysql-port PORT    frontend, MySQL protocol (9030)
  --user NAME          a user beside root, who has no password
  --password PASSWORD  the password of that user
  --data FILE          keep tables and transactions in this DuckDB file (in memory)
  --null-mode          count loads and discard them
  --help               print this text
Port 0 takes any free port.`;

const FLAGS = {
  host: { type: 'string' },
  'http-port': { type: 'string' },
  frontends: { type: 'string' },
  'be-port': { type: 'string' },
  'mysql-port': { type: 'string' },
  user: { type: 'string' },
  password: { type: 'string' },
  data: { type: 'string' },
  'null-mode': { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

type Flag = keyof typeof FLAGS;

function readOptions(flags: Partial<Record<Flag, string | boolean>>): DorisDoubleOptions {
  const value = (flag: Flag): string | undefined => {
    const given = flags[flag] ?? process.env[`SLUICE_DORIS_${flag.replaceAll('-', '_').toUpperCase()}`];
    return given === undefined || given === '' ? undefined : String(given);
  };
  const port = (flag: Flag, fallback: number): number => {
    const number = Number(value(flag) ?? fallback);
    if (Number.isInteger(number) && number >= 0 && number <= 65_535) return number;
    throw new Error(`--${flag} must be a port, 0 to 65535`);
  };
  const frontends = Number(value('frontends') ?? 1);
  if (!Number.isInteger(frontends) || frontends < 1) throw new Error('--frontends must be a whole number from 1 on');
  const user = value('user');
  const data = value('data');
  const host = value('host');
  return {
    ...(host === undefined ? {} : { host }),
    ports: { http: port('http-port', 8030), be: port('be-port', 8040), mysql: port('mysql-port', 9030) },
    frontends,
    users: { root: '', ...(user === undefined ? {} : { [user]: value('password') ?? '' }) },
    ...(data === undefined ? {} : { dataFile: data }),
    nullMode: value('null-mode') === 'true',
  };
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: FLAGS, strict: true });
  if (values.help === true) {
    process.stdout.write(`${USAGE}\n`);
    return;
  }
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort());
  const double = await startDorisDouble(readOptions(values));
  const { feUrl, fePort, bePort, mysqlPort } = double;
  process.stderr.write(`${BANNER}\n`);
  process.stdout.write(`${JSON.stringify({ ready: true, feUrl, fePort, bePort, mysqlPort, pid: process.pid })}\n`);
  if (!stop.signal.aborted) {
    await new Promise((resolve) => stop.signal.addEventListener('abort', resolve, { once: true }));
  }
  await double.close();
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
