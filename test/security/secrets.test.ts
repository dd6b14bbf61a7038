/**
 * Passwords stay where they belong: neither the worker's log at its finest level, nor metrics, nor what the command and
 * the queries say shows one, whether a connector runs or fails; a placeholder's value is not in workflow history, and
 * with a key for payloads nothing that was configured is.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import proto from '@temporalio/proto';
import { request } from 'undici';
import { type Outcome, sluice } from '../client/support/terminal.js';
import { Rig, randomName } from '../integration/rig.js';
import { temporalAddress, until } from '../support/temporal.js';
import { occurrences, randomSecret } from './support/secret.js';
import { polls, spawnWorker, type WorkerProcess } from './support/worker-process.js';

const dorisPassword = randomSecret();
const kafkaPassword = randomSecret();
const wrongPassword = randomSecret();
const secrets = { dorisPassword, kafkaPassword, wrongPassword };
const PASSWORD_VARIABLE = 'SLUICE_SECURITY_TEST_PASSWORD';

let rig: Rig;
let folder: string;
const workers: WorkerProcess[] = [];
/** Connectors to be ended with the file. */
const begun: string[] = [];

beforeAll(async () => {
  rig = await Rig.start({ users: { root: '', loader: dorisPassword } });
  folder = await mkdtemp(join(tmpdir(), 'sluice-secrets-'));
  await rig.sql.query('CREATE DATABASE shop');
}, 120_000);
afterAll(async () => {
  for (const worker of workers) await worker.stop();
  for (const name of begun) {
    const handle = rig.session.client.workflow.getHandle(`connector/${name}`);
    await handle.terminate().catch(() => undefined);
  }
  await rig.close();
  await rm(folder, { recursive: true });
}, 60_000);

/** A worker with all that it can say; Kafka's password is in its file and in use by nobody. */
async function startWorker(env: Readonly<Record<string, string>>): Promise<WorkerProcess> {
  const properties = {
    ...rig.workerProperties(),
    'log.level': 'trace',
    'sasl.mechanism': 'PLAIN',
    'sasl.jaas.config': jaas(kafkaPassword),
  };
  const worker = await spawnWorker({ folder, properties, env: { [PASSWORD_VARIABLE]: dorisPassword, ...env } });
  workers.push(worker);
  return polls(worker);
}

