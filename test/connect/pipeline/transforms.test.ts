/** Transforms, and records that say where they go and where they come from. */
import { errorOf, reading, rowsOf, STRING_CONVERTER, withSchema } from './reading.js';

const KAFKA = 'org.apache.kafka.connect.transforms';

/** The keys of transforms with these aliases. */
function transforms(...chain: readonly (readonly [string, string, Readonly<Record<string, string>>])[]) {
  const keys = chain.flatMap(([alias, type, settings]) => [
    [`transforms.${alias}.type`, type],
    ...Object.entries(settings).map(([key, value]) => [`transforms.${alias}.${key}`, value]),
  ]);
  return {
    transforms: chain.map(([alias]) => alias).join(','),
    ...(Object.fromEntries(keys) as Record<string, string>),
  };
}

async function tablesOf(config: Readonly<Record<string, string>>, ...records: Parameters<typeof rowsOf>[1][]) {
  const made = reading(config);
  const { tables } = await made.read(records);
  await made.close();
  return tables;
}

const route = transforms(['r', `${KAFKA}.RegexRouter`, { regex: 't', replacement: 'routed_$0' }]);

test('a transform changes values with and without schemas alike', async () => {
  const rename = transforms(['r', `${KAFKA}.ReplaceField$Value`, { renames: 'old:new', exclude: 'gone' }]);
  const schema = [
    { field: 'old', type: 'int64' },
    { field: 'gone', type: 'string' },
    { field: 'price', type: 'bytes', name: 'org.apache.kafka.connect.data.Decimal', parameters: { scale: '2' } },
  ];
  const value = withSchema(schema, { old: 1, gone: 'x', price: 'MDk=' });
  expect(await rowsOf({ ...rename, 'value.converter.schemas.enable': 'true' }, value)).toEqual([
    '{"new":1,"price":123.45}',
  ]);
  expect(await rowsOf(rename, '{"old": 9007199254740993, "gone": 1, "n": 1.10}')).toEqual([
    '{"new":9007199254740993,"n":1.10}',
  ]);
});

test('rows go to the table of the topic that a transform makes, and keep their place in Kafka', async () => {
  const config = { ...route, 'metadata.columns': 'topic:topic,offset:at', 'doris.topic2table.map': 'routed_t:other.r' };
  expect(await tablesOf(config, '{"a":1}', '{"a":2}')).toEqual({
    'other.r': ['{"topic":"t","at":100,"a":1}', '{"topic":"t","at":101,"a":2}'],
  });
});

test('texts become rows with fields', async () => {
  const hoist = transforms(['h', `${KAFKA}.HoistField$Value`, { field: 'line' }]);
  const config = { ...hoist, 'value.converter': STRING_CONVERTER };
  expect(await rowsOf(config, 'a "quoted"\tline')).toEqual(['{"line":"a \\"quoted\\"\\tline"}']);
  const csv = { ...config, 'sink.properties.format': 'csv', 'sink.properties.columns': 'line' };
  expect(await rowsOf({ ...csv, 'sink.properties.column_separator': ',' }, 'a line')).toEqual(['a line']);
});

test('a filter drops records, a predicate chooses them', async () => {
  const config = {
    ...transforms(['f', `${KAFKA}.Filter`, { predicate: 'tombstone' }]),
    predicates: 'tombstone',
    'predicates.tombstone.type': `${KAFKA}.predicates.RecordIsTombstone`,
    'behavior.on.null.values': 'fail',
  };
  expect(await rowsOf(config, '{"a":1}', null, '{"a":2}')).toEqual(['{"a":1}', '{"a":2}']);
});

test('a record that cannot be transformed is named with its transform', async () => {
  const extract = transforms(['x', `${KAFKA}.ExtractField$Value`, { field: 'a' }]);
  expect(await errorOf(extract, '{"a":{"b":1}}', '[1]')).toMatchObject({
    code: 'RECORD_INVALID',
    context: { stage: 'TRANSFORMATION', topic: 't', partition: 0, offset: '101', key: 'transforms.x' },
  });
});

test('keys and headers are read for transforms', async () => {
  const config = {
    ...transforms(
      ['h', `${KAFKA}.HeaderFrom$Value`, { fields: 'a', headers: 'from', operation: 'copy' }],
      ['k', `${KAFKA}.ValueToKey`, { fields: 'a' }],
    ),
    'metadata.columns': 'key:k,headers:h,timestamp:ts,partition:p',
    'key.converter': STRING_CONVERTER,
    'database.time_zone': 'Asia/Shanghai',
  };
  const headers = [['x', '1'] as const, ['x', 'two'] as const, ['y', null] as const];
  const record = { key: 'k1', value: '{"a":1}', headers, timestamp: 1_725_885_296_007n };
  expect(await rowsOf(config, record)).toEqual([
    '{"k":"k1","h":{"x":[1,"two"],"y":null},"ts":"2024-09-09T20:34:56.007","p":0,"a":1}',
  ]);
});

test('records name their tables, whatever they are made of', async () => {
  const config = { 'record.tablename.field': 'meta.table' };
  const schema = [
    { field: 'id', type: 'int32' },
    { field: 'meta', type: 'struct', optional: true, fields: [{ field: 'table', type: 'string' }] },
  ];
  const value = (id: number, table?: string) =>
    withSchema(schema, { id, meta: table === undefined ? null : { table } });
  const withSchemas = { ...config, 'value.converter.schemas.enable': 'true' };
  const expected = {
    'db.t': ['{"id":1,"meta":null}'],
    'db.one': ['{"id":2,"meta":{"table":"one"}}'],
    'other.two': ['{"id":3,"meta":{"table":"other.two"}}'],
  };
  expect(await tablesOf(withSchemas, value(1), value(2, 'one'), value(3, 'other.two'))).toEqual(expected);
  const viaTransform = {
    ...withSchemas,
    ...transforms(['r', `${KAFKA}.RegexRouter`, { regex: 'x', replacement: 'y' }]),
  };
  expect(await tablesOf(viaTransform, value(1), value(2, 'one'), value(3, 'other.two'))).toEqual(expected);
});
