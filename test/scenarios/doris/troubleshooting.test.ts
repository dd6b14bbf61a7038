/**
 * docs/troubleshooting.md: what users of the Java connector find in their logs, brought about here. Every row of the page
 * is a situation of this file, and what the page says is what Sluice says.
 */
import { readFileSync } from 'node:fs';
import { createConnection } from 'mysql2/promise';
import { renderStatus } from '../../../client/format/status.js';
import { workerDefinition } from '../../../connect/config/worker.js';
import { describeError } from '../../../connect/errors.js';
import { dorisSinkDefinition, parseDorisSinkConfig } from '../../../connectors/doris/config.js';
import { labelOf, MAX_LABEL_LENGTH } from '../../../connectors/label.js';
import { type DorisDoubleOptions, startDorisDouble } from '../../../sandbox/doris/double.js';
import * as documents from '../../connectors/doris/examples.js';
import { changeEvent, field, id } from './support/events.js';
import { JSON_CONVERTER, JSON_WITH_SCHEMA, PLAIN_JSON, Stage, until, user, userTable } from './support/stage.js';

type Config = Readonly<Record<string, string>>;
/** Resolves with what a user is told; with nothing where it works here. */
type Situation = () => string | undefined | Promise<string | undefined>;

let stage: Stage;

beforeAll(async () => {
  stage = await Stage.start({ users: { root: '', loader: 'secret' } });
}, 120_000);
afterAll(() => stage?.close(), 60_000);

/** What is said of the walk-through's configuration with a change. */
function refused(change: Config): Situation {
  return () => {
    const { problems } = dorisSinkDefinition.check({ ...documents.plainJson, ...change });
    return problems.map(({ message, hint = '' }) => `${message} ${hint}`.trim()).join('\n');
  };
}

function accepted(change: Config): Situation {
  return () => {
    expect(dorisSinkDefinition.check({ ...documents.plainJson, ...change }).problems).toEqual([]);
    return undefined;
  };
}

interface Trouble {
  /** Made unless it says otherwise. */
  readonly ddl?: string | false;
  readonly before?: () => void | Promise<void>;
}

let tables = 0;

/** A connector that loads the records into a table of its own; the names in what it says are always the same. */
async function run(more: Config, values: readonly (string | Buffer | null | object)[], { ddl, before }: Trouble = {}) {
  const table = `users_${++tables}`;
  if (ddl !== false) await stage.run((ddl ?? userTable('users')).replace('users', table));
  const topic = await stage.topic('users');
  const map = { 'doris.topic2table.map': `${topic}:${table}` };
  const filled = Object.entries({ ...map, ...more }).map(([key, value]) => [key, value.replaceAll('{topic}', topic)]);
  await before?.();
  await stage.send(topic, values);
  const { name } = await stage.connect(topic, Object.fromEntries(filled));
  const named = (text: string) => text.replaceAll(topic, 'users').replaceAll(table, 'users');
  return { table, topic, name, named };
}

type Values = readonly (string | Buffer | null | object)[];

async function failing(more: Config, values: Values, trouble?: Trouble): Promise<string> {
  const { name, named } = await run({ 'max.retries': '0', ...more }, values, trouble);
  const { message } = await stage.failure(name);
  await stage.rig.session.client.workflow.getHandle(`connector/${name}`).terminate();
  return named(message);
}

function fails(more: Config, values: Values, trouble?: Trouble): Situation {
  return () => failing(more, values, trouble);
}

function loads(
  more: Config,
  values: readonly (string | object)[],
  rows: readonly string[],
  trouble?: Trouble,
): Situation {
  return async () => {
    const { table } = await run(more, values, trouble);
    await stage.becomes(table, rows);
    return undefined;
  };
}

/** The same against another cluster. */
async function elsewhere(options: DorisDoubleOptions): Promise<string> {
  const doris = await startDorisDouble(options);
  const sql = await createConnection({ host: '127.0.0.1', port: doris.mysqlPort, user: 'root' });
  try {
    for (const statement of ['CREATE DATABASE e2e', userTable('users')]) await sql.query(statement);
    const address = { 'doris.http.port': String(doris.fePort), 'doris.query.port': String(doris.mysqlPort) };
    return await failing({ ...address, 'doris.topic2table.map': '{topic}:users' }, [zhangsan], { ddl: false });
  } finally {
    await sql.end();
    await doris.close();
  }
}