function jaas(password: string): string {
  const quoted = password.replace(/["\\]/g, '\\$&');
  return `org.apache.kafka.common.security.plain.PlainLoginModule required username="reader" password="${quoted}";`;
}

interface Connector {
  readonly name: string;
  readonly table: string;
  /** `sluice connector <verb> <name> …` */
  tell(verb: string, ...argv: string[]): Promise<Outcome>;
  start(): Promise<Outcome>;
}

async function connectorOf(
  { taskQueue }: WorkerProcess,
  changes: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string>> = {},
): Promise<Connector> {
  const name = randomName('secret');
  const table = `shop.${name.replaceAll('-', '_')}`;
  await rig.createTopic(name);
  await rig.sql.query(`CREATE TABLE ${table} (id INT) DUPLICATE KEY(id) DISTRIBUTED BY HASH(id) BUCKETS 1`);
  await rig.produce(name, ['{"id":1}']);
  const config = rig.config(name, {
    topics: name,
    'doris.user': 'loader',
    'doris.password': dorisPassword,
    'doris.topic2table.map': `${name}:${table}`,
    ...changes,
  });
  const file = join(folder, `${name}.json`);
  await writeFile(file, JSON.stringify({ name, config }));
  const flags = ['--address', temporalAddress(), '--task-queue', taskQueue];
  const run = (argv: readonly string[]) => sluice(['connector', ...argv, ...flags], { HOME: folder, ...env });
  begun.push(name);
  return {
    name,
    table,
    tell: (verb, ...argv) => run([verb, name, ...argv]),
    start: () => run(['start', file, '--timeout', '30']),
  };
}

/** The history as the server keeps it, payloads as they are. */
async function rawHistory(name: string): Promise<Uint8Array> {
  const history = await rig.session.client.workflow.getHandle(`connector/${name}`).fetchHistory();
  return proto.temporal.api.history.v1.History.encode(history).finish();
}

/** What Temporal's server tells of a workflow besides its history: summary, details, pending activities, memo. */
async function description(name: string): Promise<Uint8Array> {
  const { raw } = await rig.session.client.workflow.getHandle(`connector/${name}`).describe();
  return proto.temporal.api.workflowservice.v1.DescribeWorkflowExecutionResponse.encode(raw).finish();
}

const find = (text: string | Uint8Array, where: string) =>
  Object.entries(secrets).flatMap(([what, secret]) =>
    occurrences(text, secret).map((found) => `${what} in ${where}, ${found}`),
  );

/** Everything that a connector's users can ask for, searched for every secret. */
async function findInAnswers({ tell, name }: Connector, started: Outcome): Promise<string[]> {
  const verbs = [['status'], ['offsets'], ['history']];
  const answers = await Promise.all(
    verbs.flatMap((verb) => [[...verb], [...verb, '--json']]).map(async ([verb = '', ...argv]) => tell(verb, ...argv)),
  );
  const handle = rig.session.client.workflow.getHandle(`connector/${name}`);
  const config = await handle.query('config').catch((error: unknown) => String(error));
  return [
    ...[started, ...answers].flatMap(({ out, err }) => find(`${out}\n${err}`, 'the output of the command')),
    ...find(JSON.stringify(config), 'the answer of the config query'),
    ...find(await description(name), 'the description of the workflow'),
  ];
}

async function findInProcess(worker: WorkerProcess): Promise<string[]> {
  const { body } = await request(`http://127.0.0.1:${worker.metricsPort}/metrics`);
  const metrics = await body.text();
  expect(metrics).toContain('temporal_');
  return [...find(metrics, 'the metrics'), ...find(worker.output(), 'the log')];
}

describe('without a key for payloads', () => {
  let worker: WorkerProcess;
  beforeAll(async () => {
    worker = await startWorker({});
  }, 120_000);

  test('a connector that loads, its password by reference: in no answer, and not in its history', async () => {
    const connector = await connectorOf(worker, { 'doris.password': `\${env:${PASSWORD_VARIABLE}}` });
    const started = await connector.start();
    expect(started).toMatchObject({ code: 0, out: expect.stringContaining('RUNNING') });
    await rig.holds(connector.table, 1);
    await connector.tell('pause');
    expect(await findInAnswers(connector, started)).toEqual([]);
    const history = await rawHistory(connector.name);
    expect(Buffer.from(history).includes(`\${env:${PASSWORD_VARIABLE}}`)).toBe(true);
    expect(find(history, 'the history')).toEqual([]);
  });

  test('a connector that loads, its password in its file: in no answer', async () => {
    const connector = await connectorOf(worker, {});
    const started = await connector.start();
    await rig.holds(connector.table, 1);
    expect(await findInAnswers(connector, started)).toEqual([]);
  });

  test.each<[string, Readonly<Record<string, string>>, RegExp]>([
    ['a wrong password', { 'doris.password': wrongPassword }, /SINK_AUTHENTICATION_FAILED/],
    ['a front end that cannot be reached', { 'doris.http.port': '1' }, /SINK_UNREACHABLE/],
    [
      'a login that Kafka does not take',
      {
        'consumer.override.security.protocol': 'SASL_PLAINTEXT',
        'consumer.override.sasl.mechanism': 'SCRAM-SHA-512',
        'consumer.override.sasl.jaas.config': jaas(wrongPassword).replace('plain.Plain', 'scram.Scram'),
        'request.timeout.ms': '3000',
      },
      /KAFKA_/,
    ],
    [
      'a configuration that is not valid',
      { 'tasks.max': 'many', 'consumer.override.sasl.jaas.config': 'x "' },
      /tasks.max/,
    ],
    [
      'a login that cannot be read',
      {
        'consumer.override.security.protocol': 'SASL_SSL',
        'consumer.override.sasl.jaas.config': `PlainLoginModule required password=${wrongPassword}`,
      },
      /sasl/,
    ],
    ['a secret that is not there', { 'doris.password': `${wrongPassword}\${env:SLUICE_NOT_SET}` }, /SLUICE_NOT_SET/],
    [
      'credentials within an address',
      { 'doris.urls': `http://loader:${encodeURIComponent(wrongPassword)}@127.0.0.1` },
      /doris.urls/,
    ],
  ])('a connector that fails by %s: in no answer', async (_title, changes, reason) => {
    const connector = await connectorOf(worker, changes);
    const started = await connector.start();
    expect(`${started.out}${started.err}`).toMatch(reason);
    expect(started.code).not.toBe(0);
    if (await exists(connector.name)) expect(await findInAnswers(connector, started)).toEqual([]);
    else expect(find(`${started.out}${started.err}`, 'the output of the command')).toEqual([]);
  });

  // Last: the log and the metrics of everything above.
  test('neither the log at its finest level nor the metrics show any of them', async () => {
    expect(worker.output()).toContain('"level":20');
    expect(await findInProcess(worker)).toEqual([]);
  });
});

describe('with a key for payloads', () => {
  const key = { SLUICE_PAYLOAD_KEY: randomBytes(32).toString('base64') };
  let worker: WorkerProcess;
  beforeAll(async () => {
    worker = await startWorker(key);
  }, 120_000);

  test.each<[string, Readonly<Record<string, string>>]>([
    ['loads', {}],
    ['fails', { 'doris.password': wrongPassword }],
  ])('not even the password in the file of a connector that %s is in its history', async (_title, changes) => {
    const connector = await connectorOf(worker, changes, key);
    const started = await connector.start();
    if (changes['doris.password'] === undefined) await rig.holds(connector.table, 1);
    else expect(`${started.out}${started.err}`).toMatch('SINK_AUTHENTICATION_FAILED');
    const history = await rawHistory(connector.name);
    expect(find(history, 'the history')).toEqual([]);
    expect(find(await description(connector.name), 'the description')).toEqual([]);
    expect(Buffer.from(history).includes('doris.topic2table.map')).toBe(false);
    // What the database said of the failure is told by the command, and not by the history.
    expect(Buffer.from(history).includes('ccess denied')).toBe(false);
    expect(await findInProcess(worker)).toEqual([]);
  });
});

test('several processes: no secret in their command lines, their environments, and what Node reports of a crash', async () => {
  const properties = { ...rig.workerProperties(), 'log.level': 'info', 'sasl.jaas.config': jaas(kafkaPassword) };
  const env = { NODE_OPTIONS: `--report-on-signal --report-directory=${folder}` };
  const worker = await spawnWorker({ folder, properties, env, processes: 2 });
  workers.push(worker);
  const polling = () => worker.output().split('worker is polling').length - 1;
  await until('both processes poll', () => polling() === 2, { timeoutMs: 120_000 });
  const children = await childrenOf(worker.pid);
  expect(children).toHaveLength(2);
  for (const pid of [worker.pid, ...children]) {
    const [command, environment] = await Promise.all([
      readFile(`/proc/${pid}/cmdline`),
      readFile(`/proc/${pid}/environ`),
    ]);
    expect([...find(command, 'the command line'), ...find(environment, 'the environment')]).toEqual([]);
  }
  for (const pid of children) process.kill(pid, 'SIGUSR2');
  const reports = await until('both processes have reported', async () => {
    const names = (await readdir(folder)).filter((name) => /^report\..*\.json$/.test(name));
    const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
    return texts.length === 2 && texts.every((text) => text.trimEnd().endsWith('}')) && texts;
  });
  for (const report of reports) {
    expect(report).toContain('"commandLine"');
    expect(find(report, 'the report')).toEqual([]);
  }
}, 180_000);

/** As Linux knows them. */
async function childrenOf(pid: number): Promise<number[]> {
  const listed = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return listed
    .split(' ')
    .filter((text) => text !== '')
    .map(Number);
}

async function exists(name: string): Promise<boolean> {
  return rig.session.client.workflow
    .getHandle(`connector/${name}`)
    .describe()
    .then(
      () => true,
      () => false,
    );
}
