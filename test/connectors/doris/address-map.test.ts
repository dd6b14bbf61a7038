/** A cluster whose back ends name themselves by addresses that cannot be reached from here. */
import { signal, useDriverBench } from './support/driver-bench.js';
import { failureOf, loadOf } from './support/sink.js';

/** RFC 5737: an address of documentation, behind which nobody is. */
const INSIDE = '192.0.2.7:8040';

const bench = useDriverBench();

async function cluster(changes: Readonly<Record<string, string>> = {}) {
  const doris = await bench.ownDouble({ backendNamed: INSIDE, publishWaitMs: 50 });
  const outside = `127.0.0.1:${doris.double.bePort}`;
  const map = { 'doris.backend.address.map': `192.0.2.9=be9.example.org,${INSIDE}=${outside}` };
  return { doris, outside, driver: bench.opened({ ...map, ...changes }, doris.double.fePort) };
}

test.each(['true', 'false'])('is loaded through the mapped addresses, auto.redirect=%s', async (redirect) => {
  const { doris, outside, driver } = await cluster({ 'auto.redirect': redirect });
  const reference = await driver.prepare(loadOf('mapped', ['{"id":1,"name":"a"}']), { mustExist: false, signal });
  expect(reference).toMatchObject({ state: 'PRECOMMITTED', host: outside });
  if (reference !== 'unknown') expect(await driver.commit(reference, signal)).toBe('committed');
  expect(await driver.commit({ ...Object(reference), host: '127.0.0.1:1' }, signal)).toBe('committed');
  await expect(doris.rows()).resolves.toEqual([['1', 'a']]);
});

test('tells why rows were rejected: the error log is read through the mapping too', async () => {
  const { driver } = await cluster();
  const failure = await failureOf(driver.prepare(loadOf('bad', ['{"id":"x"}']), { mustExist: false, signal }));
  expect(failure).toMatchObject({ code: 'SINK_ROWS_REJECTED' });
  expect(failure.message).toContain('src line');
});

test('a mapping without ports is for all of them', async () => {
  const doris = await bench.ownDouble({ backendNamed: `192.0.2.7:${1}` });
  const driver = bench.opened({ 'doris.backend.address.map': '192.0.2.7=127.0.0.1' }, doris.double.fePort);
  const failure = await failureOf(driver.prepare(loadOf('all_ports', ['{"id":1}']), { mustExist: false, signal }));
  expect(failure).toMatchObject({ code: 'SINK_UNREACHABLE', context: { host: '127.0.0.1:1' } });
});
