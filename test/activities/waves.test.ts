/** Rows that lack columns are loaded as partial updates, one load of a table after the other. */
import { prepareBatch } from '../../activities/prepare-batch.js';
import type { PrepareBatchInput } from '../../workflows/core/activities.js';
import { envelopeSchema } from '../connect/debezium/fields.js';
import { type Bench, createBench, range } from './support/bench.js';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const JSON_CONVERTER = 'org.apache.kafka.connect.json.JsonConverter';
const schema = envelopeSchema([
  { field: 'id', type: 'int32' },
  { field: 'big', type: 'string', optional: true },
]);
const update = (id: number, big = '__debezium_unavailable_value') =>
  JSON.stringify({ schema, payload: { before: null, after: { id, big }, source: {}, op: 'u', ts_ms: 1 } });

/** Rows of two keys, each whole and then without its large value, and whole once more. */
function bench(): Bench {
  const made = createBench({ config: { 'converter.mode': 'debezium_ingestion', 'value.converter': JSON_CONVERTER } });
  closing.push(made.close);
  const column = (name: string, key: boolean) => ({ name, type: 'int', key, nullable: true, comment: '' });
  made.driver.tables.set('db.t', {
    model: 'unique',
    mergeOnWrite: true,
    columns: [column('ID', true), column('big', false)],
  });
  made.log.createTopic('t', 2);
  made.log.produce('t', 0, update(1, 'a'), update(1), update(1, 'b'));
  made.log.produce('t', 1, update(2, 'c'), update(2));
  return made;
}

function prepare({ deps, prepareInput, lease }: Bench, more: Partial<PrepareBatchInput> = {}) {
  return prepareBatch(deps, prepareInput([range('t', 0, 0, 3), range('t', 1, 0, 2)], more), lease);
}

test('it waits until the batches before it are committed', async () => {
  const made = bench();
  expect(await prepare(made)).toEqual({ outcome: 'mustBeFirst' });
  expect(made.driver.sent).toEqual([]);
  expect(made.log.groupWrites).toEqual([]);
});

test('waves are loaded in their order, under labels of their own; all but the last are committed at once', async () => {
  const made = bench();
  const output = await prepare(made, { isHead: true });
  const { sent } = made.driver;
  expect(sent.map(({ lines, columns, isFinal }) => ({ lines, columns, isFinal }))).toEqual([
    { lines: ['{"id":1,"big":"a"}', '{"id":2,"big":"c"}'], columns: undefined, isFinal: true },
    { lines: ['{"id":1}', '{"id":2}'], columns: ['id'], isFinal: true },
    { lines: ['{"id":1,"big":"b"}'], columns: undefined, isFinal: undefined },
  ]);
  expect(new Set(sent.map(({ label }) => label)).size).toBe(3);
  expect(output).toMatchObject({
    outcome: 'prepared',
    loads: [{ state: 'COMMITTED' }, { state: 'COMMITTED' }, { state: 'PRECOMMITTED' }],
  });
  // Written down before the first of them, which is final.
  expect(made.log.groupWrites).toHaveLength(1);
});

test('another attempt sends the same under the same labels, and only what is not settled', async () => {
  const made = bench();
  const first = await prepare(made, { isHead: true });
  const again = await prepare(made, { isHead: true });
  const labels = made.driver.sent.map(({ label }) => label);
  expect(labels.slice(3)).toEqual(labels.slice(0, 3));
  if (first.outcome !== 'prepared' || again.outcome !== 'prepared') throw new Error('not prepared');
  const settled = first.loads.filter(({ state }) => state === 'COMMITTED');
  await prepare(made, { isHead: true, settled });
  expect(made.driver.sent.slice(6).map(({ label }) => label)).toEqual(labels.slice(2, 3));
});

test('a table that does not keep what a row lacks: the record is named', async () => {
  const made = bench();
  made.driver.tables.set('db.t', { model: 'unique', mergeOnWrite: false, columns: [] });
  await expect(prepare(made, { isHead: true })).rejects.toMatchObject({
    code: 'RECORD_INVALID',
    context: { topic: 't', table: 'db.t', stage: 'TASK_PUT', offset: '1' },
    hint: expect.stringContaining('enable_unique_key_merge_on_write'),
  });
});
