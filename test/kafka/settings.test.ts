import { connectionOptions, kafkaJsConfig } from '../../kafka/connections/options.js';
import { kafkaSettings, parseKafkaSettings } from '../../kafka/settings.js';

const BOOTSTRAP = { 'bootstrap.servers': 'broker:9092' };

function problemsOf(properties: Record<string, string>) {
  const result = parseKafkaSettings(properties);
  return result.ok ? [] : result.problems;
}

test('the least that is needed, with the defaults of Kafka clients', () => {
  expect(kafkaSettings(BOOTSTRAP)).toEqual({
    bootstrapServers: [{ host: 'broker', port: 9092 }],
    clientId: 'sluice',
    connectTimeoutMs: 10_000,
    requestTimeoutMs: 30_000,
    retryBackoffMs: 100,
    retryBackoffMaxMs: 1_000,
    metadataMaxAgeMs: 300_000,
    fetchMaxBytes: 16 << 20,
    fetchMaxWaitMs: 500,
    maxPartitionFetchBytes: 1 << 20,
    isolationLevel: 'read_committed',
  });
});

test.each([
  [
    'a:1, b:2,',
    [
      { host: 'a', port: 1 },
      { host: 'b', port: 2 },
    ],
  ],
  ['[::1]:9093', [{ host: '::1', port: 9093 }]],
  ['SASL_SSL://kafka-1.example.org:9094', [{ host: 'kafka-1.example.org', port: 9094 }]],
  ['kafka', [{ host: 'kafka', port: 9092 }]],
])('bootstrap.servers=%s', (text, addresses) => {
  expect(kafkaSettings({ 'bootstrap.servers': text }).bootstrapServers).toEqual(addresses);
});

test('all problems are told at once', () => {
  const problems = problemsOf({
    'bootstrap.servers': 'a:b:c, d:99999',
    'security.protocol': 'TLS',
    'request.timeout.ms': 'soon',
    'isolation.level': 'serializable',
  });

  expect(problems).toEqual([
    { key: 'security.protocol', message: 'must be one of PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL, not "TLS".' },
    { key: 'bootstrap.servers', message: '"a:b:c" is not host:port.' },
    { key: 'bootstrap.servers', message: '"d:99999" is not host:port.' },
    { key: 'request.timeout.ms', message: 'must be a whole number from 1 to 2147483647, not "soon".' },
    { key: 'isolation.level', message: 'must be one of read_committed, read_uncommitted, not "serializable".' },
  ]);
});

test('for callers that cannot go on, the problems are one error', () => {
  expect(() => kafkaSettings({})).toThrow(
    expect.objectContaining({ code: 'CONFIG_INVALID', context: { key: 'bootstrap.servers' } }),
  );
});

describe('SASL', () => {
  const sasl = { ...BOOTSTRAP, 'security.protocol': 'SASL_PLAINTEXT' };

  test('a PLAIN login from sasl.jaas.config', () => {
    const jaas =
      'org.apache.kafka.common.security.plain.PlainLoginModule required username="alice" password="a\\"b; c";';
    const settings = kafkaSettings({ ...sasl, 'sasl.mechanism': 'PLAIN', 'sasl.jaas.config': jaas });

    expect(settings.sasl).toEqual({ mechanism: 'PLAIN', username: 'alice', password: 'a"b; c' });
    expect(kafkaJsConfig(settings).sasl).toEqual({ mechanism: 'plain', username: 'alice', password: 'a"b; c' });
  });

  test('a SCRAM login from keys of its own', () => {
    const settings = kafkaSettings({
      ...sasl,
      'sasl.mechanism': 'SCRAM-SHA-512',
      'sasl.username': 'bob',
      'sasl.password': ' with blanks ',
    });

    expect(settings.sasl).toEqual({ mechanism: 'SCRAM-SHA-512', username: 'bob', password: ' with blanks ' });
  });

  test('client credentials for OAUTHBEARER', () => {
    const settings = kafkaSettings({
      ...sasl,
      'sasl.mechanism': 'OAUTHBEARER',
      'sasl.oauthbearer.token.endpoint.url': 'https://id.example.org/token',
      'sasl.jaas.config':
        'org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required clientId="c" clientSecret="s" extension_cluster="lkc-1";',
    });

    expect(settings.sasl).toEqual({
      mechanism: 'OAUTHBEARER',
      tokenEndpoint: 'https://id.example.org/token',
      clientId: 'c',
      clientSecret: 's',
      extensions: { cluster: 'lkc-1' },
    });
  });

  test.each([
    [{}, 'sasl.mechanism', /GSSAPI/],
    [{ 'sasl.mechanism': 'AWS_MSK_IAM' }, 'sasl.mechanism', /AWS_MSK_IAM/],
    [{ 'sasl.mechanism': 'PLAIN' }, 'sasl.jaas.config', /username/],
    [{ 'sasl.mechanism': 'PLAIN', 'sasl.jaas.config': 'gibberish' }, 'sasl.jaas.config', /cannot be read/],
    [
      {
        'sasl.mechanism': 'PLAIN',
        'sasl.jaas.config': 'org.example.ScramLoginModule required username="a" password="b";',
      },
      'sasl.jaas.config',
      /ScramLoginModule/,
    ],
  ])('%j is refused', (properties, key, message) => {
    const given: Record<string, string> = Object.fromEntries(Object.entries(properties));
    expect(problemsOf({ ...sasl, ...given })).toContainEqual({ key, message: expect.stringMatching(message) });
  });
});

describe('TLS', () => {
  const tls = { ...BOOTSTRAP, 'security.protocol': 'SSL' };

  test('names the server, and checks its name unless told otherwise', () => {
    const checked = kafkaSettings(tls);
    const unchecked = kafkaSettings({ ...tls, 'ssl.endpoint.identification.algorithm': '' });
    const address = { host: 'broker', port: 9092 };

    expect(connectionOptions(checked, address)).toMatchObject({ tls: {}, tlsServerName: 'broker' });
    expect(connectionOptions(checked, address).tls).not.toHaveProperty('checkServerIdentity');
    expect(connectionOptions(unchecked, address).tls).toHaveProperty('checkServerIdentity');
    expect(connectionOptions(checked, { host: '10.0.0.1', port: 1 })).not.toHaveProperty('tlsServerName');
  });

  test('certificates in a file and in the setting itself: nobody could tell which of them counts', () => {
    const both = { ...tls, 'ssl.truststore.location': '/a.pem', 'ssl.truststore.certificates': '-----BEGIN' };
    expect(problemsOf(both)[0]).toEqual({
      key: 'ssl.truststore.certificates',
      message: expect.stringMatching(/^and ssl\.truststore\.location are both given: remove one of them/),
    });
  });

  test('a store that cannot be read is a problem of its key', () => {
    expect(problemsOf({ ...tls, 'ssl.truststore.location': '/nowhere/trust.jks' })).toEqual([
      { key: 'ssl.truststore.location', message: expect.stringMatching(/^cannot be used: ENOENT/) },
    ]);
  });

  test('a key needs its certificate', () => {
    expect(problemsOf({ ...tls, 'ssl.keystore.key': 'x' })).toEqual([
      { key: 'ssl.keystore.certificate.chain', message: expect.stringMatching(/missing/) },
    ]);
  });
});
