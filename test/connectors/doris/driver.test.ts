import { request } from 'node:http';
import type { DorisDriver } from '../../../connectors/doris/driver.js';
import { fresh, inTable, rows, signal, useDriverBench } from './support/driver-bench.js';
import { deadAddress } from './support/server.js';
import { failureOf, loadOf, loadOfChunks, prepared } from './support/sink.js';

const on = useDriverBench();
let driver: DorisDriver;
let label: string;
beforeEach(() => {
  driver = on.opened();
  label = on.label;
});
const loadedAndCommitted = (load = loadOf(label, rows)) => on.loadAndCommit(driver, load);

describe('a load', () => {
  test('is invisible until it is committed, and then there once', async () => {
    const reference = prepared(await driver.prepare(loadOf(label, rows), fresh));
    expect(reference).toEqual({
      database: 'db',
      table: 't',
      label,
      transactionId: on.transactionsOf(label)[0]?.id.toString(),
      host: `127.0.0.1:${on.doris.double.bePort}`,
      state: 'PRECOMMITTED',
      rows: 2,
      filteredRows: 0,
      sizeBytes: 40,
    });
    expect(await on.doris.rows()).toEqual([]);
    expect(await driver.commit(reference, signal)).toBe('committed');
    await on.becomes('VISIBLE');
    expect(await on.doris.rows()).toEqual(inTable);
  });

  test('can be aborted, and leaves nothing', async () => {
    const reference = prepared(await driver.prepare(loadOf(label, rows), fresh));
    expect(await driver.abort(reference, signal)).toBe('aborted');
    expect(await driver.abort(reference, signal)).toBe('aborted');
    expect(await driver.commit(reference, signal)).toBe('aborted');
    expect(await driver.lookup('db', label, signal)).toBe('ABORTED');
    expect(await on.doris.rows()).toEqual([]);
  });

  test('of many chunks and megabytes arrives whole', async () => {
    const chunks = Array.from({ length: 64 }, (_, chunk) =>
      Buffer.from(Array.from({ length: 2_000 }, (_, row) => `{"id":${chunk * 2_000 + row},"name":"n"}\n`).join('')),
    );
    const load = loadOfChunks(label, chunks, 128_000);
    const reference = prepared(await driver.prepare(load, fresh));
    expect(reference).toMatchObject({ rows: 128_000, filteredRows: 0, sizeBytes: load.body.sizeBytes });
    await driver.commit(reference, signal);
    await on.becomes('VISIBLE');
    expect(await on.doris.rows('SELECT count(*), count(DISTINCT id), max(id) FROM db.t')).toEqual([
      ['128000', '128000', '127999'],
    ]);
  });

  test('with gzip has the same rows', async () => {
    driver = on.opened({ 'sink.properties.compress_type': 'gz' });
    expect(await loadedAndCommitted()).toEqual(inTable);
  });

  test('of CSV has the same rows', async () => {
    driver = on.opened({ 'sink.properties.format': 'csv', 'sink.properties.column_separator': ',' });
    expect(await loadedAndCommitted(loadOf(label, ['1,a', '2,b']))).toEqual(inTable);
  });

  test('with max_filter_ratio tells how many rows were filtered', async () => {
    driver = on.opened({ 'sink.properties.max_filter_ratio': '0.5' });
    const load = loadOf(label, ['{"id":1,"name":"a"}', '{"id":null}']);
    expect(await driver.prepare(load, fresh)).toMatchObject({ rows: 1, filteredRows: 1 });
  });

  test('goes straight to a back end with auto.redirect=false', async () => {
    on.doris.double.faults.arm({ point: 'fe.redirect', phase: 'before', effect: { kind: 'reset' } });
    driver = on.opened({ 'auto.redirect': 'false' });
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
    expect(on.transactionsOf(label)).toEqual([]);
  });

  test('RUNNING: the zombie is aborted; what it sends later is refused', async () => {
    const zombie = startZombie(on.doris.double.bePort, label, `${rows[0]}\n`, `${rows[1]}\n`);
    await on.becomes('PREPARE');
    const reference = prepared(await driver.prepare(loadOf(label, rows), fresh));
    expect(await zombie.finish()).toMatchObject({ Status: 'Fail' });
    expect(await driver.commit(reference, signal)).toBe('committed');
    await on.becomes('VISIBLE');
    expect(await on.doris.rows()).toEqual(inTable);
    expect(on.transactionsOf(label).map(({ state }) => state)).toEqual(['ABORTED', 'VISIBLE']);
  });

  test('PRECOMMITTED by an attempt whose reply was lost: loaded once', async () => {
    on.doris.double.faults.arm({ point: 'be.load', phase: 'after', effect: { kind: 'reset' }, label, times: 1 });
    const lost = await failureOf(driver.prepare(loadOf(label, rows), fresh));
    expect(lost).toMatchObject({ code: 'SINK_UNREACHABLE', retryable: true, context: { label, table: 'db.t' } });
    expect(await driver.lookup('db', label, signal)).toBe('PRECOMMITTED');
    expect(await loadedAndCommitted()).toEqual(inTable);
  });

  test('PRECOMMITTED and mustExist: loaded again, since the rows are the same', async () => {
    await driver.prepare(loadOf(label, rows), fresh);
    const reference = prepared(await driver.prepare(loadOf(label, rows), { mustExist: true, signal }));
    await driver.commit(reference, signal);
    await on.becomes('VISIBLE');
    expect(await on.doris.rows()).toEqual(inTable);
  });

  test('COMMITTED, not yet visible: done already', async () => {
    on.settings.publishDelayMs = 200;
    await driver.commit(prepared(await driver.prepare(loadOf(label, rows), fresh)), signal);
    expect(await driver.lookup('db', label, signal)).toBe('COMMITTED');
    expect(await driver.prepare(loadOf(label, rows), { mustExist: true, signal })).toMatchObject({
      state: 'COMMITTED',
    });
    await on.becomes('VISIBLE');
    expect(await on.doris.rows()).toEqual(inTable);
  });

  test('a first attempt does not ask for the label, and finds out when it is there all the same', async () => {
    const first = { ...fresh, isFirst: true };
    on.doris.double.faults.arm({ point: 'fe.load_state', phase: 'before', effect: { kind: 'reset' } });
    // Whoever has loaded under the label: these are not our rows.
    const theirs = loadOf(label, ['{"id":9,"name":"z"}']);
    expect(await driver.prepare(theirs, first)).toMatchObject({ state: 'PRECOMMITTED' });
    on.doris.double.faults.disarm();
    await driver.commit(prepared(await driver.prepare(loadOf(label, rows), first)), signal);
    expect(await driver.prepare(loadOf(label, rows), first)).toMatchObject({ state: 'COMMITTED' });
    await on.becomes('VISIBLE');
    expect(await on.doris.rows()).toEqual(inTable);
  });

  test('VISIBLE: done already, nothing is sent', async () => {
    await loadedAndCommitted();
    const { loads } = on.doris.double.stats.totals;
    expect(await driver.prepare(loadOf(label, rows), fresh)).toEqual({
      database: 'db',
      table: 't',
      label,
      state: 'COMMITTED',
      rows: 2,
      filteredRows: 0,
      sizeBytes: 40,
    });
    expect(on.doris.double.stats.totals.loads).toBe(loads);
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
    on.doris.double.faults.arm({ point: 'fe.load_state', phase: 'before', effect, label, times: 1 });
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

describe('without two-phase commit', () => {
  beforeEach(() => {
    driver = on.opened({ 'enable.2pc': 'false' });
  });

  test('a load is committed at once and says what keeps it from being done twice', async () => {
    expect(driver.guarantee).toMatchObject({
      guarantee: 'exactly_once',
      reason: expect.stringContaining('by label'),
    });
    expect(driver.twoPhase).toBe(false);
    expect(await driver.prepare(loadOf(label, rows), fresh)).toMatchObject({ state: 'COMMITTED', rows: 2 });
    expect(await on.doris.rows()).toEqual(inTable);
  });

  test('a load whose reply was lost is found by its label and not done again', async () => {
    on.doris.double.faults.arm({ point: 'be.load', phase: 'after', effect: { kind: 'reset' }, label, times: 1 });
    await failureOf(driver.prepare(loadOf(label, rows), fresh));
    expect(await driver.prepare(loadOf(label, rows), fresh)).toMatchObject({ state: 'COMMITTED' });
    expect(await on.doris.rows()).toEqual(inTable);
  });

  test('Publish Timeout is a success: the rows are committed and become visible later', async () => {
    on.settings.publishDelayMs = 150;
    expect(await driver.prepare(loadOf(label, rows), fresh)).toMatchObject({ state: 'COMMITTED', rows: 2 });
    expect(await on.doris.rows()).toEqual([]);
    expect(await driver.prepare(loadOf(label, rows), fresh)).toMatchObject({ state: 'COMMITTED' });
    await on.becomes('VISIBLE');
    expect(await on.doris.rows()).toEqual(inTable);
  });
});

describe('group commit', () => {
  test('loads without a label and says that delivery is at-least-once', async () => {
    driver = on.opened({ 'sink.properties.group_commit': 'sync_mode', 'enable.2pc': 'false' });
    expect(driver.guarantee).toMatchObject({
      guarantee: 'at_least_once',
      reason: expect.stringContaining('group commit'),
    });
    expect(await driver.prepare(loadOf(label, rows), fresh)).toMatchObject({ state: 'COMMITTED', rows: 2 });
    expect(on.transactionsOf(label)).toEqual([]);
    expect(await on.doris.rows()).toEqual(inTable);
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
    driver = on.opened({}, (await deadAddress()).port);
    expect(await failureOf(driver.validate([], signal))).toMatchObject({ code: 'SINK_UNREACHABLE' });
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