const DEBEZIUM = { ...JSON_WITH_SCHEMA, 'converter.mode': 'debezium_ingestion' };
const USER = [id, field('name', 'string'), field('age', 'int32')];
const WIDER = [...USER, field('city', 'string')];
const zhangsan = user(1, 'zhangsan', 12);
const created = (fields = USER, after: object = zhangsan) =>
  changeEvent(fields, { op: 'c', before: null, after: { ...after } });
const WITH_CITY = created(WIDER, { ...zhangsan, city: 'Wuhan' });
const AVRO_FILES = { 'value.converter': 'org.apache.doris.kafka.connector.decode.avro.DorisAvroConverter' };
const FILES = 'value.converter.avro.topic2schema.filepath';
const SCHEMA_FILE = `file://${process.cwd()}/examples/doris-avro/user.avsc`;

const SITUATIONS: Readonly<Record<string, Situation>> = {
  'input kafka connector configuration is null, missing required values, or wrong input value': () => {
    const wrong = { ...documents.plainJson, 'doris.user': '', 'tasks.max': 'many', 'load.model': 'broker' };
    try {
      parseDorisSinkConfig(wrong);
    } catch (error) {
      return describeError(error);
    }
    return undefined;
  },
  'name is empty or invalid. It should match doris object identifier syntax.': refused({ name: 'orders.2024' }),
  'topics or topics.regex cannot be empty.': refused({ topics: '' }),
  'topics and topics.regex cannot be set at the same time.': refused({ 'topics.regex': 'orders.*' }),
  'doris.topic2table.map is empty or invalid.': accepted({ 'doris.topic2table.map': '' }),
  'Invalid doris.topic2table.map config format': refused({ 'doris.topic2table.map': 'orders' }),
  'Failed to parse topic2table map': refused({ 'doris.topic2table.map': 'test-data-topic:a,test-data-topic:b' }),
  'doris.urls cannot be empty.': refused({ 'doris.urls': '' }),
  'autoDirect non-boolean type, maybe': refused({ 'auto.redirect': 'maybe' }),
  'buffer.count.records cannot be empty or not a number.': refused({ 'buffer.count.records': 'many' }),
  'buffer.flush.time cannot be empty or not a number or less than 1.': refused({ 'buffer.flush.time': '0' }),
  'max.retries cannot be empty or not a number or less than 0.': refused({ 'max.retries': '-1' }),
  'The value of STREAM_LOAD is an illegal parameter of converter.mode.': refused({ 'converter.mode': 'debezium' }),
  'The value of enable.combine.flush is not supported set true when delivery.guarantee is set to EXACTLY_ONCE.':
    accepted({ 'enable.combine.flush': 'true', 'delivery.guarantee': 'exactly_once' }),
  'The value of group commit mode is an illegal parameter, illegal value=often': refused({
    'sink.properties.group_commit': 'often',
  }),
  'When group commit is enabled, you should disable two phase commit!': refused({
    'sink.properties.group_commit': 'sync_mode',
    'enable.2pc': 'true',
  }),
  'When group commit is enabled,you can not load data with partial column update.': refused({
    'sink.properties.group_commit': 'sync_mode',
    'sink.properties.partial_columns': 'true',
  }),
  'Failed to get database and table names': refused({ 'doris.database': '' }),
  'avro.topic2schema.filepath can not be empty in DorisAvroConverter.class': refused(AVRO_FILES),
  'Failed to parse avro.topic2schema.filepath map': refused({ ...AVRO_FILES, [FILES]: 'users' }),
  'nothing: exactly_once with group commit is at-least-once': refused({
    'sink.properties.group_commit': 'sync_mode',
    'delivery.guarantee': 'exactly_once',
  }),
  'Unknown time-zone ID: Asia/Bejing with the first record': refused({ 'database.time_zone': 'Asia/Bejing' }),

  'JsonConverter with schemas.enable requires "schema" and "payload" fields and may not contain additional fields.':
    fails({ 'value.converter': JSON_CONVERTER }, [zhangsan]),
  'Converting byte[] to Kafka Connect data failed due to serialization error': fails(PLAIN_JSON, ['this is no JSON']),
  'The avro schema file of users is not provided.': fails({ ...AVRO_FILES, [FILES]: `others:${SCHEMA_FILE}` }, [
    Buffer.from([2]),
  ]),
  'failed to parse AVRO record': fails({ ...AVRO_FILES, [FILES]: `{topic}:${SCHEMA_FILE}` }, [Buffer.from([2, 100])]),
  'Null valued record from topic users, partition 0 and offset 1 was failed': fails(
    { 'behavior.on.null.values': 'fail' },
    [zhangsan, null],
  ),
  "Received an unexpected message type that does not have an 'after' Debezium block": fails(DEBEZIUM, [
    JSON.stringify({
      schema: { type: 'struct', name: 's.t.Envelope', optional: false, fields: [{ field: 'op', type: 'string' }] },
      payload: { op: 'c' },
    }),
  ]),
  'Schema change records are not supported by doris-kafka-connector.': loads(
    { ...DEBEZIUM },
    [
      JSON.stringify({
        schema: {
          type: 'struct',
          name: 'io.debezium.connector.mysql.SchemaChangeValue',
          optional: false,
          fields: [{ field: 'ddl', type: 'string', optional: true }],
        },
        payload: { ddl: 'ALTER TABLE t ADD c INT' },
      }),
      created(),
    ],
    ['1,zhangsan,12'],
  ),
  'Type not found in registry for schema: Schema{STRUCT}': loads(
    DEBEZIUM,
    [
      created([id, { ...field('place', 'struct'), fields: [field('city', 'string')] }], {
        id: 1,
        place: { city: 'Wuhan' },
      }),
    ],
    ['1,{"city":"Wuhan"}'],
    { ddl: 'CREATE TABLE e2e.users (id INT, place JSON) UNIQUE KEY(id) DISTRIBUTED BY HASH(id)' },
  ),
  'Cannot alter table users because schema evolution is disabled': fails(
    { ...DEBEZIUM, 'schema.evolution.unknown.fields': 'fail' },
    [created(), WITH_CITY],
  ),
  'The users table does not exist, please create it manually.': fails({ ...DEBEZIUM }, [created()], { ddl: false }),
  'databaseshop is not exists': fails({ 'doris.database': 'shop' }, [zhangsan], { ddl: false }),
  "Unexpected topic name: [orders] that doesn't match assigned partitions. Connector doesn't support topic mutating SMTs.":
    async () => {
      const topic = await stage.topic('p-orders');
      await stage.run(userTable('routed'));
      await stage.connect(topic, {
        transforms: 'route',
        'transforms.route.type': 'RegexRouter',
        'transforms.route.regex': '.*',
        'transforms.route.replacement': 'routed',
      });
      await stage.send(topic, [zhangsan]);
      await stage.expectRows('routed', ['1,zhangsan,12']);
      return undefined;
    },

  'stream load error: [DATA_QUALITY_ERROR]too many filtered rows, see more in http://…': fails({}, [
    zhangsan,
    user(2, 'x'.repeat(101), 12),
  ]),
  'No Doris FE is available, please check configuration': fails({ 'doris.http.port': '1' }, [zhangsan]),
  'nothing: HTTP 401 counts as a success, and the rows are lost': fails(
    { 'doris.user': 'loader', 'doris.password': 'wr0ng' },
    [zhangsan],
  ),
  'no available backend.': async () => {
    await stage.rig.doris.stopBackend();
    try {
      return await fails({}, [zhangsan])();
    } finally {
      await stage.rig.doris.startBackend();
    }
  },
  'connect timed out: 10.0.0.5:8040, for front ends name back ends by addresses that are not reachable from outside':
    () => elsewhere({ backendNamed: '127.0.0.2:1' }),
  'nothing: rows that max_filter_ratio lets Doris leave out are gone': async () => {
    const { table, topic, name, named } = await run({ 'sink.properties.max_filter_ratio': '0.5' }, [
      zhangsan,
      user(2, 'x'.repeat(101), 12),
    ]);
    await stage.expectRows(table, ['1,zhangsan,12']);
    await stage.caughtUp(name, { [`${topic}:0`]: 2n });
    const status = await stage.rig.status(name);
    return named(renderStatus(status, { width: 120, nowMs: Date.now(), paint: (_style, text) => text }).join('\n'));
  },
  'Task is being killed and will not recover until manually restarted, although errors.tolerance=all': async () => {
    const { table, topic } = await run(
      {
        'errors.tolerance': 'all',
        'errors.deadletterqueue.topic.name': '{topic}-dead',
        'errors.deadletterqueue.topic.replication.factor': '1',
      },
      [zhangsan, user(2, 'x'.repeat(101), 12), 'this is no JSON', user(3, 'lisi', 13)],
    );
    await stage.expectRows(table, ['1,zhangsan,12', '3,lisi,13']);
    const dead = await until('two dead letters', () => stage.records(`${topic}-dead`, 2));
    expect(dead).toHaveLength(2);
    return undefined;
  },
  'nothing: rows with __deleted (ExtractNewRecordState, rewrite) stay': loads(
    { ...PLAIN_JSON, 'converter.mode': 'debezium_ingestion', 'enable.delete': 'true' },
    [
      { ...zhangsan, __deleted: 'false' },
      { ...user(2, 'lisi', 13), __deleted: 'false' },
      { ...zhangsan, __deleted: 'true' },
    ],
    ['2,lisi,13'],
  ),
  'commit transaction error: …': fails({}, [zhangsan], {
    before: () => {
      stage.rig.doris.faults.arm({
        point: 'be.2pc',
        phase: 'before',
        operation: 'commit',
        table: 'users.*',
        times: 5,
        effect: { kind: 'fail', code: 'INTERNAL_ERROR', text: 'the disk is full' },
      });
    },
  }),
  'Label format error. regex: ^[-_A-Za-z0-9:]{1,128}$': () => {
    const long = 'a-long-name-'.repeat(20);
    const identity = { id: 'x', epoch: 0 };
    const ranges = [{ topic: long, partition: 0, start: '0', end: '1' }];
    expect(labelOf({ prefix: long, database: long, table: long, ranges, identity }).length).toBeLessThanOrEqual(
      MAX_LABEL_LENGTH,
    );
    return undefined;
  },
  'Failed to schemaChange, response: ': fails({ ...DEBEZIUM, 'debezium.schema.evolution': 'basic' }, [WITH_CITY], {
    before: () => {
      stage.rig.doris.faults.arm({
        point: 'fe.ddl',
        phase: 'before',
        operation: 'alter',
        effect: {
          kind: 'fail',
          code: '1105',
          text: 'Access denied; you need (at least one of) the (ALTER) privilege(s)',
        },
      });
    },
  }),

  'CommitFailedException: Offset commit cannot be completed since the consumer is not part of an active group': () => {
    const { notes } = dorisSinkDefinition.check({ ...documents.plainJson, 'max.poll.interval.ms': '1800000' });
    return notes.map(({ message }) => message).join('\n');
  },
  "ConfigException: Topic 'connect-status' supplied via the 'status.storage.topic' property is required to have 'cleanup.policy=compact'":
    () => {
      const { notes } = workerDefinition.check({ 'status.storage.topic': 'connect-status' });
      return notes.map(({ message }) => message).join('\n');
    },
};

