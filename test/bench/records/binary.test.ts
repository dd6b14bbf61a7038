import { recordKind } from '../../../bench/records/index.js';
import { BenchRegistry } from '../../../bench/registry.js';
import { createRegistryConverter } from '../../../connect/converters/registry/index.js';
import { ChunkPool, RowBuffer } from '../../../connect/rows/index.js';
import { RegistryDouble } from '../../../sandbox/registry/index.js';

let double: RegistryDouble;

beforeAll(async () => {
  double = await RegistryDouble.start({ firstId: 42 });
});

afterAll(() => double.close());

test.each([
  ['avro', 'io.confluent.connect.avro.AvroConverter'],
  ['protobuf', 'io.confluent.connect.protobuf.ProtobufConverter'],
] as const)('%s: an order names its registered schema and is read as it was meant', async (kind, converterClass) => {
  const { valueSchema, value } = recordKind(kind);
  if (valueSchema === undefined) throw new Error('these have a schema');
  const registry = new BenchRegistry(double.url);
  const schemaId = await registry.register(`${kind}-orders`, valueSchema);
  expect(schemaId).toBeGreaterThanOrEqual(42);
  const converter = createRegistryConverter(converterClass, { 'schema.registry.url': double.url }, 'value', () => 0);
  const buffer = Buffer.from(value(3, schemaId));
  const encoded = { topic: `${kind}-orders`, buffer, start: 0, end: buffer.length };
  const out = new RowBuffer(new ChunkPool());
  try {
    await converter.prepare(encoded, new AbortController().signal);
    expect(converter.writeRows(encoded, out)).toBe(1);
    expect(Buffer.concat(out.chunks()).toString()).toContain(
      '{"order_id":7000000000000000003,"customer":"customer-3","quantity":3,"price":19.99,"paid":true,"note":"packed',
    );
  } finally {
    await Promise.all([registry.close(), converter.client.close()]);
  }
});

test('an address without a registry is told as what it is', async () => {
  const registry = new BenchRegistry(`${double.url}/nothing-here`);
  await expect(registry.register('t', { schemaType: 'AVRO', schema: '"long"' })).rejects.toThrow(
    'answers with HTTP 404',
  );
});
