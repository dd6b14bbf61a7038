import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { SluiceError } from '../../../connect/errors.js';
import { RegistryClient, readRegistrySettings } from '../../../connect/registry/index.js';
import { RegistryDouble, type RegistryDoubleOptions } from '../../../sandbox/registry/index.js';
import { CertificateFolder, PASSWORD } from '../../kafka/support/certificates.js';

const USER = '{"type":"record","name":"User","fields":[]}';
const signal = new AbortController().signal;

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function double(options: RegistryDoubleOptions = {}): Promise<RegistryDouble> {
  const registry = await RegistryDouble.start(options);
  closing.push(() => registry.close());
  return registry;
}

function clientOf(url: string, properties: Record<string, string> = {}): RegistryClient {
  const quick = { 'retries.wait.ms': '1', 'http.connect.timeout.ms': '2000' };
  const client = new RegistryClient(readRegistrySettings({ 'schema.registry.url': url, ...quick, ...properties }));
  closing.push(() => client.close());
  return client;
}

async function failureOf(promise: Promise<unknown>): Promise<SluiceError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof SluiceError) return error;
  throw new Error(`no SluiceError but ${String(error)}`);
}

test('a schema is asked for once and then known for ever', async () => {
  const registry = await double();
  const { stored } = registry.register('users-value', { schema: USER });
  const client = clientOf(registry.url);
  const both = await Promise.all([client.schema(1, 'users-value', signal), client.schema(1, 'users-value', signal)]);
  expect(both).toEqual([
    { type: 'AVRO', text: USER, references: [], resolved: [] },
    { type: 'AVRO', text: USER, references: [], resolved: [] },
  ]);
  expect(registry.requests).toEqual(['GET /schemas/ids/1?subject=users-value']);
  await registry.pause();
  await client.schema(1, 'users-value', signal);
  await registry.resume();
  expect(await client.schema(stored.guid, undefined, signal)).toMatchObject({ text: USER });
  expect(registry.requests).toHaveLength(2);
});

test('references come with the schema, the innermost first', async () => {
  const registry = await double();
  const schemaType = 'PROTOBUF';
  registry.register('c', { schema: 'C', schemaType });
  registry.register('b', { schema: 'B', schemaType, references: [{ name: 'c.proto', subject: 'c', version: 1 }] });
  const references = [
    { name: 'b.proto', subject: 'b', version: 1 },
    { name: 'c.proto', subject: 'c', version: 1 },
  ];
  registry.register('a', { schema: 'A', schemaType, references });
  const client = clientOf(registry.url);
  expect((await client.schema(3, undefined, signal)).resolved).toEqual([
    { name: 'c.proto', text: 'C' },
    { name: 'b.proto', text: 'B' },
  ]);
  expect(await client.version('b', 1, signal)).toMatchObject({ text: 'B', resolved: [{ name: 'c.proto' }] });
});

test('an unknown id is the record’s error, and asked for once in a while only', async () => {
  const registry = await double();
  const client = clientOf(registry.url);
  const error = await failureOf(client.schema(42, undefined, signal));
  expect(error).toMatchObject({ code: 'RECORD_INVALID', retryable: false });
  expect(error.message).toBe('The schema registry does not know schema 42: Schema 42 not found (error code 40403).');
  await failureOf(client.schema(42, undefined, signal));
  expect(registry.requests).toHaveLength(1);
});

test('logins: in the URL, as user info, as a token; a wrong one is told', async () => {
  const registry = await double({ credentials: { user: 'me', password: 'p:w@d' }, token: 'secret' });
  registry.register('users-value', { schema: USER });
  const { host } = new URL(registry.url);
  const accepted: [string, Record<string, string>][] = [
    [`http://me:p%3Aw%40d@${host}`, {}],
    [registry.url, { 'basic.auth.credentials.source': 'USER_INFO', 'basic.auth.user.info': 'me:p:w@d' }],
    [registry.url, { 'schema.registry.basic.auth.user.info': 'me:p:w@d' }],
    [registry.url, { 'bearer.auth.credentials.source': 'STATIC_TOKEN', 'bearer.auth.token': 'secret' }],
    [
      registry.url,
      {
        'basic.auth.credentials.source': 'SASL_INHERIT',
        'sasl.jaas.config': 'x.Plain required username="me" password="p:w@d";',
      },
    ],
  ];
  for (const [url, properties] of accepted) {
    expect(await clientOf(url, properties).schema(1, undefined, signal)).toMatchObject({ text: USER });
  }
  const error = await failureOf(clientOf(registry.url).schema(1, undefined, signal));
  expect(error).toMatchObject({ code: 'CONFIG_INVALID', context: { key: 'value.converter.basic.auth.user.info' } });
  expect(error.message).toContain('refuses the login');
});

