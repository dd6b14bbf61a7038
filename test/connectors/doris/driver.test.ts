import { request } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { DorisDriver } from '../../../connectors/doris/driver.js';
import type { DorisDoubleOptions } from '../../../sandbox/doris/double.js';
import { startTestDouble, type TestDouble } from '../../sandbox/doris/support/client.js';
import { deadAddress } from './support/server.js';
import { failureOf, loadOf, loadOfChunks, openDriver, prepared } from './support/sink.js';

const { signal } = new AbortController();
const fresh = { mustExist: false, signal };
const rows = ['{"id":1,"name":"a"}', '{"id":2,"name":"b"}'];
const inTable = [
  ['1', 'a'],
  ['2', 'b'],
];

describe('the Doris driver', () => {
  let doris: TestDouble;
  let driver: DorisDriver;
  let label: string;
  let labels = 0;
  const closing: (() => Promise<void>)[] = [];
  const defaults = () => ({
    publishDelayMs: 0,
    precommitTimeoutMs: 3_600_000,
    labelKeepCount: 2_000,
    maxRunningPerDatabase: 1_000,
  });

  beforeAll(async () => {
    doris = await startTestDouble({ publishWaitMs: 50, groupCommitIntervalMs: 20 });
  });
  beforeEach(async () => {
    label = `driver_${++labels}`;
    await doris.double.engine.truncateTable('db', 't');
    driver = opened();
  });
  afterEach(async () => {
    doris.double.faults.disarm();
    Object.assign(doris.double.transactions.settings, defaults());
    for (const close of closing.splice(0)) await close();
  });
  afterAll(() => doris.double.close());

  function opened(changes: Readonly<Record<string, string>> = {}, fePort = doris.double.fePort): DorisDriver {
    const made = openDriver(fePort, changes);
    closing.push(() => made.close());
    return made;
  }

  async function ownDouble(options: DorisDoubleOptions): Promise<TestDouble> {
    const started = await startTestDouble(options);
    closing.push(() => started.double.close());
    return started;
  }

  const { settings, sweep } = {
    settings: () => doris.double.transactions.settings,
    sweep: () => doris.double.transactions.sweep(),
  };
  const transactionsOf = (name: string) => doris.double.transactions.byLabel('db', name);

  async function becomes(state: string, name = label): Promise<void> {
    while ((await driver.lookup('db', name, signal)) !== state) await nextTurn();
  }

  /** Loads and commits by the driver; what readers then see. */
  async function loadedAndCommitted(load = loadOf(label, rows)) {
    const reference = prepared(await driver.prepare(load, fresh));
    if (reference.state === 'PRECOMMITTED') expect(await driver.commit(reference, signal)).toBe('committed');
    await becomes('VISIBLE', load.label);
    return doris.rows();
  }

  describe('a load', () => {
    test('is invisible until it is committed, and then there once', async () => {
      const reference = prepared(await driver.prepare(loadOf(label, rows), fresh));
      expect(reference).toEqual({
        database: 'db',
        table: 't',
        label,
        transactionId: transactionsOf(label)[0]?.id.toString(),
        host: `127.0.0.1:${doris.double.bePort}`,
        state: 'PRECOMMITTED',
        rows: 2,
        filteredRows: 0,
        sizeBytes: 40,
      });
      expect(await doris.rows()).toEqual([]);
      expect(await driver.commit(reference, signal)).toBe('committed');
      await becomes('VISIBLE');
      expect(await doris.rows()).toEqual(inTable);
    });

    test('can be aborted, and leaves nothing', async () => {
      const reference = prepared(await driver.prepare(loadOf(label, rows), fresh));
      expect(await driver.abort(reference, signal)).toBe('aborted');
      expect(await driver.abort(reference, signal)).toBe('aborted');
      expect(await driver.commit(reference, signal)).toBe('aborted');
      expect(await driver.lookup('db', label, signal)).toBe('ABORTED');
      expect(await doris.rows()).toEqual([]);
    });

    test('of many chunks and megabytes arrives whole', async () => {
      const chunks = Array.from({ length: 64 }, (_, chunk) =>
        Buffer.from(Array.from({ length: 2_000 }, (_, row) => `{"id":${chunk * 2_000 + row},"name":"n"}\n`).join('')),
      );
      const load = loadOfChunks(label, chunks, 128_000);
      const reference = prepared(await driver.prepare(load, fresh));
      expect(reference).toMatchObject({ rows: 128_000, filteredRows: 0, sizeBytes: load.body.sizeBytes });
      await driver.commit(reference, signal);
      await becomes('VISIBLE');
      expect(await doris.rows('SELECT count(*), count(DISTINCT id), max(id) FROM db.t')).toEqual([
        ['128000', '128000', '127999'],
      ]);
    });

    test('with gzip has the same rows', async () => {
      driver = opened({ 'sink.properties.compress_type': 'gz' });
      expect(await loadedAndCommitted()).toEqual(inTable);
    });

    test('of CSV has the same rows', async () => {
      driver = opened({ 'sink.properties.format': 'csv', 'sink.properties.column_separator': ',' });
      expect(await loadedAndCommitted(loadOf(label, ['1,a', '2,b']))).toEqual(inTable);
    });

    test('with max_filter_ratio tells how many rows were filtered', async () => {
      driver = opened({ 'sink.properties.max_filter_ratio': '0.5' });
      const load = loadOf(label, ['{"id":1,"name":"a"}', '{"id":null}']);
      expect(await driver.prepare(load, fresh)).toMatchObject({ rows: 1, filteredRows: 1 });
    });

    test('goes straight to a back end with auto.redirect=false', async () => {
      doris.double.faults.arm({ point: 'fe.redirect', phase: 'before', effect: { kind: 'reset' } });
      driver = opened({ 'auto.redirect': 'false' });
      expect(await loadedAndCommitted()).toEqual(inTable);
    });
  });

  describe('another attempt under the same label', () => {
    test('UNKNOWN: loads', async () => {
      expect(await driver.lookup('db', label, signal)).toBe('UNKNOWN');
      expect(await driver.prepare(loadOf(label, rows), fresh)).toMatchObject({ state: 'PRECOMMITTED' });
    });

    test('UNKNOWN with mustExist: tells so and loads nothing', async () => {
      expect(await driver.prepare(loadOf(label, rows), { mustExist: true, signal })).toBe('unknown');
      expect(transactionsOf(label)).toEqual([]);
    });

    test('RUNNING: the zombie is aborted; what it sends later is refused', async () => {
      const zombie = startZombie(doris.double.bePort, label, `${rows[0]}\n`, `${rows[1]}\n`);
      await becomes('PREPARE');
      const reference = prepared(await driver.prepare(loadOf(label, rows), fresh));
      expect(await zombie.finish()).toMatchObject({ Status: 'Fail' });
      expect(await driver.commit(reference, signal)).toBe('committed');
      await becomes('VISIBLE');
      expect(await doris.rows()).toEqual(inTable);
      expect(transactionsOf(label).map(({ state }) => state)).toEqual(['ABORTED', 'VISIBLE']);
    });

    test('PRECOMMITTED by an attempt whose reply was lost: loaded once', async () => {
      doris.double.faults.arm({ point: 'be.load', phase: 'after', effect: { kind: 'reset' }, label, times: 1 });
      const lost = await failureOf(driver.prepare(loadOf(label, rows), fresh));
      expect(lost).toMatchObject({ code: 'SINK_UNREACHABLE', retryable: true, context: { label, table: 'db.t' } });
      expect(await driver.lookup('db', label, signal)).toBe('PRECOMMITTED');
      expect(await loadedAndCommitted()).toEqual(inTable);
    });

    test('PRECOMMITTED and mustExist: loaded again, since the rows are the same', async () => {
      await driver.prepare(loadOf(label, rows), fresh);
      const reference = prepared(await driver.prepare(loadOf(label, rows), { mustExist: true, signal }));
      await driver.commit(reference, signal);
      await becomes('VISIBLE');
      expect(await doris.rows()).toEqual(inTable);
    });

    test('COMMITTED, not yet visible: done already', async () => {
      settings().publishDelayMs = 200;
      await driver.commit(prepared(await driver.prepare(loadOf(label, rows), fresh)), signal);
      expect(await driver.lookup('db', label, signal)).toBe('COMMITTED');
      expect(await driver.prepare(loadOf(label, rows), { mustExist: true, signal })).toMatchObject({
        state: 'COMMITTED',
      });
      await becomes('VISIBLE');
      expect(await doris.rows()).toEqual(inTable);
    });

    test('VISIBLE: done already, nothing is sent', async () => {
      await loadedAndCommitted();
      const { loads } = doris.double.stats.totals;
      expect(await driver.prepare(loadOf(label, rows), fresh)).toEqual({
        database: 'db',
        table: 't',
        label,
        state: 'COMMITTED',
        rows: 2,
        filteredRows: 0,
        sizeBytes: 40,
      });
      expect(doris.double.stats.totals.loads).toBe(loads);
    });

    test('ABORTED: the label is free again', async () => {
      await driver.abort(prepared(await driver.prepare(loadOf(label, rows), fresh)), signal);
      expect(await loadedAndCommitted()).toEqual(inTable);
    });

    test('the label is taken between the look and the load: what is there is looked at again', async () => {
      const other = prepared(await driver.prepare(loadOf(label, rows), fresh));
      // The first look says ABORTED, as it would have a moment ago.
      const envelope = JSON.stringify({ msg: 'success', code: 0, data: 'ABORTED', count: 0 });
      const effect = { kind: 'reply', status: 200, body: envelope, contentType: 'application/json' } as const;
      doris.double.faults.arm({ point: 'fe.load_state', phase: 'before', effect, label, times: 1 });
      expect(await driver.prepare(loadOf(label, rows), fresh)).toMatchObject({
        state: 'PRECOMMITTED',
        transactionId: other.transactionId,
      });
    });

    test('two attempts at the same time: one of them has the label, and the rows are there once', async () => {
      const attempts = [1, 2].map(() => driver.prepare(loadOf(label, rows), fresh).catch((error: unknown) => error));
      await Promise.all(attempts);
      expect(await loadedAndCommitted()).toEqual(inTable);
    });
  });

  describe('a commit', () => {
    test('whose reply was lost has happened once', async () => {
      const reference = prepared(await driver.prepare(loadOf(label, rows), fresh));
      const effect = { kind: 'reset' } as const;
      doris.double.faults.arm({ point: 'be.2pc', phase: 'after', effect, label, operation: 'commit', times: 1 });
      expect(await driver.commit(reference, signal)).toBe('committed');
      expect(await driver.commit(reference, signal)).toBe('committed');
      await becomes('VISIBLE');
      expect(await doris.rows()).toEqual(inTable);
    });

    test('that is never answered is retried by the next attempt', async () => {
      const reference = prepared(await driver.prepare(loadOf(label, rows), fresh));
      const fault = doris.double.faults.arm({ point: 'be.2pc', phase: 'before', effect: { kind: 'reset' }, label });
      const error = await failureOf(driver.commit(reference, signal));
      expect(error).toMatchObject({
        code: 'SINK_UNREACHABLE',
        retryable: true,
        context: { label, table: 'db.t', transactionId: reference.transactionId, host: reference.host },
      });
      doris.double.faults.disarm(fault);
      expect(await driver.commit(reference, signal)).toBe('committed');
    });

    test('at a back end that is gone goes to another one', async () => {
      const reference = prepared(await driver.prepare(loadOf(label, rows), fresh));
      const { host, port } = await deadAddress();
      expect(await driver.commit({ ...reference, host: `${host}:${port}` }, signal)).toBe('committed');
    });

    test('after a restart of the back end: what is precommitted survives', async () => {
      const reference = prepared(await driver.prepare(loadOf(label, rows), fresh));
      await doris.double.restartBackend();
      expect(await driver.commit(reference, signal)).toBe('committed');
      await becomes('VISIBLE');
      expect(await doris.rows()).toEqual(inTable);
    });

    test('of what was precommitted for too long is aborted, and the label is free', async () => {
      const reference = prepared(await driver.prepare(loadOf(label, rows), fresh));
      settings().precommitTimeoutMs = 0;
      sweep();
      Object.assign(settings(), defaults());
      expect(await driver.commit(reference, signal)).toBe('aborted');
      expect(await loadedAndCommitted()).toEqual(inTable);
    });

    test('of a transaction that was evicted by count is unknown, never guessed', async () => {
      const reference = prepared(await driver.prepare(loadOf(label, rows), fresh));
      await driver.commit(reference, signal);
      await becomes('VISIBLE');
      settings().labelKeepCount = 0;
      sweep();
      expect(await driver.commit(reference, signal)).toBe('unknown');
      expect(await driver.prepare(loadOf(label, rows), { mustExist: true, signal })).toBe('unknown');
      expect(await doris.rows()).toEqual(inTable);
    });

    test('by label alone of what is visible is told from one that is unknown', async () => {
      const { transactionId: _, ...byLabel } = prepared(await driver.prepare(loadOf(label, rows), fresh));
      expect(await driver.commit(byLabel, signal)).toBe('committed');
      await becomes('VISIBLE');
      expect(await driver.commit(byLabel, signal)).toBe('committed');
      expect(await driver.commit({ ...byLabel, label: `${label}_other` }, signal)).toBe('unknown');
    });

    test('of a transaction that is still being prepared waits', async () => {
      const begun = doris.double.transactions.begin({ database: 'db', label, tables: ['t'], coordinator: 'BE: x' });
      const reference = { ...prepared(await driver.prepare(loadOf(`${label}_b`, rows), fresh)), label };
      const error = await failureOf(driver.commit({ ...reference, transactionId: String(begun.id) }, signal));
      expect(error).toMatchObject({ code: 'SINK_LABEL_BUSY', retryable: true, context: { label } });
    });
  });

  describe('an abort', () => {
    test('of what is committed says so and takes nothing away', async () => {
      const reference = prepared(await driver.prepare(loadOf(label, rows), fresh));
      await driver.commit(reference, signal);
      await becomes('VISIBLE');
      expect(await driver.abort(reference, signal)).toBe('committed');
      const { transactionId: _, ...byLabel } = reference;
      expect(await driver.abort(byLabel, signal)).toBe('committed');
      expect(await doris.rows()).toEqual(inTable);
    });

    test('of what nobody knows has nothing to do', async () => {
      const reference = prepared(await driver.prepare(loadOf(label, rows), fresh));
      expect(await driver.abort({ ...reference, transactionId: '999999', label: 'nobody' }, signal)).toBe('aborted');
    });

    test('whose reply was lost has happened', async () => {
      const reference = prepared(await driver.prepare(loadOf(label, rows), fresh));
      const effect = { kind: 'reset' } as const;
      doris.double.faults.arm({ point: 'be.2pc', phase: 'after', effect, label, operation: 'abort', times: 1 });
      expect(await driver.abort(reference, signal)).toBe('aborted');
    });
  });

  describe('without two-phase commit', () => {
    beforeEach(() => {
      driver = opened({ 'enable.2pc': 'false' });
    });

    test('a load is committed at once and says what keeps it from being done twice', async () => {
      expect(driver.guarantee).toMatchObject({
        guarantee: 'exactly_once',
        reason: expect.stringContaining('by label'),
      });
      expect(driver.twoPhase).toBe(false);
      expect(await driver.prepare(loadOf(label, rows), fresh)).toMatchObject({ state: 'COMMITTED', rows: 2 });
      expect(await doris.rows()).toEqual(inTable);
    });

    test('a load whose reply was lost is found by its label and not done again', async () => {
      doris.double.faults.arm({ point: 'be.load', phase: 'after', effect: { kind: 'reset' }, label, times: 1 });
      await failureOf(driver.prepare(loadOf(label, rows), fresh));
      expect(await driver.prepare(loadOf(label, rows), fresh)).toMatchObject({ state: 'COMMITTED' });
      expect(await doris.rows()).toEqual(inTable);
    });

    test('Publish Timeout is a success: the rows are committed and become visible later', async () => {
      settings().publishDelayMs = 150;
      expect(await driver.prepare(loadOf(label, rows), fresh)).toMatchObject({ state: 'COMMITTED', rows: 2 });
      expect(await doris.rows()).toEqual([]);
      expect(await driver.prepare(loadOf(label, rows), fresh)).toMatchObject({ state: 'COMMITTED' });
      await becomes('VISIBLE');
      expect(await doris.rows()).toEqual(inTable);
    });
  });

  describe('group commit', () => {
    test('loads without a label and says that delivery is at-least-once', async () => {
      driver = opened({ 'sink.properties.group_commit': 'sync_mode', 'enable.2pc': 'false' });
      expect(driver.guarantee).toMatchObject({
        guarantee: 'at_least_once',
        reason: expect.stringContaining('group commit'),
      });
      expect(await driver.prepare(loadOf(label, rows), fresh)).toMatchObject({ state: 'COMMITTED', rows: 2 });
      expect(transactionsOf(label)).toEqual([]);
      expect(await doris.rows()).toEqual(inTable);
    });
  });

  describe('a refusal', () => {
    const reply = (status: number, body: string) => ({ kind: 'reply', status, body }) as const;

    test('of rows is told with the reasons of the error log, and frees the label', async () => {
      const load = loadOf(label, ['{"id":1}', '{"id":2,"name":"much  too long"}']);
      const error = await failureOf(driver.prepare(load, fresh));
      expect(error).toMatchObject({
        code: 'SINK_ROWS_REJECTED',
        retryable: false,
        hint: expect.stringContaining('Correct the table or the rows'),
        context: {
          table: 'db.t',
          label,
          host: `127.0.0.1:${doris.double.bePort}`,
          transactionId: transactionsOf(label)[0]?.id.toString(),
          errorUrl: expect.stringMatching(/^http:.*_load_error_log/),
        },
      });
      expect(error.message).toContain('[DATA_QUALITY_ERROR]too many filtered rows: Reason: the length of input string');
      expect(error.message).toContain('src line [{"id":2,"name":"much  too long"}]');
      expect(await driver.lookup('db', label, signal)).toBe('ABORTED');
    });

    test('of rows whose error log cannot be had is told without it', async () => {
      const body = JSON.stringify({
        TxnId: 5,
        Status: 'Fail',
        Message: '[DATA_QUALITY_ERROR]too many filtered rows',
        ErrorURL: `http://127.0.0.1:${(await deadAddress()).port}/api/_load_error_log?file=x`,
        FirstErrorMsg: 'Reason: it is bad. src line [x]; ',
      });
      doris.double.faults.arm({ point: 'be.load', phase: 'before', effect: reply(200, body), label });
      const error = await failureOf(driver.prepare(loadOf(label, rows), fresh));
      expect(error.message).toBe(
        'Doris: [DATA_QUALITY_ERROR]too many filtered rows: Reason: it is bad. src line [x]; ',
      );
    });

    test('for a table or a database that is not there', async () => {
      expect(await failureOf(driver.prepare(loadOf(label, rows, 'nowhere'), fresh))).toMatchObject({
        code: 'SINK_TABLE_UNKNOWN',
        retryable: false,
        message: expect.stringContaining('unknown table, tableName=nowhere'),
        hint: expect.stringContaining('Create the table'),
        context: { table: 'db.nowhere', label },
      });
      const elsewhere = { ...loadOf(label, rows), database: 'elsewhere' };
      expect(await failureOf(driver.prepare(elsewhere, fresh))).toMatchObject({
        code: 'SINK_DATABASE_UNKNOWN',
        context: { table: 'elsewhere.t', label },
      });
    });

    test('for a wrong password, without telling it', async () => {
      const guarded = await ownDouble({ users: { root: 'right' } });
      driver = opened({ 'doris.password': 'wr0ng' }, guarded.double.fePort);
      const error = await failureOf(driver.prepare(loadOf(label, rows), fresh));
      expect(error).toMatchObject({ code: 'SINK_AUTHENTICATION_FAILED', retryable: false, context: { label } });
      expect(error.message).toContain('Access denied for root@');
      expect(JSON.stringify([error, error.message])).not.toContain('wr0ng');
    });

    test('of a password with every special character: none', async () => {
      const password = 'p@s:s/w?rd#%&ü';
      const guarded = await ownDouble({ users: { root: password } });
      driver = opened({ 'doris.password': password }, guarded.double.fePort);
      const reference = prepared(await driver.prepare(loadOf(label, rows), fresh));
      expect(await driver.commit(reference, signal)).toBe('committed');
    });

    test.each([
      ['a page of a proxy', reply(502, '<html><h1>502 Bad Gateway</h1></html>'), 'SINK_UNAVAILABLE', true, 'HTTP 502'],
      ['HTTP 401', reply(401, ''), 'SINK_AUTHENTICATION_FAILED', false, 'HTTP 401'],
      ['too many versions', { kind: 'fail', code: 'E-235' }, 'SINK_TOO_MANY_VERSIONS', true, 'version count: 2001'],
      ['a page with HTTP 200', reply(200, '<html>welcome</html>'), 'SINK_PROTOCOL', true, 'welcome'],
    ] as const)('%s', async (_title, effect, code, retryable, words) => {
      doris.double.faults.arm({ point: 'be.load', phase: 'before', effect, label, times: 1 });
      const error = await failureOf(driver.prepare(loadOf(label, rows), fresh));
      expect(error).toMatchObject({
        code,
        retryable,
        message: expect.stringContaining(words),
        context: { table: 'db.t', label, host: `127.0.0.1:${doris.double.bePort}` },
      });
      expect(await loadedAndCommitted()).toEqual(inTable);
    });

    test('for the quota of running transactions is told with a time to wait', async () => {
      settings().maxRunningPerDatabase = 0;
      expect(await failureOf(driver.prepare(loadOf(label, rows), fresh))).toMatchObject({
        code: 'SINK_QUOTA_EXCEEDED',
        retryable: true,
        retryDelayMs: 2_000,
        message: expect.stringContaining('larger than limit 0'),
        hint: expect.stringContaining('max_running_txn_num_per_db'),
      });
    });

    test('a connection that is cut in the middle of the body leaves nothing behind', async () => {
      const effect = { kind: 'reset' } as const;
      doris.double.faults.arm({ point: 'be.load', phase: 'body', effect, label, times: 1, afterBytes: 10 });
      const error = await failureOf(driver.prepare(loadOf(label, rows), fresh));
      expect(error).toMatchObject({ code: 'SINK_UNREACHABLE', retryable: true });
      expect(await loadedAndCommitted()).toEqual(inTable);
    });

    test('a load that is never answered ends with its time-out, and the next attempt finds it', async () => {
      driver = opened({ 'request.read.timeout.ms': '100' });
      doris.double.faults.arm({ point: 'be.load', phase: 'after', effect: { kind: 'hang' }, label, times: 1 });
      const error = await failureOf(driver.prepare(loadOf(label, rows), fresh));
      expect(error).toMatchObject({ code: 'SINK_TIMEOUT', retryable: true, context: { label } });
      expect(await loadedAndCommitted()).toEqual(inTable);
    });
  });

  describe('a look before the start', () => {
    test('finds the tables that are missing', async () => {
      const findings = await driver.validate(
        [
          { database: 'db', table: 't' },
          { database: 'db', table: 'nowhere' },
          { database: 'no', table: 't' },
        ],
        signal,
      );
      expect(findings).toEqual([
        { table: 'db.nowhere', missing: true, message: expect.stringContaining('tableName=nowhere') },
        { table: 'no.t', missing: true, message: expect.any(String) },
      ]);
    });

    test('fails where the database cannot be reached', async () => {
      driver = opened({}, (await deadAddress()).port);
      expect(await failureOf(driver.validate([], signal))).toMatchObject({ code: 'SINK_UNREACHABLE' });
    });
  });
});

/** An attempt that has sent half of its body and stands still. */
function startZombie(port: number, label: string, first: string, second: string) {
  const length = Buffer.byteLength(first + second);
  const headers = {
    authorization: `Basic ${btoa('root:')}`,
    'content-length': String(length),
    format: 'json',
    group_commit: 'off_mode',
    label,
    two_phase_commit: 'true',
  };
  const outgoing = request({
    host: '127.0.0.1',
    port,
    path: '/api/db/t/_stream_load',
    method: 'PUT',
    headers,
    agent: false,
  });
  const reply = new Promise<unknown>((resolve, reject) => {
    outgoing.on('error', reject);
    outgoing.on('response', (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () => resolve(JSON.parse(Buffer.concat(parts).toString())));
    });
  });
  outgoing.write(first);
  return {
    finish: () => {
      outgoing.end(second);
      return reply;
    },
  };
}
