import {
  createRegistryConverter,
  REGISTRY_CONVERTERS,
  type RegistryConverterClass,
} from '../../../../connect/converters/registry/index.js';
import { describeError } from '../../../../connect/errors.js';
import { ChunkPool, RowBuffer } from '../../../../connect/rows/index.js';
import { RegistryDouble } from '../../../../sandbox/registry/index.js';
import { writeText } from '../binary/decoding.js';

const AVRO = 'io.confluent.connect.avro.AvroConverter';
const PROTOBUF = 'io.confluent.connect.protobuf.ProtobufConverter';
const JSON_SCHEMA = 'io.confluent.connect.json.JsonSchemaConverter';
const signal = new AbortController().signal;

let registry: RegistryDouble;
beforeEach(async () => {
  registry = await RegistryDouble.start();
});
afterEach(() => registry.close());

async function rowOf(
  className: RegistryConverterClass,
  payload: number[] | Buffer,
  properties: Record<string, string>,
) {
  const converter = createRegistryConverter(
    className,
    { 'schema.registry.url': registry.url, ...properties },
    'key',
    writeText,
  );
  try {
    const buffer = Buffer.concat([Buffer.from([0, 0, 0, 0, 1]), Buffer.from(payload)]);
    const value = { topic: 'orders', buffer, start: 0, end: buffer.length };
    await converter.prepare(value, signal);
    const out = new RowBuffer(new ChunkPool({ chunkSizeBytes: 1024 }));
    converter.writeRows(value, out);
    return Buffer.concat(out.chunks()).toString().trimEnd();
  } finally {
    await converter.client.close();
  }
}

test('settings reach the converters', async () => {
  registry.register('orders-key', {
    schema:
      '{"type":"record","name":"n.O","fields":[{"name":"u","type":["int",{"type":"enum","name":"E","symbols":["A"]}]}]}',
  });
  expect(await rowOf(AVRO, [2, 0], {})).toBe('{"u":{"int":null,"E":"A"}}');
  expect(await rowOf(AVRO, [2, 0], { 'enhanced.avro.schema.support': 'true' })).toBe('{"u":{"int":null,"n.E":"A"}}');
  expect(registry.requests).toContain('GET /schemas/ids/1?subject=orders-key');
  await rowOf(AVRO, [2, 0], {
    'key.subject.name.strategy': 'io.confluent.kafka.serializers.subject.RecordNameStrategy',
  });
  expect(registry.requests.at(-1)).toBe('GET /schemas/ids/1');
});

test('of Protobuf and JSON Schema as well', async () => {
  registry.register('orders-key', {
    schema: 'syntax = "proto3"; message O { oneof c { int32 n = 1; } }',
    schemaType: 'PROTOBUF',
  });
  expect(await rowOf(PROTOBUF, [0, 8, 5], {})).toBe('{"c_0":{"n":5}}');
  expect(await rowOf(PROTOBUF, [0, 8, 5], { 'flatten.unions': 'true' })).toBe('{"n":5}');
  await registry.close();
  registry = await RegistryDouble.start();
  registry.register('orders-key', {
    schema: '{"type":"object","properties":{"n":{"type":"integer"}}}',
    schemaType: 'JSON',
  });
  expect(await rowOf(JSON_SCHEMA, Buffer.from('{"n":7}'), {})).toBe('{"n":7}');
});

test.each([
  [AVRO, { 'connect.meta.data': 'maybe' }, 'Invalid value maybe for configuration connect.meta.data'],
  [PROTOBUF, { 'flatten.unions': '1' }, 'Invalid value 1 for configuration flatten.unions'],
  [JSON_SCHEMA, { 'json.fail.invalid.schema': 'true' }, 'not checked against all rules'],
  [AVRO, { 'schema.registry.url': '' }, 'schema.registry.url'],
  [AVRO, { 'schema.registry.url': 'localhost' }, 'which is not http://host:port'],
] as const)('%s says what is wrong with %j', (className, properties, problem) => {
  const create = () =>
    createRegistryConverter(className, { 'schema.registry.url': 'http://r', ...properties }, 'value', writeText);
  let said = '';
  try {
    create();
  } catch (error) {
    said = describeError(error);
  }
  expect(said).toContain(problem);
  expect(said).toContain('value.converter.');
});

test('every key of the converters is documented, and a wrong name is told the right one', () => {
  for (const { config } of Object.values(REGISTRY_CONVERTERS)) {
    expect(config.keyInfos().every((key) => JSON.stringify(key).includes('documentation'))).toBe(true);
    const { warnings } = config.parse({ 'schema.registry.url': 'http://r', 'schema.registry.urls': 'x' });
    expect(warnings[0]).toMatchObject({ key: 'schema.registry.urls', hint: 'Did you mean schema.registry.url?' });
  }
});
