import { avroFormat, protobufFormat } from '../../../../connect/converters/registry/formats.js';
import { RegistryConverter, type SchemaFormat } from '../../../../connect/converters/registry/registry-converter.js';
import { RegistryClient, readRegistrySettings } from '../../../../connect/registry/index.js';
import { ChunkPool, RowBuffer } from '../../../../connect/rows/index.js';
import { RegistryDouble } from '../../../../sandbox/registry/index.js';
import { recordError, writeText } from '../binary/decoding.js';

const signal = new AbortController().signal;
let registry: RegistryDouble;
let client: RegistryClient;
beforeEach(async () => {
  registry = await RegistryDouble.start();
  client = new RegistryClient(readRegistrySettings({ 'schema.registry.url': registry.url }));
});
afterEach(async () => {
  await client.close();
  await registry.close();
});

function converterOf(format: SchemaFormat): RegistryConverter {
  return new RegistryConverter(client, format, (topic) => `${topic}-value`);
}

function encoded(bytes: number[] | Buffer, schemaIdHeader?: Buffer) {
  const buffer = Buffer.from(bytes);
  return { topic: 'users', buffer, start: 0, end: buffer.length, schemaIdHeader };
}

async function rowsOf(converter: RegistryConverter, bytes: number[] | Buffer, header?: Buffer): Promise<string> {
  const value = encoded(bytes, header);
  await converter.prepare(value, signal);
  expect(converter.prepare(value, signal)).toBeUndefined();
  const out = new RowBuffer(new ChunkPool({ chunkSizeBytes: 1024 }));
  converter.writeRows(value, out);
  return Buffer.concat(out.chunks()).toString();
}

test('Avro, by id and by GUID in the record’s header', async () => {
  const { stored } = registry.register('users-value', {
    schema: '{"type":"record","name":"User","fields":[{"name":"id","type":"int"}]}',
  });
  const converter = converterOf(avroFormat({}, writeText));
  expect(await rowsOf(converter, [0, 0, 0, 0, 1, 84])).toBe('{"id":42}\n');
  const header = Buffer.concat([Buffer.from([1]), Buffer.from(stored.guid.replaceAll('-', ''), 'hex')]);
  expect(await rowsOf(converter, [84], header)).toBe('{"id":42}\n');
  expect(converter.read(encoded([0, 0, 0, 0, 1, 84])).schema).toMatchObject({ name: 'User' });
  expect(registry.requests[0]).toBe('GET /schemas/ids/1?subject=users-value');
});

test('Protobuf, with references and message indexes', async () => {
  const schemaType = 'PROTOBUF';
  registry.register('address', { schema: 'syntax = "proto3"; message Address { string city = 1; }', schemaType });
  registry.register('users-value', {
    schemaType,
    schema: 'syntax = "proto3"; import "address.proto"; message User { Address home = 1; } message Id { int32 n = 1; }',
    references: [{ name: 'address.proto', subject: 'address', version: 1 }],
  });
  const converter = converterOf(protobufFormat({}, writeText));
  expect(await rowsOf(converter, [0, 0, 0, 0, 2, 0, 10, 3, 10, 1, 0x42])).toBe('{"home":{"city":"B"}}\n');
  expect(await rowsOf(converter, [0, 0, 0, 0, 2, 2, 2, 8, 5])).toBe('{"n":5}\n');
  const none = encoded([0, 0, 0, 0, 2, 2, 8, 8, 5]);
  expect(recordError(() => converter.read(none))).toContain('no message with the indexes [4]');
});

test('a schema of another format, and one that cannot be used, are errors of the record', async () => {
  registry.register('users-value', { schema: 'syntax = "proto3"; message A {}', schemaType: 'PROTOBUF' });
  registry.register('users-value', { schema: '{"type":"unheard-of"}' });
  const converter = converterOf(avroFormat({}, writeText));
  await expect(converter.prepare(encoded([0, 0, 0, 0, 1, 0]), signal)).rejects.toThrow('is PROTOBUF, not AVRO');
  const wrong = encoded([0, 0, 0, 0, 2, 0]);
  await converter.prepare(wrong, signal);
  expect(recordError(() => converter.read(wrong))).toContain('"unheard-of" is not defined');
  await expect(converter.prepare(encoded([0, 0, 0, 0, 9, 0]), signal)).rejects.toThrow('does not know schema 9');
  expect(recordError(() => converter.prepare(encoded([0x7b]), signal))).toContain('Unknown magic byte!');
});
