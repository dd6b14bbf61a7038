/** Scenarios of the Java connector's own end-to-end tests with change events of Debezium. */
import { changeEvent, field, id } from './support/events.js';
import { FULL_TYPES, fullTypesRow } from './support/full-types.js';
import { JSON_WITH_SCHEMA, NEVER, Stage } from './support/stage.js';

let stage: Stage;

beforeAll(async () => {
  stage = await Stage.start();
}, 120_000);
afterAll(() => stage?.close(), 60_000);

const DEBEZIUM = {
  ...JSON_WITH_SCHEMA,
  'converter.mode': 'debezium_ingestion',
  'buffer.count.records': '1',
  'buffer.flush.time': NEVER,
};

describe('4 testDebeziumIngestionFullTypes', () => {
  // In Java arrays and geometry are the text of a Java map, which no function of Doris reads; here they are GeoJSON.
  test('every type of MySQL', async () => {
    const columns = FULL_TYPES.map(({ schema, type }) => `\`${String(schema.field)}\` ${type}`);
    await stage.run(
      `CREATE TABLE e2e.full_types_tab (${columns.join()}) UNIQUE KEY(id) DISTRIBUTED BY HASH(id) BUCKETS 1`,
    );
    const scene = await stage.scene('full_types_tab', { ...DEBEZIUM, 'database.time_zone': 'UTC' });
    const event = changeEvent(
      FULL_TYPES.map(({ schema }) => schema),
      { op: 'c', before: null, after: {} },
    );
    await scene.send([event.replace('"after":{}', () => `"after":${fullTypesRow()}`)]);
    await stage.expectRows('full_types_tab', [FULL_TYPES.map(({ printed }) => printed).join()]);
  });
});

const USER = [id, field('name', 'string'), field('age', 'int16')];
const zhangsan = (age: number) => ({ id: 1, name: 'zhangsan', age });

describe('5 testDebeziumIngestionDMLEvent', () => {
  test('create, update, and a delete that has no `after`', async () => {
    await stage.run(
      `CREATE TABLE e2e.dml_event_tab (id INT, name VARCHAR(100), age SMALLINT) UNIQUE KEY(id)
       DISTRIBUTED BY HASH(id) BUCKETS 1`,
    );
    const scene = await stage.scene('dml_event_tab', {
      ...DEBEZIUM,
      'delivery.guarantee': 'exactly_once',
      'enable.2pc': 'true',
      'enable.delete': 'true',
    });
    await scene.send([changeEvent(USER, { op: 'c', before: null, after: zhangsan(18) })]);
    await stage.becomes('dml_event_tab', ['1,zhangsan,18']);
    await scene.send([changeEvent(USER, { op: 'u', before: zhangsan(18), after: zhangsan(48) })]);
    await stage.becomes('dml_event_tab', ['1,zhangsan,48']);
    await scene.send([changeEvent(USER, { op: 'd', before: zhangsan(48) })]);
    await stage.becomes('dml_event_tab', []);
  });
});

describe('6 testTimeExampleTypes', () => {
  test('times of PostgreSQL, in the zone of database.time_zone where they have one', async () => {
    const time = (name: string, type: string, logical: string) =>
      field(name, type, { name: `io.debezium.time.${logical}`, version: 1 });
    const fields = [
      id,
      time('local', 'int64', 'MicroTimestamp'),
      time('zoned', 'string', 'ZonedTimestamp'),
      time('day', 'int32', 'Date'),
      time('clock', 'int64', 'MicroTime'),
      time('zoned_clock', 'string', 'ZonedTime'),
      time('span', 'int64', 'MicroDuration'),
    ];
    const after = {
      id: 1,
      local: 1_725_885_296_000_000,
      zoned: '2024-09-09T04:34:56.000000Z',
      day: 19_975,
      clock: 45_296_000_000,
      zoned_clock: '04:34:56Z',
      span: 37_091_106_000_000,
    };
    await stage.run(
      `CREATE TABLE e2e.time_types (id INT, local DATETIME, zoned DATETIME, day DATE, clock STRING, zoned_clock STRING,
       span BIGINT) UNIQUE KEY(id) DISTRIBUTED BY HASH(id) BUCKETS 1`,
    );
    const scene = await stage.scene('time_types', { ...DEBEZIUM, 'database.time_zone': 'Asia/Shanghai' });
    await scene.send([changeEvent(fields, { op: 'c', before: null, after }, 'postgresql')]);
    const moment = '2024-09-09 12:34:56';
    await stage.expectRows('time_types', [`1,${moment},${moment},2024-09-09,12:34:56,12:34:56,37091106000000`]);
  });
});

