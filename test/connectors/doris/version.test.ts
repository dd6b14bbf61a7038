import { SluiceError } from '../../../connect/errors.js';
import { knowsGzip, serverVersion } from '../../../connectors/doris/version.js';
import { rows, signal, useDriverBench } from './support/driver-bench.js';
import { loadOf } from './support/sink.js';

const answering = (told: string) => ({ query: async () => [{ told }] });

test.each([
  ['Doris version doris-3.0.5-rc01-2b5e7d6ea5', true, true],
  ['Doris version doris-4.0.0', true, true],
  ['Doris version doris-3.0.4', false, true],
  ['Doris version doris-2.1.9-rc02', false, true],
  ['Doris version doris-1.2.8', false, false],
  ['Doris version doris-0.0.0--git', false, false],
  ['a build of a vendor', false, false],
])('%s: reads compressed JSON %s, CSV %s', async (told, json, csv) => {
  const version = await serverVersion(answering(told), signal);
  expect([knowsGzip(version, 'json'), knowsGzip(version, 'csv')]).toEqual([json, csv]);
});

test('a server that cannot be asked is taken to know nothing', async () => {
  const failing = { query: () => Promise.reject(new SluiceError('SINK_UNREACHABLE', 'refused')) };
  expect(await serverVersion(failing, signal)).toBeUndefined();
});

describe('loads', () => {
  const bench = useDriverBench();

  /** Bytes that came over the wire for the same rows. */
  async function receivedBytes(version: string | undefined, changes: Record<string, string> = {}): Promise<number> {
    const { double } = await bench.ownDouble(version === undefined ? {} : { version });
    const driver = bench.opened({ 'doris.query.port': String(double.mysqlPort), ...changes }, double.fePort);
    const many = Array.from({ length: 200 }, () => rows).flat();
    await driver.prepare(loadOf('compressed', many), { mustExist: false, signal });
    await driver.prepare(loadOf('again', many), { mustExist: false, signal });
    return double.stats.totals.bytes;
  }

  test('are compressed unasked where the version is known to read it, and only there', async () => {
    const plain = await receivedBytes(undefined);
    expect(await receivedBytes('doris-3.0.5')).toBeLessThan(plain / 5);
    expect(await receivedBytes('doris-2.1.9')).toBe(plain);
    expect(await receivedBytes('doris-3.0.5', { 'sink.properties.compress_type': '' })).toBe(plain);
    expect(await receivedBytes('doris-3.0.5', { 'sink.properties.compress_type': 'none' })).toBe(plain);
  });
});
