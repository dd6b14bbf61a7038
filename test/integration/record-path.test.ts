/** Records in every form, from Kafka to the table: converters with a registry, change events, transforms. */
import avsc from 'avsc';
import protobuf from 'protobufjs';
import { RegistryDouble } from '../../sandbox/registry/index.js';
import { envelopeSchema } from '../connect/debezium/fields.js';
import { Rig, randomName, until } from './rig.js';

let rig: Rig;
let registry: RegistryDouble;

beforeAll(async () => {
  rig = await Rig.start();
  registry = await RegistryDouble.start();
  await rig.startWorker();
}, 120_000);
afterAll(async () => {
  await rig.close();
  await registry.close();
}, 60_000);

const JSON_CONVERTER = 'org.apache.kafka.connect.json.JsonConverter';

/** A topic with a table of its name, and the configuration that leads from one to the other. */
async function sink(columns: string, more: Record<string, string>, model = 'DUPLICATE') {
  const topic = randomName('records');
  const table = topic.replaceAll('-', '_');
  await rig.createTopic(topic);
  await rig.createTable(
    'shop',
    `CREATE TABLE shop.${table} (${columns}) ${model} KEY(id) DISTRIBUTED BY HASH(id) BUCKETS 1`,
  );
  const config = rig.config(topic, {
    topics: topic,
    'doris.database': 'shop',
    'doris.topic2table.map': `${topic}:${table}`,
    ...more,
  });
  return { topic, table: `shop.${table}`, config };
}

const framed = (id: number, payload: Uint8Array, indexes: readonly number[] = []) =>
  Buffer.concat([Buffer.from([0, 0, 0, 0, id, ...indexes]), payload]);

const withRegistry = (className: string) => ({
  'value.converter': className,
  'value.converter.schema.registry.url': registry.url,
});

test('Avro, of two versions of a schema', async () => {
  const { topic, table, config } = await sink(
    'id BIGINT, name VARCHAR(20), price DECIMAL(10,2)',
    withRegistry('io.confluent.connect.avro.AvroConverter'),
  );
  const first = { type: 'record', name: 'User', fields: [{ name: 'id', type: 'long' }] } as const;
  const decimal = { type: 'bytes', logicalType: 'decimal', precision: 10, scale: 2 };
  const more = [
    { name: 'name', type: 'string' },
    { name: 'price', type: decimal },
  ];
  const second = { ...first, fields: [...first.fields, ...more] };
  const [one, two] = [first, second].map((schema) => {
    const { stored } = registry.register(`${topic}-value`, { schema: JSON.stringify(schema) });
    const type = avsc.Type.forSchema(schema as avsc.Schema);
    return (value: object) => framed(stored.id, type.toBuffer(value));
  });
  const values = [one?.({ id: 1 }), two?.({ id: 2, name: 'zwei', price: Buffer.from([0x30, 0x39]) }), one?.({ id: 3 })];
  await rig.produce(
    topic,
    values.map((value) => value ?? null),
  );
  await rig.startConnector(config);
  await rig.holds(table, 3);
  expect(await rig.query(`SELECT * FROM ${table} ORDER BY id`)).toEqual([
    { id: '1', name: null, price: null },
    { id: '2', name: 'zwei', price: '123.45' },
    { id: '3', name: null, price: null },
  ]);
  expect(registry.requests.filter((request) => request.includes(topic))).toHaveLength(2);
});

test('Protobuf, although the registry was away when the connector began', async () => {
  const { topic, table, config } = await sink('id BIGINT, city VARCHAR(20)', {
    ...withRegistry('io.confluent.connect.protobuf.ProtobufConverter'),
    'value.converter.max.retries': '0',
  });
  const schema = 'syntax = "proto3"; message Other { } message User { int64 id = 1; string city = 2; }';
  const { stored } = registry.register(`${topic}-value`, { schema, schemaType: 'PROTOBUF' });
  const user = protobuf.parse(schema).root.lookupType('User');
  const encode = (value: object) => framed(stored.id, user.encode(user.fromObject(value)).finish(), [2, 2]);
  await rig.produce(topic, [encode({ id: 1, city: 'Köln' }), encode({ id: 2 })]);
  await registry.pause();
  await rig.startConnector(config);
  // What is asked while it is away fails, and is tried again.
  await until('the connector runs', async () => (await rig.status(topic)).state === 'RUNNING');
  await registry.resume();
  await rig.holds(table, 2);
  expect(await rig.query(`SELECT * FROM ${table} ORDER BY id`)).toEqual([
    { id: '1', city: 'Köln' },
    { id: '2', city: '' },
  ]);
});

test('JSON with a JSON schema, as lines of CSV', async () => {
  const { topic, table, config } = await sink('id BIGINT, note VARCHAR(20)', {
    ...withRegistry('io.confluent.connect.json.JsonSchemaConverter'),
    'sink.properties.format': 'csv',
    'sink.properties.columns': 'id,note',
    'sink.properties.column_separator': ',',
    'sink.properties.enclose': '"',
  });
  const schema = JSON.stringify({ type: 'object', properties: { id: { type: 'integer' }, note: { type: 'string' } } });
  const { stored } = registry.register(`${topic}-value`, { schema, schemaType: 'JSON' });
  const values = [{ id: 1, note: 'a, b' }, { id: 2 }];
  await rig.produce(
    topic,
    values.map((value) => framed(stored.id, Buffer.from(JSON.stringify(value)))),
  );
  await rig.startConnector(config);
  await rig.holds(table, 2);
  expect(await rig.query(`SELECT * FROM ${table} ORDER BY id`)).toEqual([
    { id: '1', note: 'a, b' },
    { id: '2', note: null },
  ]);
});

