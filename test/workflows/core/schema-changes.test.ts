/** A batch that needs its tables changed first. */
import type { TableChange } from '../../../connect/pipeline/index.js';
import type { PrepareBatchInput } from '../../../workflows/core/activities.js';
import { summaryOf } from '../../../workflows/core/schema-changes.js';
import { eventually, Failing, forever } from './bench-runtime.js';
import { begin, committedRanges, end, world } from './world.js';

const statement = 'ALTER TABLE `db`.`t` ADD COLUMN (`added` STRING NULL)';
const addition: TableChange = {
  kind: 'schema',
  database: 'db',
  table: 't',
  schema: { row: { type: 'STRUCT', optional: false, fields: [] }, keys: [], dialect: 'other' },
  statements: [statement],
};
const truncate = (offset: number): TableChange => ({
  kind: 'truncate',
  database: 'db',
  table: 't',
  topic: 't',
  partition: 0,
  offset: String(offset),
});

/** A log of 30 records in batches of 10; the rows of the second batch need a column. */
function changing() {
  const made = world({ 0: 30 });
  const { script } = made.runtime;
  const prepare = script.prepareBatch;
  let isThere = false;
  script.prepareBatch = (input, signal) =>
    input.sequence === 2 && !isThere ? { outcome: 'schemaChange', changes: [addition] } : prepare(input, signal);
  script.applySchemaChange = () => {
    isThere = true;
    return { statements: [statement] };
  };
  return made;
}

test('it is made as a step of its own, and the same ranges are prepared again', async () => {
  const { runtime } = changing();
  const run = begin(runtime);
  await eventually(() => run.connector.totals.rowsLoaded === 30);
  expect(committedRanges(runtime)).toEqual(['0:0-10', '0:10-20', '0:20-30']);
  expect(runtime.inputs('applySchemaChange')).toMatchObject([{ task: 0, sequence: 2, change: addition }]);
  const tries = runtime.inputs('prepareBatch').filter(({ sequence }) => sequence === 2);
  expect(tries.map(({ changed }) => changed)).toEqual([undefined, [{ database: 'db', table: 't' }]]);
  expect(run.connector.totals.schemaChanges).toBe(1);
  expect(run.connector.ledger.map(({ ddl }) => ddl)).toEqual([undefined, [statement], undefined]);
  await end(run);
});

test('a change that does not help is not made over and over', async () => {
  const { runtime } = changing();
  runtime.script.applySchemaChange = () => ({ statements: [statement] });
  const run = begin(runtime);
  await eventually(() => run.connector.lanes[0]?.state.failure !== undefined);
  expect(run.connector.lanes[0]?.state.failure).toMatchObject({
    code: 'SINK_SCHEMA_CHANGE_FAILED',
    message: expect.stringContaining('db.t was changed, and its rows need the same change again: ALTER TABLE'),
  });
  expect(runtime.inputs('applySchemaChange')).toHaveLength(1);
  expect(committedRanges(runtime)).toEqual(['0:0-10']);
  // A person has looked at the table: it is tried once more.
  await run.connector.restart(undefined, false);
  await eventually(() => runtime.inputs('applySchemaChange').length === 2);
  await end(run);
});

test('a batch that reads what others have written is prepared once they are committed', async () => {
  const { runtime } = world({ 0: 30 });
  const { script } = runtime;
  const prepare = script.prepareBatch;
  const seen: string[] = [];
  script.prepareBatch = (input, signal) => {
    if (input.sequence !== 2) return prepare(input, signal);
    seen.push(`${input.isHead === true} after ${committedRanges(runtime).length}`);
    return input.isHead === true ? prepare(input, signal) : { outcome: 'mustBeFirst' };
  };
  const run = begin(runtime);
  await eventually(() => run.connector.totals.rowsLoaded === 30);
  expect(seen.at(-1)).toBe('true after 1');
  expect(committedRanges(runtime)).toEqual(['0:0-10', '0:10-20', '0:20-30']);
  await end(run);
});

test('one that is refused stops the task in the words of the database', async () => {
  const { runtime } = changing();
  runtime.script.applySchemaChange = () => {
    throw new Failing('SINK_ACCESS_DENIED', 'no ALTER_PRIV');
  };
  const run = begin(runtime);
  await eventually(() => run.connector.lanes[0]?.state.failure?.code === 'SINK_ACCESS_DENIED');
  expect(run.connector.lanes[0]?.state.inFlight.map(({ sequence }) => sequence)).toEqual([2]);
  await end(run);
});

