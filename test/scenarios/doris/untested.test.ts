/**
 * What the Java connector's end-to-end tests leave out, and where reading its source shows that rows are lost, doubled
 * or stuck there. Tables have duplicate keys wherever a row that is loaded twice is to be seen.
 */
import { reconfigureConnector, restartConnector } from '../../../client/connectors.js';
import { NEVER, PLAIN_JSON, qualified, Stage, until, user, userTable } from './support/stage.js';

let stage: Stage;

beforeAll(async () => {
  stage = await Stage.start();
}, 120_000);
afterAll(() => stage?.close(), 60_000);

const people = (from: number, count: number) =>
  Array.from({ length: count }, (_, index) => user(from + index, `name ${from + index}`, (from + index) % 90));
const printed = (from: number, count: number) => people(from, count).map(({ id, name, age }) => `${id},${name},${age}`);

/** Offsets as the consumer group of the connector tells them. */
async function groupOffsets(name: string, topic: string): Promise<Map<number, string>> {
  const admin = stage.rig.kafka.admin();
  await admin.connect();
  try {
    const [found] = await admin.fetchOffsets({ groupId: `connect-${name}`, topics: [topic] });
    return new Map((found?.partitions ?? []).map(({ partition, offset }) => [partition, offset]));
  } finally {
    await admin.disconnect();
  }
}

test('partitions 1, 10 and 11 are told apart, whatever their numbers begin with', async () => {
  await stage.run(userTable('many_partitions', 'DUPLICATE'));
  const scene = await stage.scene('many_partitions', { 'tasks.max': '3' }, { partitions: 12 });
  // Partition 1 is far behind those that its number is the beginning of.
  const counts = new Map([1, 10, 11].map((partition) => [partition, partition === 1 ? 3 : 40]));
  let next = 0;
  for (const [partition, count] of counts) {
    await scene.send(people(next, count), partition);
    next += count;
  }
  const rows = printed(0, next).sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10));
  await stage.expectRows('many_partitions', rows);
  await until('the group is at the ends', async () => {
    const offsets = await groupOffsets(scene.name, scene.topic);
    return [...counts].every(([partition, count]) => offsets.get(partition) === String(count));
  });
  await restartConnector(stage.rig.session, scene.name, { includeRunning: true });
  await scene.send(people(next, 5), 1);
  await stage.expectRows('many_partitions', printed(0, next + 5));
});

test('partitions change hands while loads fail: nothing is lost, nothing is there twice', async () => {
  await stage.run(userTable('rebalanced', 'DUPLICATE'));
  const scene = await stage.scene('rebalanced', { 'tasks.max': '1' }, { partitions: 4 });
  const load = (from: number) =>
    Promise.all([0, 1, 2, 3].map((partition) => scene.send(people(from + 25 * partition, 25), partition)));
  await stage.rig.reaches(scene.name, 'RUNNING');
  const id = stage.rig.doris.faults.arm({
    point: 'be.load',
    phase: 'after',
    every: 2,
    table: 'rebalanced',
    effect: { kind: 'reset' },
  });
  for (const [round, tasks] of ['4', '2', '3'].entries()) {
    await load(100 * round);
    await reconfigureConnector(stage.rig.session, scene.name, { ...scene.config, 'tasks.max': tasks });
  }
  stage.rig.doris.faults.disarm(id);
  await load(300);
  await stage.expectRows('rebalanced', printed(0, 400));
});

test('a batch that gathers for a while and then fails is loaded whole (there, all but its end is lost)', async () => {
  await stage.run(userTable('gathered', 'DUPLICATE'));
  const scene = await stage.scene('gathered', { 'buffer.count.records': '40', 'buffer.flush.time': NEVER });
  await stage.rig.reaches(scene.name, 'RUNNING');
  await stage.debugPoint('add/FlushToken.submit_flush_error');
  for (let from = 0; from < 40; from += 10) await scene.send(people(from, 10));
  await until('the load has failed', () => stage.rig.doris.faults.list().some(({ fired }) => fired > 0));
  await stage.debugPoint('clear');
  await stage.expectRows('gathered', printed(0, 40));
});

test.each([401, 403, 404, 500, 503])('HTTP %i is no success, even if no body says so', async (status) => {
  const table = `answered_${status}`;
  await stage.run(userTable(table, 'DUPLICATE'));
  const effect = { kind: 'reply', status, body: '' } as const;
  stage.rig.doris.faults.arm({ point: 'be.load', phase: 'before', times: 2, table, effect });
  const scene = await stage.scene(table, {});
  await scene.send(people(0, 3));
  if (status < 500) {
    expect((await stage.failure(scene.name)).message).toMatch(new RegExp(`HTTP ${status}`));
    expect(await stage.rows(table)).toEqual([]);
    // The fault fires twice.
    await restartConnector(stage.rig.session, scene.name, {});
    await stage.failure(scene.name);
    await restartConnector(stage.rig.session, scene.name, {});
  }
  await stage.expectRows(table, printed(0, 3));
});

test('auto.redirect=false: straight to the back end', async () => {
  await stage.run(userTable('direct', 'DUPLICATE'));
  const id = stage.rig.doris.faults.arm({
    point: 'fe.redirect',
    phase: 'before',
    table: 'direct',
    effect: { kind: 'reply', status: 500, body: 'no front end takes a load here' },
  });
  const scene = await stage.scene('direct', { 'auto.redirect': 'false' });
  await scene.send(people(0, 3));
  await stage.expectRows('direct', printed(0, 3));
  expect(stage.rig.doris.faults.list().find((fault) => fault.id === id)?.matched).toBe(0);
  stage.rig.doris.faults.disarm(id);
});

