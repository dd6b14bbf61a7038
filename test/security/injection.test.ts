/** Names from configurations are names: a table cannot be made to reach another one, nor a statement of its own. */
import { fresh, inTable, rows, useDriverBench } from '../connectors/doris/support/driver-bench.js';
import { failureOf, loadOf } from '../connectors/doris/support/sink.js';

const bench = useDriverBench();

test.each([
  't"; DROP TABLE t; --',
  "t'; DELETE FROM t WHERE '1'='1",
  't`; TRUNCATE TABLE db.t; --',
  '../db/t',
  't/_stream_load?x=',
  't%2f_stream_load',
  't\0',
  't\r\nlabel: another',
  "\"; ATTACH '/tmp/x' AS y; --",
])('a table %j does not exist, and t stays as it is', async (table) => {
  await bench.loadAndCommit(bench.opened(), loadOf(`before_${bench.label}`, rows));
  const error = await failureOf(bench.opened().prepare(loadOf(bench.label, rows, table), fresh));
  expect(error).toMatchObject({ code: 'SINK_TABLE_UNKNOWN', retryable: false });
  expect(await bench.doris.rows()).toEqual(inTable);
});

test.each(['x"; DROP TABLE db.t; --', '`db`.`t`', '..', '%2e%2e'])(
  'a database %j does not exist either',
  async (database) => {
    const load = { ...loadOf(bench.label, rows), database };
    expect(await failureOf(bench.opened().prepare(load, fresh))).toBeInstanceOf(Error);
    expect(await bench.doris.rows()).toEqual([]);
  },
);

test('a column of a row is data, whatever it is called', async () => {
  const hostile = `{"id":1,"name":"x","a\\"); DROP TABLE t; --":1,"__proto__":{"id":9}}`;
  const seen = await bench.loadAndCommit(bench.opened(), loadOf(bench.label, [hostile]));
  expect(seen).toEqual([['1', 'x']]);
});