test('a pause stops one that takes long; it is asked for again afterwards', async () => {
  const { runtime } = changing();
  const change = runtime.script.applySchemaChange;
  runtime.script.applySchemaChange = (_input, signal) => forever(signal);
  const run = begin(runtime);
  await eventually(() => runtime.inputs('applySchemaChange').length === 1);
  run.connector.want('PAUSED');
  await eventually(() => run.connector.lanes.every((lane) => !lane.active));
  expect(runtime.calls.find(({ activity }) => activity === 'applySchemaChange')).toMatchObject({ cancelled: true });
  runtime.script.applySchemaChange = change;
  run.connector.want('RUNNING');
  await eventually(() => run.connector.totals.rowsLoaded === 30);
  expect(committedRanges(runtime)).toEqual(['0:0-10', '0:10-20', '0:20-30']);
  await end(run);
});

/** The rows from 20 on come after a truncate, which is the record at offset 20. */
function emptying() {
  const made = world({ 0: 30 });
  const { script } = made.runtime;
  const prepare = script.prepareBatch;
  script.prepareBatch = (input, signal) => {
    const isBehind = input.ranges.some(({ start }) => Number(start) === 20);
    const isApplied = input.applied?.some(({ offset }) => offset === '20') === true;
    return isBehind && !isApplied ? { outcome: 'schemaChange', changes: [truncate(20)] } : prepare(input, signal);
  };
  script.applySchemaChange = () => ({ statements: ['TRUNCATE TABLE `db`.`t`'] });
  return made;
}

test('a truncate waits until everything before it is in the database, and is made once', async () => {
  const { runtime } = emptying();
  const order: string[] = [];
  const { commitBatch, applySchemaChange } = runtime.script;
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  runtime.script.commitBatch = async (input, signal) => {
    if (input.sequence === 2) await held;
    order.push(`commit ${input.sequence}`);
    return commitBatch(input, signal);
  };
  runtime.script.applySchemaChange = (input, signal) => {
    order.push('truncate');
    return applySchemaChange(input, signal);
  };
  const run = begin(runtime);
  await eventually(() => runtime.inputs('prepareBatch').some(({ sequence }) => sequence === 3));
  for (let turns = 0; turns < 50; turns++) await new Promise((resolve) => setImmediate(resolve));
  expect(order).toEqual(['commit 1']);
  release();
  await eventually(() => run.connector.totals.rowsLoaded === 30);
  expect(order).toEqual(['commit 1', 'commit 2', 'truncate', 'commit 3']);
  await end(run);
});

test('a truncate that was made is not made again when the transaction of its batch has gone', async () => {
  const { runtime } = emptying();
  const { commitBatch } = runtime.script;
  let hasGone = false;
  runtime.script.commitBatch = (input, signal) => {
    if (input.sequence !== 3 || hasGone) return commitBatch(input, signal);
    hasGone = true;
    return { outcome: 'aborted', loads: input.loads, reason: 'timeout by txn manager' };
  };
  const run = begin(runtime);
  await eventually(() => run.connector.totals.rowsLoaded === 30);
  expect(runtime.inputs('applySchemaChange')).toHaveLength(1);
  const applied = runtime.inputs('prepareBatch').map((input: PrepareBatchInput) => input.applied?.length ?? 0);
  expect(applied).toEqual([0, 0, 0, 1, 1]);
  await end(run);
});

test('a truncate behind a commit that fails is not made', async () => {
  const { runtime } = emptying();
  const { commitBatch } = runtime.script;
  runtime.script.commitBatch = (input, signal) => {
    if (input.sequence === 2) throw new Failing('SINK_ACCESS_DENIED');
    return commitBatch(input, signal);
  };
  const run = begin(runtime);
  await eventually(() => run.connector.lanes[0]?.active === false);
  expect(runtime.inputs('applySchemaChange')).toEqual([]);
  expect(run.connector.lanes[0]?.state.failure?.code).toBe('SINK_ACCESS_DENIED');
  await end(run);
});

test('a summary is one line that Temporal takes', () => {
  expect(summaryOf(addition)).toBe(statement);
  expect(summaryOf(truncate(7))).toBe('TRUNCATE TABLE db.t');
  const long = { ...addition, statements: [`CREATE TABLE t (\n  ${'ä'.repeat(300)}\n)`] };
  expect(Buffer.byteLength(summaryOf(long))).toBeLessThanOrEqual(200);
  expect(summaryOf(long)).toMatch(/^CREATE TABLE t \( ä+…$/);
});