test('load.model=copy_into: through a stage, once, with its deletes', async () => {
  await stage.run(userTable('copied'));
  const scene = await stage.scene('copied', { 'load.model': 'copy_into', 'enable.delete': 'true' });
  await scene.send(people(0, 3));
  await stage.expectRows('copied', printed(0, 3));
  await scene.send([{ ...user(1, 'name 1', 1), __DORIS_DELETE_SIGN__: 1 }]);
  await stage.becomes('copied', [...printed(0, 1), ...printed(0, 3).slice(2)]);
});

describe('CSV', () => {
  const CSV = { 'sink.properties.format': 'csv', 'sink.properties.column_separator': ',' };

  test('lines as they are', async () => {
    await stage.run(userTable('csv_lines', 'DUPLICATE'));
    const scene = await stage.scene('csv_lines', CSV);
    await scene.send(['1,zhangsan,12', '2,\\N,13\n3,wangwu,38']);
    await stage.expectRows('csv_lines', ['1,zhangsan,12', '2,null,13', '3,wangwu,38']);
  });

  test('made of records, with separators and line ends within', async () => {
    await stage.run(userTable('csv_records', 'DUPLICATE'));
    const scene = await stage.scene('csv_records', {
      ...CSV,
      ...PLAIN_JSON,
      'sink.properties.columns': 'id,name,age',
      'sink.properties.enclose': '"',
      'sink.properties.escape': '\\',
    });
    await scene.send([user(1, 'zhang, "san"\\', 12), { age: 13, id: 2, other: true }]);
    await stage.expectRows('csv_records', ['1,zhang, "san"\\,12', '2,null,13']);
  });
});

test('bodies compressed by gzip', async () => {
  await stage.run(userTable('compressed', 'DUPLICATE'));
  const scene = await stage.scene('compressed', { 'sink.properties.compress_type': 'gz' });
  await scene.send(people(0, 500));
  await stage.expectRows('compressed', printed(0, 500));
});

test('several databases, without doris.database (there, loads go to a database called null)', async () => {
  for (const database of ['sales', 'stock']) {
    await stage.run(`CREATE DATABASE ${database}`, userTable(`${database}.items`, 'DUPLICATE'));
  }
  const [first, second] = [await stage.topic('sales'), await stage.topic('stock')];
  await stage.connect(first, {
    topics: `${first},${second}`,
    'doris.database': '',
    'doris.topic2table.map': `${first}:sales.items,${second}:stock.items`,
  });
  await stage.send(first, people(0, 2));
  await stage.send(second, people(2, 2));
  await stage.expectRows('sales.items', printed(0, 2));
  await stage.expectRows('stock.items', printed(2, 2));
});

test('names too long for a label of 128 characters (there, no load is ever taken)', async () => {
  const table = `t_${'long'.repeat(15)}`;
  await stage.run(userTable(table, 'DUPLICATE'));
  const scene = await stage.scene(table, {}, { prefix: 'a-topic-with-a-name-'.repeat(8) });
  await scene.send(people(0, 3));
  await stage.expectRows(table, printed(0, 3));
  const labels = stage.rig.doris.transactions.list('e2e').map(({ label }) => label);
  expect(labels.filter((label) => label.length > 128)).toEqual([]);
});

test('everything ends with a load precommitted: the next run commits it, and loads nothing twice', async () => {
  await stage.run(userTable('left_over', 'DUPLICATE'));
  const topic = await stage.topic('left_over');
  const more = { 'doris.topic2table.map': `${topic}:left_over` };
  const id = stage.rig.doris.faults.arm({
    point: 'be.2pc',
    phase: 'before',
    operation: 'commit',
    table: 'left_over',
    effect: { kind: 'fail', code: 'INTERNAL_ERROR', text: 'not now' },
  });
  await stage.send(topic, people(0, 10));
  const { name } = await stage.connect(topic, more);
  const leftOver = () =>
    stage.rig.doris.transactions
      .list('e2e')
      .filter(({ label, state }) => label.includes(topic) && state === 'PRECOMMITTED');
  await until(
    'it is precommitted',
    () => leftOver().length > 0 && stage.rig.doris.faults.list().some((f) => f.fired > 0),
  );
  await stage.rig.session.client.workflow.getHandle(`connector/${name}`).terminate();
  stage.rig.doris.faults.disarm(id);
  await stage.send(topic, people(10, 10));
  await stage.connect(topic, more);
  await stage.expectRows('left_over', printed(0, 20));
  expect(leftOver()).toEqual([]);
});

test('three tables of one partition, one of which cannot be loaded for a while', async () => {
  const tables = ['mixed_a', 'mixed_b', 'mixed_c'];
  for (const table of tables) await stage.run(userTable(table, 'DUPLICATE'));
  const id = stage.rig.doris.faults.arm({
    point: 'be.load',
    phase: 'before',
    table: 'mixed_b',
    effect: { kind: 'reply', status: 500, body: 'a bad disk' },
  });
  const topic = await stage.topic('mixed');
  const values = people(0, 30).map((row) => ({ ...row, table: tables[row.id % 3] }));
  await stage.send(topic, values);
  const { name } = await stage.connect(topic, { ...PLAIN_JSON, 'record.tablename.field': 'table' });
  await until('the table cannot be loaded', () =>
    stage.rig.doris.faults.list().some((f) => f.id === id && f.fired > 1),
  );
  // The offset of the partition stays behind the rows that are nowhere yet.
  expect((await stage.rig.status(name)).tasks[0]?.partitions[0]?.committed ?? '0').toBe('0');
  await restartConnector(stage.rig.session, name, { includeRunning: true });
  stage.rig.doris.faults.disarm(id);
  for (const [index, table] of tables.entries()) {
    const expected = printed(0, 30).filter((_, row) => row % 3 === index);
    await stage.expectRows(qualified(table), expected);
  }
});