test('errors that pass are waited out; several URLs stand in for each other', async () => {
  const registry = await double();
  registry.register('users-value', { schema: USER });
  registry.failNext(2, 503);
  expect(await clientOf(registry.url).schema(1, undefined, signal)).toMatchObject({ text: USER });
  const gone = await double();
  const urls = `${gone.url}, ${registry.url}/`;
  await gone.close();
  expect(await clientOf(urls, { 'max.retries': '0' }).schema(1, undefined, signal)).toMatchObject({ text: USER });
});

test('a registry that is down is told with all addresses, and can be tried again', async () => {
  const registry = await double();
  await registry.pause();
  const error = await failureOf(clientOf(registry.url, { 'max.retries': '1' }).schema(1, undefined, signal));
  expect(error).toMatchObject({ retryable: true, context: { host: registry.url } });
  expect(error.message).toContain(`The schema registry cannot be reached: ${registry.url}: `);
  expect(error.message).toContain('ECONNREFUSED');
  await registry.resume();
  registry.failNext(9, 502);
  const proxied = await failureOf(clientOf(registry.url, { 'max.retries': '1' }).schema(1, undefined, signal));
  expect(proxied.message).toContain('answers HTTP 502 (<html>');
});

test('what is no registry is told', async () => {
  const registry = await double();
  registry.register('users-value', { schema: USER });
  const error = await failureOf(clientOf(`${registry.url}/config?x=/`).schema(1, undefined, signal));
  expect(error).toMatchObject({ code: 'CONFIG_INVALID', context: { key: 'value.converter.schema.registry.url' } });
});

test('a question ends with its signal, and others go on', async () => {
  const registry = await double();
  registry.register('users-value', { schema: USER });
  registry.failNext(1, 500);
  const client = clientOf(registry.url, { 'retries.wait.ms': '50' });
  const controller = new AbortController();
  const first = client.schema(1, undefined, controller.signal).catch((error: unknown) => error);
  const second = client.schema(1, undefined, signal);
  controller.abort(new Error('stopped'));
  expect(await first).toMatchObject({ message: 'stopped' });
  expect(await second).toMatchObject({ text: USER });
});

describe('TLS', () => {
  const certificates = new CertificateFolder();
  beforeAll(() => {
    certificates.identity('server', 'server.p12', 'PKCS12');
    certificates.trust('server', 'trust.jks', 'JKS');
    certificates.trust('server', 'trust.p12', 'PKCS12');
  });
  afterAll(() => certificates.remove());

  async function secureRegistry(): Promise<string> {
    const server = createServer(
      { pfx: readFileSync(certificates.file('server.p12')), passphrase: PASSWORD },
      (_, reply) => {
        reply.end(JSON.stringify({ schema: USER }));
      },
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closing.push(async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    });
    return `https://localhost:${(server.address() as AddressInfo).port}`;
  }

  test.each([
    ['PEM', 'server.pem'],
    ['PKCS12', 'trust.p12'],
    ['JKS', 'trust.jks'],
  ])('a registry is trusted by a %s store', async (type, file) => {
    const client = clientOf(await secureRegistry(), {
      'schema.registry.ssl.truststore.type': type,
      'schema.registry.ssl.truststore.location': certificates.file(file),
      'schema.registry.ssl.truststore.password': PASSWORD,
    });
    expect(await client.schema(1, undefined, signal)).toMatchObject({ text: USER });
  });

  test('one that nobody vouches for is not, nor one of another name unless that is allowed', async () => {
    const url = await secureRegistry();
    const stranger = await failureOf(clientOf(url, { 'max.retries': '0' }).schema(1, undefined, signal));
    expect(stranger.message).toMatch(/self.signed|certificate/i);
    const trusted = {
      'max.retries': '0',
      'schema.registry.ssl.truststore.type': 'PEM',
      'schema.registry.ssl.truststore.location': certificates.file('server.pem'),
    };
    const byAddress = url.replace('localhost', '127.0.0.1');
    expect((await failureOf(clientOf(byAddress, trusted).schema(1, undefined, signal))).message).toMatch(/altnames/);
    const unchecked = { ...trusted, 'schema.registry.ssl.endpoint.identification.algorithm': '' };
    expect(await clientOf(byAddress, unchecked).schema(1, undefined, signal)).toMatchObject({ text: USER });
  });
});