/** A row of the page: what the Java connector says, and the texts of Sluice, in their order. */
interface Entry {
  readonly java: string;
  readonly texts: readonly string[];
}

const page = readFileSync('docs/troubleshooting.md', 'utf8');
const codes = (cell: string) =>
  [...cell.matchAll(/``(.+?)``|`([^`]+)`/g)].map(([, double, single]) => double ?? single ?? '');
const entries = page
  .slice(page.indexOf('## Configuration'), page.indexOf('## Kafka'))
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| the Java'))
  .map((line): Entry => {
    const [java = '', sluice = ''] = line.slice('| '.length).split(' | ');
    return { java, texts: codes(sluice) };
  });

/** `…` is any text, and so is what stands between two texts. */
function pattern(texts: readonly string[]): RegExp {
  const literal = (text: string) =>
    text.split('…').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/ +/g, '\\s+'));
  return new RegExp(texts.flatMap(literal).join('[^]*?'));
}

test('the page and the situations are the same', () => {
  const bare = (java: string) => java.replaceAll('`', '');
  expect(entries.map(({ java }) => bare(java)).sort()).toEqual(Object.keys(SITUATIONS).sort());
});

test.each(entries)(
  '$java',
  async ({ java, texts }) => {
    const told = await SITUATIONS[java.replaceAll('`', '')]?.();
    if (texts.length === 0) expect(told).toBeUndefined();
    else expect(told).toMatch(pattern(texts));
  },
  60_000,
);