test('change events: created, updated, deleted, and the table emptied in between', async () => {
  const { topic, table, config } = await sink(
    'id BIGINT, name VARCHAR(20), day DATE',
    {
      'converter.mode': 'debezium_ingestion',
      'key.converter': JSON_CONVERTER,
      'value.converter': JSON_CONVERTER,
      'enable.delete': 'true',
    },
    'UNIQUE',
  );
  const fields = [
    { field: 'id', type: 'int32' },
    { field: 'name', type: 'string', optional: true },
    { field: 'day', type: 'int32', optional: true, name: 'io.debezium.time.Date' },
  ];
  const schema = envelopeSchema(fields);
  const event = (op: string, before: object | null, after: object | null) =>
    JSON.stringify({ schema, payload: { before, after, source: {}, op, ts_ms: 1 } });
  const row = (id: number, name: string) => ({ id, name, day: 19_975 });
  await rig.produce(topic, [
    event('c', null, row(1, 'gone')),
    event('t', null, null),
    event('c', null, row(2, 'two')),
    event('c', null, row(3, 'three')),
    event('u', null, row(2, 'zwei')),
    event('d', row(3, 'three'), null),
    null,
    event('c', null, row(4, 'four')),
  ]);
  await rig.startConnector(config);
  await rig.holds(table, 2);
  expect(await rig.query(`SELECT id, name, CAST(day AS STRING) AS day FROM ${table} ORDER BY id`)).toEqual([
    { id: '2', name: 'zwei', day: '2024-09-09' },
    { id: '4', name: 'four', day: '2024-09-09' },
  ]);
});

test('transforms that change topics: each row in the table of its own, with its place in Kafka', async () => {
  const { topic, table, config } = await sink(
    'id BIGINT, kafka_topic VARCHAR(60), kafka_offset BIGINT, origin VARCHAR(9)',
    {
      'value.converter': JSON_CONVERTER,
      'value.converter.schemas.enable': 'false',
      transforms: 'mark,route',
      'transforms.mark.type': 'org.apache.kafka.connect.transforms.InsertField$Value',
      'transforms.mark.static.field': 'origin',
      'transforms.mark.static.value': 'kafka',
      'transforms.route.type': 'org.apache.kafka.connect.transforms.RegexRouter',
      'transforms.route.regex': '(records).*',
      'transforms.route.replacement': 'routed',
      'metadata.columns': 'topic:kafka_topic,offset:kafka_offset',
    },
  );
  await rig.produce(topic, ['{"id": 1}', '{"id": 2}']);
  await rig.startConnector({ ...config, 'doris.topic2table.map': `routed:${table.slice('shop.'.length)}` });
  await rig.holds(table, 2);
  expect(await rig.query(`SELECT * FROM ${table} ORDER BY id`)).toEqual([
    { id: '1', kafka_topic: topic, kafka_offset: '0', origin: 'kafka' },
    { id: '2', kafka_topic: topic, kafka_offset: '1', origin: 'kafka' },
  ]);
});

test('a large value that an update does not hold stays as it is in the table', async () => {
  const topic = randomName('toast');
  const table = topic.replaceAll('-', '_');
  await rig.createTopic(topic);
  await rig.createTable(
    'shop',
    `CREATE TABLE shop.${table} (id BIGINT, name VARCHAR(20), big VARCHAR(99)) UNIQUE KEY(id)
     DISTRIBUTED BY HASH(id) BUCKETS 1 PROPERTIES ("enable_unique_key_merge_on_write" = "true")`,
  );
  const text = (field: string) => ({ field, type: 'string', optional: true });
  const schema = envelopeSchema([{ field: 'id', type: 'int32' }, text('name'), text('big')]);
  const event = (op: string, id: number, name: string, big = '__debezium_unavailable_value') =>
    JSON.stringify({ schema, payload: { before: null, after: { id, name, big }, source: {}, op, ts_ms: 1 } });
  await rig.produce(topic, [
    event('c', 1, 'one', 'large 1'),
    event('c', 2, 'two', 'large 2'),
    event('u', 1, 'eins'),
    event('u', 2, 'zwei', 'larger 2'),
    event('u', 2, 'deux'),
    event('c', 3, 'three', 'large 3'),
  ]);
  const config = rig.config(topic, {
    topics: topic,
    'doris.database': 'shop',
    'doris.topic2table.map': `${topic}:${table}`,
    'converter.mode': 'debezium_ingestion',
    'key.converter': JSON_CONVERTER,
    'value.converter': JSON_CONVERTER,
    'enable.delete': 'true',
  });
  await rig.startConnector(config);
  const rows = () => rig.query<{ id: string; name: string; big: string }>(`SELECT * FROM shop.${table} ORDER BY id`);
  await until(
    'the rows are as they should be',
    async () => (await rows()).length === 3 && (await rows())[1]?.name === 'deux',
  );
  await rig.produce(topic, [event('u', 3, 'drei'), event('u', 1, 'un')]);
  await until('the later updates are there', async () => (await rows())[0]?.name === 'un');
  expect(await rows()).toEqual([
    { id: '1', name: 'un', big: 'large 1' },
    { id: '2', name: 'deux', big: 'larger 2' },
    { id: '3', name: 'drei', big: 'large 3' },
  ]);
});