describe('14 testDebeziumSchemaEvolution', () => {
  test('a new field becomes a column', async () => {
    await stage.run(
      `CREATE TABLE e2e.schema_evolution_tab (id INT, name VARCHAR(100), age INT) UNIQUE KEY(id)
       DISTRIBUTED BY HASH(id) BUCKETS 1 PROPERTIES ("light_schema_change" = "true")`,
    );
    const scene = await stage.scene('schema_evolution_tab', {
      ...DEBEZIUM,
      'debezium.schema.evolution': 'basic',
      'enable.delete': 'true',
      'enable.2pc': 'false',
    });
    await scene.send([changeEvent(USER, { op: 'c', before: null, after: { id: 1, name: 'doris', age: 18 } })]);
    await stage.expectRows('schema_evolution_tab', ['1,doris,18']);
    const after = { id: 2, name: 'kafka', age: 20, new_col: 'schema_evolution_test' };
    await scene.send([changeEvent([...USER, field('new_col', 'string')], { op: 'c', before: null, after })]);
    await stage.expectRows('schema_evolution_tab', ['1,doris,18,null', '2,kafka,20,schema_evolution_test']);
  });
});

describe('what those tests leave out', () => {
  test('a row of PostgreSQL whose old image is its key alone is updated, and deleted', async () => {
    await stage.run(
      `CREATE TABLE e2e.partial_before (id INT, name VARCHAR(100) NOT NULL, age SMALLINT) UNIQUE KEY(id)
       DISTRIBUTED BY HASH(id) BUCKETS 1`,
    );
    const scene = await stage.scene('partial_before', { ...DEBEZIUM, 'enable.delete': 'true' });
    const before = { id: 1, name: '', age: null };
    await scene.send([
      changeEvent(USER, { op: 'r', before: null, after: zhangsan(18) }, 'postgresql'),
      changeEvent(USER, { op: 'r', before: null, after: { id: 2, name: 'lisi', age: 20 } }, 'postgresql'),
      changeEvent(USER, { op: 'u', before, after: zhangsan(19) }, 'postgresql'),
    ]);
    await stage.becomes('partial_before', ['1,zhangsan,19', '2,lisi,20']);
    await scene.send([changeEvent(USER, { op: 'd', before, after: null }, 'postgresql')]);
    await stage.becomes('partial_before', ['2,lisi,20']);
  });

  test('enable.delete=false: a delete is left out (there, its old image is written back)', async () => {
    await stage.run(
      'CREATE TABLE e2e.no_deletes (id INT, name VARCHAR(100), age SMALLINT) UNIQUE KEY(id) DISTRIBUTED BY HASH(id)',
    );
    const scene = await stage.scene('no_deletes', DEBEZIUM);
    await scene.send([
      changeEvent(USER, { op: 'c', before: null, after: zhangsan(18) }),
      changeEvent(USER, { op: 'u', before: zhangsan(18), after: zhangsan(48) }),
      // An old image from before the update, as a connector without the whole row would send it.
      changeEvent(USER, { op: 'd', before: zhangsan(18), after: null }),
      changeEvent(USER, { op: 'c', before: null, after: { id: 2, name: 'lisi', age: 20 } }),
    ]);
    await stage.expectRows('no_deletes', ['1,zhangsan,48', '2,lisi,20']);
  });

  test('truncate empties the table at its place among the rows (there, the task dies of it)', async () => {
    await stage.run(
      'CREATE TABLE e2e.emptied (id INT, name VARCHAR(100), age SMALLINT) UNIQUE KEY(id) DISTRIBUTED BY HASH(id)',
    );
    const scene = await stage.scene('emptied', { ...DEBEZIUM, 'enable.delete': 'true', 'enable.truncate': 'true' });
    await scene.send([
      changeEvent(USER, { op: 'c', before: null, after: zhangsan(18) }, 'postgresql'),
      changeEvent(USER, { op: 't', before: null, after: null }, 'postgresql'),
      changeEvent(USER, { op: 'c', before: null, after: { id: 2, name: 'lisi', age: 20 } }, 'postgresql'),
    ]);
    await stage.becomes('emptied', ['2,lisi,20']);
  });
});
