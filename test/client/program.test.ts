import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { buildProgram } from '../../client/program.js';
import { wantsColor } from '../../client/terminal.js';
import { fakeTerminal, sluice } from './support/terminal.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function connectorFile(name: string, text: string): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, text);
  return file;
}

const ORDERS = `name=orders
connector.class=org.apache.doris.kafka.connector.DorisSinkConnector
topics=orders
doris.urls=127.0.0.1
doris.http.port=8030
doris.query.port=9030
doris.user=root
doris.password=secret
doris.database=db
key.converter=org.apache.kafka.connect.storage.StringConverter
value.converter=org.apache.kafka.connect.storage.StringConverter
`;

describe('usage', () => {
  test('help shows exit codes and examples and is no error', async () => {
    const { code, out } = await sluice(['--help']);
    expect(code).toBe(0);
    expect(out).toContain('Exit codes:');
    expect(out).toContain('$ sluice connector start orders.json');
  });

  test('the version is that of the package', async () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect(await sluice(['--version'])).toEqual({ code: 0, out: version, err: '' });
  });

  test.each([
    [['connector', 'frobnicate'], "unknown command 'frobnicate'"],
    [['connector', 'pause'], "missing required argument 'names'"],
    [['connector', 'list', '--frob'], "unknown option '--frob'"],
    [['connector', 'restart', 'orders', '--task', 'x'], 'Not a whole number.'],
    [['connector', 'resolve', 'orders', '--task', '0'], 'Say which: --skip or --reload.'],
    [['connector', 'offsets', 'set', 'orders', 'orders=5'], 'topic:partition=offset'],
    [['connector', 'status', '--watch', '--json'], '--watch and --json do not go together.'],
  ])('%j is wrong usage', async (argv, message) => {
    const { code, out, err } = await sluice(argv);
    expect(code).toBe(2);
    expect(out + err).toContain(message);
  });

  test('with --json the error is a document on standard output', async () => {
    const { code, out } = await sluice(['connector', 'pause', '--json']);
    expect(code).toBe(2);
    expect(JSON.parse(out)).toEqual({ error: { code: 'USAGE', message: "missing required argument 'names'" } });
  });
});

describe('connector validate', () => {
  test('a valid file', async () => {
    const file = await connectorFile('orders.properties', ORDERS);
    expect(await sluice(['connector', 'validate', file])).toMatchObject({ code: 0, out: `${file} (orders): valid` });
  });

  test('all problems and warnings at once, each with its key', async () => {
    const file = await connectorFile(
      'bad.properties',
      `${ORDERS}tasks.max=0\nbuffer.flush.time=soon\nbufer.size.bytes=1\n`,
    );
    const { code, out } = await sluice(['connector', 'validate', file, '--json']);
    expect(code).toBe(2);
    const [checked] = JSON.parse(out) as [{ problems: { key: string }[]; warnings: { key: string; hint: string }[] }];
    expect(checked.problems.map(({ key }) => key)).toEqual(expect.arrayContaining(['tasks.max', 'buffer.flush.time']));
    expect(checked.warnings).toEqual([
      expect.objectContaining({ key: 'bufer.size.bytes', hint: expect.stringContaining('buffer.size.bytes') }),
    ]);
  });

  test('--set goes before the file', async () => {
    const file = await connectorFile('set.properties', `${ORDERS}tasks.max=0\n`);
    expect(await sluice(['connector', 'validate', file, '--set', 'tasks.max=2'])).toMatchObject({ code: 0 });
  });

  test('settings that the connector inherits from its worker', async () => {
    const file = await connectorFile('inherits.properties', ORDERS.replace(/^(key|value)\.converter=.*$/gm, ''));
    expect(await sluice(['connector', 'validate', file])).toMatchObject({ code: 2 });
    const worker = await connectorFile(
      'worker.properties',
      'bootstrap.servers=k:9092\nkey.converter=org.apache.kafka.connect.storage.StringConverter\nvalue.converter=org.apache.kafka.connect.storage.StringConverter\n',
    );
    expect(await sluice(['connector', 'validate', file, '--worker', worker])).toMatchObject({ code: 0 });
  });

  test('a file that is not there, and one of an unknown class', async () => {
    const other = await connectorFile('other.json', '{"name":"x","config":{"connector.class":"com.example.Sink"}}');
    const { code, out } = await sluice(['connector', 'validate', join(folder, 'nope.json'), other]);
    expect(code).toBe(2);
    expect(out).toContain('Cannot read');
    expect(out).toContain('com.example.Sink');
  });
});

test('start tells every problem and starts nothing', async () => {
  const good = await connectorFile('good.properties', ORDERS);
  const bad = await connectorFile('bad2.properties', `${ORDERS}tasks.max=0\n`);
  const { code, out, err } = await sluice(['connector', 'start', good, bad, '--address', '127.0.0.1:1']);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toContain('bad2.properties is not a valid configuration:');
  expect(err).toContain('tasks.max');
});

test('colours are for terminals, and NO_COLOR turns them off', () => {
  expect(wantsColor({}, true)).toBe(true);
  expect(wantsColor({}, false)).toBe(false);
  expect(wantsColor({ NO_COLOR: '1' }, true)).toBe(false);
  expect(wantsColor({ FORCE_COLOR: '1' }, false)).toBe(true);
  expect(wantsColor({ TERM: 'dumb' }, true)).toBe(false);
});

describe('docs/cli.md', () => {
  const page = readFileSync('docs/cli.md', 'utf8');
  const program = buildProgram({
    terminal: fakeTerminal(),
    signal: new AbortController().signal,
    finish: () => undefined,
  });

  function* commands(parent: Command, path: string): Generator<[string, Command]> {
    for (const command of parent.commands) {
      if (command.commands.length === 0) yield [`${path} ${command.name()}`, command];
      yield* commands(command, `${path} ${command.name()}`);
    }
  }

  test.each([...commands(program, 'sluice')])('names `%s` with all of its options', (path, command) => {
    expect(page).toContain(`\`${path}`);
    for (const { long } of command.options) expect(page).toContain(`\`${long}`);
  });

  test('names the options of all commands', () => {
    for (const { long } of program.options) expect(page).toContain(`\`${long}`);
  });
});
