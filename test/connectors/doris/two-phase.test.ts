import type { DorisDriver } from '../../../connectors/doris/driver.js';
import { DEFAULT_TRANSACTION_SETTINGS } from '../../../sandbox/olap/transactions.js';
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

describe('a commit', () => {
  test('whose reply was lost has happened once', async () => {
    const reference = prepared(await driver.prepare(loadOf(label, rows), fresh));
    const effect = { kind: 'reset' } as const;
    on.doris.double.faults.arm({ point: 'be.2pc', phase: 'after', effect, label, operation: 'commit', times: 1 });
    expect(await driver.commit(reference, signal)).toBe('committed');
    expect(await driver.commit(reference, signal)).toBe('committed');
    await on.becomes('VISIBLE');
    expect(await on.doris.rows()).toEqual(inTable);
  });

  test('that is never answered is retried by the next attempt', async () => {
    const reference = prepared(await driver.prepare(loadOf(label, rows), fresh));
    const fault = on.doris.double.faults.arm({ point: 'be.2pc', phase: 'before', effect: { kind: 'reset' }, label });
    const error = await failureOf(driver.commit(reference, signal));
    expect(error).toMatchObject({
      code: 'SINK_UNREACHABLE',
      retryable: true,
      context: { label, table: 'db.t', transactionId: reference.transactionId, host: reference.host },
    });
    on.doris.double.faults.disarm(fault);
    expect(await driver.commit(reference, signal)).toBe('committed');
  });

  test('at a back end that is gone goes to another one', async () => {
    const reference = prepared(await driver.prepare(loadOf(label, rows), fresh));
    const { host, port } = await deadAddress();
    expect(await driver.commit({ ...reference, host: `${host}:${port}` }, signal)).toBe('committed');
  });

  test('after a restart of the back end: what is precommitted survives', async () => {
    const reference = prepared(await driver.prepare(loadOf(label, rows), fresh));
    await on.doris.double.restartBackend();
    expect(await driver.commit(reference, signal)).toBe('committed');
    await on.becomes('VISIBLE');
    expect(await on.doris.rows()).toEqual(inTable);
  });

  test('of what was precommitted for too long is aborted, and the label is free', async () => {
    const reference = prepared(await driver.prepare(loadOf(label, rows), fresh));
    on.settings.precommitTimeoutMs = 0;
    on.doris.double.transactions.sweep();
    Object.assign(on.settings, DEFAULT_TRANSACTION_SETTINGS);
    expect(await driver.commit(reference, signal)).toBe('aborted');
    expect(await loadedAndCommitted()).toEqual(inTable);
  });

  test('of a transaction that was evicted by count is unknown, never guessed', async () => {
    const reference = prepared(await driver.prepare(loadOf(label, rows), fresh));
    await driver.commit(reference, signal);
    await on.becomes('VISIBLE');
    on.settings.labelKeepCount = 0;
    on.doris.double.transactions.sweep();
    expect(await driver.commit(reference, signal)).toBe('unknown');
    expect(await driver.prepare(loadOf(label, rows), { mustExist: true, signal })).toBe('unknown');
    expect(await on.doris.rows()).toEqual(inTable);
  });

  test('without a number nothing is committed: the label only tells whether it was', async () => {
    const reference = prepared(await driver.prepare(loadOf(label, rows), fresh));
    const { transactionId: _, ...byLabel } = reference;
    expect(await driver.commit(byLabel, signal)).toBe('unknown');
    expect(await driver.commit(reference, signal)).toBe('committed');
    await on.becomes('VISIBLE');
    expect(await driver.commit(byLabel, signal)).toBe('committed');
    expect(await driver.commit({ ...byLabel, label: `${label}_other` }, signal)).toBe('unknown');
  });

  test('of a transaction that is still being prepared waits', async () => {
    const begun = on.doris.double.transactions.begin({ database: 'db', label, tables: ['t'], coordinator: 'BE: x' });
    const reference = { ...prepared(await driver.prepare(loadOf(`${label}_b`, rows), fresh)), label };
    const error = await failureOf(driver.commit({ ...reference, transactionId: String(begun.id) }, signal));
    expect(error).toMatchObject({ code: 'SINK_LABEL_BUSY', retryable: true, context: { label } });
  });
});

describe('an abort', () => {
  test('of what is committed says so and takes nothing away', async () => {
    const reference = prepared(await driver.prepare(loadOf(label, rows), fresh));
    await driver.commit(reference, signal);
    await on.becomes('VISIBLE');
    expect(await driver.abort(reference, signal)).toBe('committed');
    const { transactionId: _, ...byLabel } = reference;
    expect(await driver.abort(byLabel, signal)).toBe('committed');
    expect(await on.doris.rows()).toEqual(inTable);
  });

  test('of what nobody knows any more is told as such: it may have been committed', async () => {
    const reference = prepared(await driver.prepare(loadOf(label, rows), fresh));
    expect(await driver.abort({ ...reference, transactionId: '999999', label: 'nobody' }, signal)).toBe('unknown');
  });

  test('whose reply was lost has happened', async () => {
    const reference = prepared(await driver.prepare(loadOf(label, rows), fresh));
    const effect = { kind: 'reset' } as const;
    on.doris.double.faults.arm({ point: 'be.2pc', phase: 'after', effect, label, operation: 'abort', times: 1 });
    expect(await driver.abort(reference, signal)).toBe('aborted');
  });
});
