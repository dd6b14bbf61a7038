/** A batch in which a record needs its table changed first. */
import { applySchemaChange } from '../../activities/apply-schema-change.js';
import { prepareBatch } from '../../activities/prepare-batch.js';
import { changesFirst } from '../../activities/table-changes.js';
import { SluiceError } from '../../connect/errors.js';
import type { TableChange } from '../../connect/pipeline/index.js';
import { failureOf } from '../connectors/doris/support/sink.js';
import { createBench, range } from './support/bench.js';

const truncate: TableChange = {
  kind: 'truncate',
  database: 'db',
  table: 't',
  topic: 't',
  partition: 1,
  offset: '7',
};

test('a truncate at the start of its range is made', () => {
  const others = [range('t', 0, 3, 9)];
  expect(changesFirst({ mayCut: true }, [truncate], others)).toEqual({ outcome: 'schemaChange', changes: [truncate] });
});

test('before one in the middle of its range the batch is cut', () => {
  const before = [range('t', 0, 3, 9), range('t', 1, 5, 7)];
  expect(changesFirst({ mayCut: true }, [truncate], before)).toEqual({ outcome: 'tooLarge', ranges: before });
});

test('where that cannot be, it is said at which record', () => {
  const cut = () => changesFirst({ mayCut: false }, [truncate], [range('t', 1, 5, 7)]);
  expect(cut).toThrow(
    expect.objectContaining({ code: 'SINK_UNSUPPORTED', context: expect.objectContaining({ offset: '7' }) }),
  );
});

test('the table is looked at again after a change, also after one that has failed', async () => {
  const { deps, connector, driver, sink, lease, close } = createBench();
  const forgotten: string[] = [];
  sink.tables.forget = ({ table }) => forgotten.push(table);
  driver.onChange = () => ['TRUNCATE TABLE t'];
  const input = { connector, task: 0, sequence: 1, change: truncate };
  expect(await applySchemaChange(deps, input, lease)).toEqual({ statements: ['TRUNCATE TABLE t'] });
  driver.onChange = () => {
    throw new Error('refused');
  };
  await expect(applySchemaChange(deps, input, lease)).rejects.toThrow('refused');
  expect(forgotten).toEqual(['t', 't']);
  await close();
});

test.each([
  ['true', true],
  ['false', false],
])('a table that has gone since it was looked at, with auto.create=%s', async (autoCreate, retryable) => {
  const { deps, driver, lease, log, sink, prepareInput, close } = createBench({
    config: { 'auto.create': autoCreate },
  });
  log.createTopic('t');
  log.produce('t', 0, '{"id":1}');
  const forgotten: string[] = [];
  sink.tables.forget = ({ table }) => forgotten.push(table);
  driver.onPrepare = () => {
    throw new SluiceError('SINK_TABLE_UNKNOWN', 'Doris: unknown table, tableName=t');
  };
  const failure = await failureOf(prepareBatch(deps, prepareInput([range('t', 0, 0, 1)]), lease));
  expect(failure).toMatchObject({ code: 'SINK_TABLE_UNKNOWN', retryable });
  expect(forgotten).toEqual(['t']);
  await close();
});
