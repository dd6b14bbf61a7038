/** Every converter that reads values, from bytes to rows. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RegistryDouble } from '../../../sandbox/registry/index.js';
import { errorOf, JSON_CONVERTER, reading, rowsOf, STRING_CONVERTER, withSchema } from './reading.js';

const converters = 'org.apache.kafka.connect.converters';

describe('texts and JSON', () => {
  test('texts, and bytes as texts, are rows of JSON', async () => {
    expect(await rowsOf({ 'value.converter': STRING_CONVERTER }, '{"a":1}', null)).toEqual(['{"a":1}']);
    expect(await rowsOf({ 'value.converter': `${converters}.ByteArrayConverter` }, '{"a":1}')).toEqual(['{"a":1}']);
  });

  test('JSON with and without a schema', async () => {
    const value = withSchema([{ field: 'a', type: 'int64' }], { a: 1, b: 2 });
    expect(await rowsOf({ 'value.converter.schemas.enable': 'true' }, value)).toEqual(['{"a":1}']);
    expect(await rowsOf({}, '{"a":1}', '[{"a":2},{"a":3}]')).toEqual(['{"a":1}', '{"a":2}', '{"a":3}']);
    const java = 'org.apache.doris.kafka.connector.decode.DorisJsonConverter';
    expect(await rowsOf({ 'value.converter': java, 'value.converter.schemas.enable': 'true' }, '{"a":1}')).toEqual([
      '{"a":1}',
    ]);
  });

  test.each([
    ['Boolean', Buffer.from([1]), 'true'],
    ['Short', Buffer.from([0xff, 0xfe]), '-2'],
    ['Integer', Buffer.from([0, 0, 1, 0]), '256'],
    ['Long', Buffer.from([0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]), '9223372036854775807'],
    ['Float', Buffer.from([0x3d, 0xcc, 0xcc, 0xcd]), '0.1'],
    ['Double', Buffer.from([0x3f, 0xf8, 0, 0, 0, 0, 0, 0]), '1.5'],
  ])('%sConverter: a line of CSV, and no row of JSON', async (name, value, text) => {
    const config = { 'value.converter': `${converters}.${name}Converter` };
    expect(await rowsOf({ ...config, 'sink.properties.format': 'csv' }, { value }, null)).toEqual([text]);
    const error = await errorOf(config, { value });
    expect(error).toMatchObject({ code: 'RECORD_INVALID', context: { stage: 'TASK_PUT', topic: 't', offset: '100' } });
    const short = await errorOf(config, { value: Buffer.from([1, 2, 3]) });
    expect(short).toMatchObject({ context: { stage: 'VALUE_CONVERTER' } });
    expect(short.message).toContain(`Size of data received by ${name}Deserializer is not ${value.length}`);
  });
});

describe('with a schema registry', () => {
  let registry: RegistryDouble;
  beforeEach(async () => {
    registry = await RegistryDouble.start();
  });
  afterEach(() => registry.close());

  const config = (name: string) => ({
    'value.converter': name,
    'value.converter.schema.registry.url': registry.url,
    'value.converter.max.retries': '0',
  });
  const framed = (id: number, ...bytes: number[]) => ({ value: Buffer.from([0, 0, 0, 0, id, ...bytes]) });
  const avro = 'io.confluent.connect.avro.AvroConverter';
  const USER = '{"type":"record","name":"User","fields":[{"name":"id","type":"int"}]}';

  test('Avro: the registry is asked once, and the reading goes on at the record that needs it', async () => {
    registry.register('t-value', { schema: USER });
    const made = reading(config(avro));
    const records = [framed(1, 2), null, framed(1, 4), framed(1, 6)];
    expect((await made.read(records)).tables).toEqual({ 'db.t': ['{"id":1}', '{"id":2}', '{"id":3}'] });
    expect((await made.read([framed(1, 8)])).tables).toEqual({ 'db.t': ['{"id":4}'] });
    expect(registry.requests).toEqual(['GET /schemas/ids/1?subject=t-value']);
    await made.close();
  });

  test('a GUID in the record’s header names the schema', async () => {
    const { stored } = registry.register('t-value', { schema: USER });
    const id = Buffer.concat([Buffer.from([1]), Buffer.from(stored.guid.replaceAll('-', ''), 'hex')]);
    const record = { value: Buffer.from([84]), headers: [['__value_schema_id', id] as const] };
    expect(await rowsOf(config(avro), record)).toEqual(['{"id":42}']);
  });

  test('Protobuf, and JSON with a JSON schema', async () => {
    registry.register('p', { schema: 'syntax = "proto3"; message Id { int32 n = 1; }', schemaType: 'PROTOBUF' });
    expect(await rowsOf(config('io.confluent.connect.protobuf.ProtobufConverter'), framed(1, 0, 8, 5))).toEqual([
      '{"n":5}',
    ]);
    registry.register('j', { schema: '{"type":"object","properties":{"n":{"type":"integer"}}}', schemaType: 'JSON' });
    const json = framed(2, ...Buffer.from('{"n": 7}'));
    expect(await rowsOf(config('io.confluent.connect.json.JsonSchemaConverter'), json)).toEqual(['{"n": 7}']);
  });

  test('a schema that there is not makes a bad record; a registry that does not answer does not', async () => {
    const unknown = await errorOf(config(avro), framed(9, 2));
    expect(unknown).toMatchObject({
      code: 'RECORD_INVALID',
      retryable: false,
      context: { stage: 'VALUE_CONVERTER', offset: '100' },
    });
    const url = registry.url;
    await registry.close();
    const gone = await errorOf({ ...config(avro), 'value.converter.schema.registry.url': url }, framed(1, 2));
    expect(gone).toMatchObject({ code: 'REGISTRY_UNREACHABLE', retryable: true });
    registry = await RegistryDouble.start();
  });

  test('a value that was not written with a registry is a bad record', async () => {
    const error = await errorOf(config(avro), '{"id":1}');
    expect(error).toMatchObject({ code: 'RECORD_INVALID', context: { stage: 'VALUE_CONVERTER' } });
    expect(error.message).toContain('Unknown magic byte!');
  });
});

test('Avro with a file of the schema', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-avro-'));
  const file = join(folder, 'user.avsc');
  await writeFile(file, '{"type":"record","name":"User","fields":[{"name":"id","type":"int"}]}');
  const config = {
    'value.converter': 'org.apache.doris.kafka.connector.decode.avro.DorisAvroConverter',
    'value.converter.avro.topic2schema.filepath': `t:file://${file}`,
  };
  expect(await rowsOf(config, { value: Buffer.from([84]) }, null)).toEqual(['{"id":42}']);
  await rm(folder, { recursive: true });
  expect(() => reading(config)).toThrow(/The avro schema file of t, .*user.avsc, cannot be used: ENOENT/);
});

test('a bad key or header matters only where it is read', async () => {
  const config = { 'key.converter': JSON_CONVERTER };
  const record = { key: 'no JSON', value: '{"a":1}' };
  expect(await rowsOf(config, record)).toEqual(['{"a":1}']);
  const error = await errorOf({ ...config, 'metadata.columns': 'key:k' }, record);
  expect(error).toMatchObject({ code: 'RECORD_INVALID', context: { stage: 'KEY_CONVERTER', offset: '100' } });
});
