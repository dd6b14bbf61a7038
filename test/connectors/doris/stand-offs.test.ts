/** Servers that never come to an end of it: every call comes to one, with an error that says whether to try again. */
import type { DorisDriver } from '../../../connectors/doris/driver.js';
import type { PreparedLoad } from '../../../connectors/sink-driver.js';
import { type Answer, envelope, json, redirectTo, type ScriptedServer, startServer } from './support/server.js';
import { failureOf, loadOf, openDriver } from './support/sink.js';

const { signal } = new AbortController();
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

interface Cluster {
  readonly backend: ScriptedServer;
  readonly driver: DorisDriver;
}

/** A front end that knows no label and has one back end, which answers as the test says. */
async function cluster(
  answer: (name: () => string) => Answer,
  { schema = envelope({ properties: [] }), ...changes }: { schema?: Answer; [key: string]: Answer | string } = {},
): Promise<Cluster> {
  const backend: ScriptedServer = await startServer((...request) => answer(() => backend.name)(...request));
  const frontend = await startServer((seen, response, request) => {
    const listed = { backends: [{ ip: backend.host, http_port: backend.port, is_alive: true }] };
    const told: [string, Answer][] = [
      ['/api/backends', envelope(listed)],
      ['/_schema', schema],
      ['/get_load_state', envelope('UNKNOWN')],
    ];
    const [, reply] = told.find(([part]) => seen.path.includes(part)) ?? [
      '',
      redirectTo(`http://${backend.name}${seen.path}`),
    ];
    reply(seen, response, request);
  });
  const driver = openDriver(frontend.port, changes as Record<string, string>);
  closing.push(backend.close, frontend.close, () => driver.close());
  return { backend, driver };
}

const taken = json({ Status: 'Label Already Exists', ExistingJobStatus: 'RUNNING', Message: 'relate to txn [7]' });
const committing: PreparedLoad = {
  ...{ database: 'db', table: 't', label: 'l', transactionId: '7' },
  ...{ state: 'PRECOMMITTED', rows: 1, filteredRows: 0, sizeBytes: 9 },
};

test('a label that is free whenever it is asked for and taken whenever it is used: later, not for ever', async () => {
  const { backend, driver } = await cluster(() => taken);
  const error = await failureOf(driver.prepare(loadOf('l', ['{"id":1}']), { mustExist: false, signal }));
  expect(error).toMatchObject({ code: 'SINK_LABEL_BUSY', retryable: true, context: { label: 'l', table: 'db.t' } });
  expect(error.retryDelayMs).toBeGreaterThan(0);
  expect(backend.seen.length).toBeLessThan(10);
});

test('a commit that is sent round in a circle is left, to be tried again', async () => {
  const { backend, driver } = await cluster((name) => redirectTo(`http://${name()}/api/db/_stream_load_2pc`));
  const error = await failureOf(driver.commit(committing, signal));
  expect(error).toMatchObject({ code: 'SINK_PROTOCOL', retryable: true, context: { label: 'l', transactionId: '7' } });
  expect(error.message).toMatch('commit in a circle');
  expect(backend.seen.length).toBeLessThan(10);
});

test('a load that is sent round in a circle as well', async () => {
  const { backend, driver } = await cluster((name) => redirectTo(`http://${name()}/api/db/t/_stream_load`));
  const error = await failureOf(driver.prepare(loadOf('l', ['{"id":1}']), { mustExist: false, signal }));
  expect(error).toMatchObject({ code: 'SINK_PROTOCOL', retryable: true });
  expect(backend.seen.length).toBeLessThan(10);
});

test('with group commit, an answer about a label that was never sent is not taken for a load', async () => {
  const { driver } = await cluster(() => taken, { 'sink.properties.group_commit': 'sync_mode', 'enable.2pc': 'false' });
  const error = await failureOf(driver.prepare(loadOf('l', ['{"id":1}']), { mustExist: false, signal }));
  expect(error).toMatchObject({ code: 'SINK_PROTOCOL', retryable: true });
});

test('a table that may not be looked at is told before the start, and is not taken for a missing one', async () => {
  const denied = json({ code: 403, msg: 'Access denied; you need (at least one of) the (SELECT) privilege(s)' });
  const { driver } = await cluster(() => taken, { schema: denied });
  expect(await driver.validate([{ database: 'db', table: 't' }], signal)).toEqual([
    { table: 'db.t', missing: false, message: expect.stringContaining('could not be looked at') },
  ]);
});

test('any other error of that look ends it', async () => {
  const { driver } = await cluster(() => taken, { schema: json({ code: 500, msg: 'out of memory' }) });
  const error = await failureOf(driver.validate([{ database: 'db', table: 't' }], signal));
  expect(error).toMatchObject({ code: 'SINK_UNAVAILABLE', retryable: true });
});
