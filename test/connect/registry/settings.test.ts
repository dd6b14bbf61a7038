import { SluiceError } from '../../../connect/errors.js';
import { readRegistrySettings } from '../../../connect/registry/index.js';

function problemOf(properties: Record<string, string>): string {
  try {
    readRegistrySettings(properties, 'key.converter.');
  } catch (error) {
    if (error instanceof SluiceError && error.code === 'CONFIG_INVALID') return error.message;
    throw error;
  }
  throw new Error('nothing was thrown');
}

test('has the defaults of a client that asks once in a while', () => {
  expect(readRegistrySettings({ 'schema.registry.url': ' http://a:8081/ , https://b/registry' })).toEqual({
    urls: ['http://a:8081', 'https://b/registry'],
    authentication: { kind: 'none' },
    tls: { verifyHostname: true },
    connectTimeoutMs: 10_000,
    readTimeoutMs: 30_000,
    maxRetries: 3,
    retryWaitMs: 1000,
    maxRetryWaitMs: 20_000,
  });
});

test.each([
  [{ 'schema.registry.url': '' }, 'key.converter.schema.registry.url is missing'],
  [{ 'schema.registry.url': 'ftp://me:secret@a' }, 'holds "ftp://a", which is not'],
  [{ 'schema.registry.url': 'a:8081' }, 'holds "a:8081", which is not'],
  [{ 'basic.auth.credentials.source': 'USER_INFO' }, 'key.converter.basic.auth.user.info is missing'],
  [{ 'basic.auth.credentials.source': 'KERBEROS' }, 'must be one of URL, USER_INFO, SASL_INHERIT'],
  [{ 'basic.auth.credentials.source': 'SASL_INHERIT' }, 'holds no user name and password'],
  [{ 'bearer.auth.credentials.source': 'OAUTHBEARER' }, 'only STATIC_TOKEN can be used'],
  [{ 'bearer.auth.credentials.source': 'STATIC_TOKEN' }, 'bearer.auth.token is missing'],
  [
    { 'schema.registry.ssl.truststore.location': '/none' },
    'key.converter.schema.registry.ssl.truststore.location cannot be used',
  ],
  [{ 'max.retries': 'many' }, 'key.converter.max.retries must be a whole number'],
])('says what is wrong: %j', (properties, problem) => {
  expect(problemOf({ 'schema.registry.url': 'http://a', ...properties })).toContain(problem);
});
