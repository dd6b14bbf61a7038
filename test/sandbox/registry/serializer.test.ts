import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSerializer, RegistryDouble } from '../../../sandbox/registry/index.js';

let registry: RegistryDouble;
const folder = mkdtempSync(join(tmpdir(), 'sluice-schemas-'));

beforeAll(async () => {
  registry = await RegistryDouble.start({ firstId: 7 });
});
afterAll(async () => {
  await registry.close();
  rmSync(folder, { recursive: true });
});

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const AVRO = '{"type":"record","name":"User","fields":[{"name":"id","type":"int"},{"name":"name","type":"string"}]}';
const PROTO = 'syntax = "proto3"; package test; message User { int32 id = 1; string name = 2; }';
const USER = '{"id":1,"name":"Ada"}';

test('Avro: a zero, the id of the schema, the record', async () => {
  const serialize = await createSerializer(registry.url, 'users', file('user.avsc', AVRO));
  expect([...serialize(USER)]).toEqual([0, 0, 0, 0, 7, 2, 6, ...Buffer.from('Ada')]);
  expect(registry.store.versions('users-value')[0]?.stored.schema).toBe(AVRO);
});

test('Protobuf: the same, and that it is the first message of its file', async () => {
  const serialize = await createSerializer(registry.url, 'people', file('user.proto', PROTO));
  expect([...serialize(USER)]).toEqual([0, 0, 0, 0, 8, 0, 8, 1, 18, 3, ...Buffer.from('Ada')]);
});

test.each([
  ['empty.proto', 'syntax = "proto3";', 'it holds no message'],
  ['wrong.avsc', '{"type":"nothing"}', 'unknown type'],
  ['broken.avsc', '{', 'JSON'],
])('%s is told with its reason', async (name, text, reason) => {
  await expect(createSerializer(registry.url, 't', file(name, text))).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringMatching(new RegExp(`^${name} cannot be used as a schema: .*${reason}`)),
  });
});
