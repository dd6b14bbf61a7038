import type { DorisDriver } from '../../../connectors/doris/driver.js';
import { fresh, inTable, rows, signal, useDriverBench } from './support/driver-bench.js';
import { deadAddress } from './support/server.js';
import { failureOf, loadOf, prepared } from './support/sink.js';

const on = useDriverBench();
let driver: DorisDriver;
let label: string;
beforeEach(() => {
  driver = on.opened();
  label = on.label;
});
const loadedAndCommitted = (load = loadOf(label, rows)) => on.loadAndCommit(driver, load);

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
        host: `127.0.0.1:${on.doris.double.bePort}`,
        transactionId: on.transactionsOf(label)[0]?.id.toString(),
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
    on.doris.double.faults.arm({ point: 'be.load', phase: 'before', effect: reply(200, body), label });
    const error = await failureOf(driver.prepare(loadOf(label, rows), fresh));
    expect(error.message).toBe('Doris: [DATA_QUALITY_ERROR]too many filtered rows: Reason: it is bad. src line [x]; ');
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
    const guarded = await on.ownDouble({ users: { root: 'right' } });
    driver = on.opened({ 'doris.password': 'wr0ng' }, guarded.double.fePort);
    const error = await failureOf(driver.prepare(loadOf(label, rows), fresh));
    expect(error).toMatchObject({ code: 'SINK_AUTHENTICATION_FAILED', retryable: false, context: { label } });
    expect(error.message).toContain('Access denied for root@');
    expect(JSON.stringify([error, error.message])).not.toContain('wr0ng');
  });

  test('of a password with every special character: none', async () => {
    const password = 'p@s:s/w?rd#%&ü';
    const guarded = await on.ownDouble({ users: { root: password } });
    driver = on.opened({ 'doris.password': password }, guarded.double.fePort);
    const reference = prepared(await driver.prepare(loadOf(label, rows), fresh));
    expect(await driver.commit(reference, signal)).toBe('committed');
  });

  test.each([
    ['a page of a proxy', reply(502, '<html><h1>502 Bad Gateway</h1></html>'), 'SINK_UNAVAILABLE', true, 'HTTP 502'],
    ['HTTP 401', reply(401, ''), 'SINK_AUTHENTICATION_FAILED', false, 'HTTP 401'],
    ['too many versions', { kind: 'fail', code: 'E-235' }, 'SINK_TOO_MANY_VERSIONS', true, 'version count: 2001'],
    ['a page with HTTP 200', reply(200, '<html>welcome</html>'), 'SINK_PROTOCOL', true, 'welcome'],
  ] as const)('%s', async (_title, effect, code, retryable, words) => {
    on.doris.double.faults.arm({ point: 'be.load', phase: 'before', effect, label, times: 1 });
    const error = await failureOf(driver.prepare(loadOf(label, rows), fresh));
    expect(error).toMatchObject({
      code,
      retryable,
      message: expect.stringContaining(words),
      context: { table: 'db.t', label, host: `127.0.0.1:${on.doris.double.bePort}` },
    });
    expect(await loadedAndCommitted()).toEqual(inTable);
  });

  test('for the quota of running transactions is told with a time to wait', async () => {
    on.settings.maxRunningPerDatabase = 0;
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
    on.doris.double.faults.arm({ point: 'be.load', phase: 'body', effect, label, times: 1, afterBytes: 10 });
    const error = await failureOf(driver.prepare(loadOf(label, rows), fresh));
    expect(error).toMatchObject({ code: 'SINK_UNREACHABLE', retryable: true });
    expect(await loadedAndCommitted()).toEqual(inTable);
  });

  test('a load that is never answered ends with its time-out, and the next attempt finds it', async () => {
    driver = on.opened({ 'request.read.timeout.ms': '100' });
    on.doris.double.faults.arm({ point: 'be.load', phase: 'after', effect: { kind: 'hang' }, label, times: 1 });
    const error = await failureOf(driver.prepare(loadOf(label, rows), fresh));
    expect(error).toMatchObject({ code: 'SINK_TIMEOUT', retryable: true, context: { label } });
    expect(await loadedAndCommitted()).toEqual(inTable);
  });
});
