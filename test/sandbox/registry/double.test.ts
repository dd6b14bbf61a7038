import { RegistryDouble } from '../../../sandbox/registry/index.js';

const USER = '{"type":"record","name":"User","fields":[{"name":"id","type":"int"}]}';
const USER_2 = '{"type":"record","name":"User","fields":[{"name":"id","type":"long"}]}';

let registry: RegistryDouble;
beforeEach(async () => {
  registry = await RegistryDouble.start({ firstId: 7 });
});
afterEach(() => registry.close());

async function ask(method: string, path: string, body?: object, headers: Record<string, string> = {}) {
  const response = await fetch(registry.url + path, {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as unknown };
}

test('registers schemas under subjects: the same schema has the same id everywhere', async () => {
  expect(await ask('POST', '/subjects/a-value/versions', { schema: USER })).toMatchObject({
    body: { id: 7, version: 1 },
  });
  expect(await ask('POST', '/subjects/a-value/versions', { schema: USER })).toMatchObject({
    body: { id: 7, version: 1 },
  });
  expect(await ask('POST', '/subjects/a-value/versions', { schema: USER_2 })).toMatchObject({
    body: { id: 8, version: 2 },
  });
  expect(await ask('POST', '/subjects/b-value/versions', { schema: USER_2 })).toMatchObject({
    body: { id: 8, version: 1 },
  });
  expect(await ask('GET', '/subjects')).toMatchObject({ body: ['a-value', 'b-value'] });
  expect(await ask('GET', '/subjects/a-value/versions')).toMatchObject({ body: [1, 2] });
  expect(await ask('POST', '/subjects/a-value', { schema: USER })).toMatchObject({ body: { id: 7, version: 1 } });
  expect(await ask('GET', '/schemas/ids/8/versions')).toMatchObject({
    body: [
      { subject: 'a-value', version: 2 },
      { subject: 'b-value', version: 1 },
    ],
  });
});

test('answers for ids, GUIDs and versions', async () => {
  const { stored } = registry.register('a-value', { schema: USER });
  expect(await ask('GET', '/schemas/ids/7')).toEqual({ status: 200, body: { schema: USER, guid: stored.guid } });
  expect(await ask('GET', `/schemas/guids/${stored.guid}`)).toMatchObject({ body: { schema: USER } });
  expect(await ask('GET', '/subjects/a-value/versions/latest')).toMatchObject({
    body: { id: 7, version: 1, schema: USER },
  });
  expect(await ask('GET', '/subjects/a-value/versions/1/schema')).toEqual({ status: 200, body: JSON.parse(USER) });
});

test('keeps references', async () => {
  registry.register('common', { schema: 'syntax = "proto3"; message A {}', schemaType: 'PROTOBUF' });
  const references = [{ name: 'a.proto', subject: 'common', version: 1 }];
  const sent = { schema: 'syntax = "proto3"; import "a.proto";', schemaType: 'PROTOBUF', references };
  expect(await ask('POST', '/subjects/b/versions', sent)).toMatchObject({ body: { id: 8 } });
  expect(await ask('GET', '/schemas/ids/8')).toMatchObject({ body: { schemaType: 'PROTOBUF', references } });
  const wrong = { ...sent, references: [{ name: 'x', subject: 'none', version: 1 }] };
  expect(await ask('POST', '/subjects/b/versions', wrong)).toMatchObject({ status: 422, body: { error_code: 42201 } });
});

test('tells what it does not have with the codes of the registry', async () => {
  registry.register('a', { schema: USER });
  expect(await ask('GET', '/schemas/ids/99')).toEqual({
    status: 404,
    body: { error_code: 40403, message: 'Schema 99 not found' },
  });
  expect(await ask('GET', '/subjects/none/versions')).toMatchObject({ status: 404, body: { error_code: 40401 } });
  expect(await ask('GET', '/subjects/a/versions/5')).toMatchObject({ status: 404, body: { error_code: 40402 } });
  expect(await ask('GET', '/subjects/a/versions/x')).toMatchObject({ status: 422, body: { error_code: 42202 } });
  expect(await ask('POST', '/subjects/a/versions', { schema: '{' })).toMatchObject({ status: 422 });
  expect(await ask('GET', '/other')).toMatchObject({ status: 404, body: { error_code: 404 } });
});

test('a version that was deleted is there for those who ask for it', async () => {
  registry.register('a', { schema: USER });
  expect(await ask('DELETE', '/subjects/a/versions/1')).toEqual({ status: 200, body: 1 });
  expect(await ask('GET', '/subjects/a/versions/1')).toMatchObject({ status: 404 });
  expect(await ask('GET', '/subjects/a/versions/1?deleted=true')).toMatchObject({ status: 200 });
  expect(await ask('GET', '/schemas/ids/7')).toMatchObject({ status: 200 });
});

test('lets in only whom it is told to', async () => {
  await registry.close();
  registry = await RegistryDouble.start({ credentials: { user: 'u', password: 'p' }, token: 't' });
  expect(await ask('GET', '/subjects')).toEqual({ status: 401, body: { error_code: 401, message: 'Unauthorized' } });
  const basic = Buffer.from('u:p').toString('base64');
  expect(await ask('GET', '/subjects', undefined, { authorization: `Basic ${basic}` })).toMatchObject({ status: 200 });
  expect(await ask('GET', '/subjects', undefined, { authorization: 'Bearer t' })).toMatchObject({ status: 200 });
});
