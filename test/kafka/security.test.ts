import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:tls';
import { PASSWORD } from './support/certificates.js';
import { record, TestKafka } from './support/kafka.js';
import { SESSION_MS, SecuredBroker, USER } from './support/secured-broker.js';

type Properties = Record<string, string>;

let broker: SecuredBroker;
beforeAll(async () => {
  broker = await SecuredBroker.start();
}, 120_000);
afterAll(() => broker?.stop());

const trust = (): Properties => ({
  'ssl.truststore.location': broker.certificates.file('trust-broker.jks'),
  'ssl.truststore.password': PASSWORD,
});
const identity = (): Properties => ({
  'ssl.keystore.location': broker.certificates.file('client.jks'),
  'ssl.keystore.password': PASSWORD,
});
const login = (mechanism: string, password: string = USER.password): Properties => ({
  'sasl.mechanism': mechanism,
  'sasl.username': USER.name,
  'sasl.password': password,
});
const sasl = (more: Properties): Properties => ({
  'bootstrap.servers': broker.bootstrap('SASL_PLAINTEXT'),
  'security.protocol': 'SASL_PLAINTEXT',
  ...more,
});
const saslOverTls = (more: Properties): Properties => ({
  'bootstrap.servers': broker.bootstrap('SASL_SSL'),
  'security.protocol': 'SASL_SSL',
  ...trust(),
  ...more,
});
const tls = (more: Properties): Properties => ({
  'bootstrap.servers': broker.bootstrap('SSL'),
  'security.protocol': 'SSL',
  ...more,
});

/** Writes through kafkajs and reads through the range reader: both take the settings. */
async function roundTrip(properties: Properties): Promise<string[][]> {
  const kafka = new TestKafka(properties);
  try {
    const topic = await kafka.topic();
    await kafka.producer().send(topic, [record('over a secured line')]);
    return (await kafka.read(await kafka.wholeTopic(topic))).values;
  } finally {
    await kafka.close();
  }
}

/** What connecting fails with. */
async function refusal(properties: Properties): Promise<unknown> {
  const kafka = new TestKafka(properties);
  try {
    return await kafka.cluster.topics({ names: [], missing: 'skip' }).then(() => kafka.cluster.clusterId());
  } catch (error) {
    return error;
  } finally {
    await kafka.close();
  }
}

test.each(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'])('SASL %s', async (mechanism) => {
  expect(await roundTrip(sasl(login(mechanism)))).toEqual([['over a secured line']]);
});

test('SASL OAUTHBEARER with unsecured tokens', async () => {
  const module = 'org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule';
  const jaas = `${module} required unsecuredLoginStringClaim_sub="${USER.name}";`;

  expect(await roundTrip(sasl({ 'sasl.mechanism': 'OAUTHBEARER', 'sasl.jaas.config': jaas }))).toEqual([
    ['over a secured line'],
  ]);
});

test('SASL over TLS', async () => {
  expect(await roundTrip(saslOverTls(login('SCRAM-SHA-512')))).toEqual([['over a secured line']]);
});

test('logging in again when the session ends goes unnoticed', async () => {
  const writer = new TestKafka(saslOverTls(login('SCRAM-SHA-256')));
  const reader = new TestKafka(saslOverTls(login('PLAIN')));
  const topic = await writer.topic();
  await writer.producer().send(topic, [record('v')]);
  const until = Date.now() + 2.5 * SESSION_MS;
  while (Date.now() < until) {
    expect((await reader.read(await reader.wholeTopic(topic))).values).toEqual([['v']]);
  }
  await Promise.all([writer.close(), reader.close()]);
});

test('TLS on both sides, from JKS stores', async () => {
  expect(await roundTrip(tls({ ...trust(), ...identity() }))).toEqual([['over a secured line']]);
});

test('trust from a PKCS12 store, and who we are as PEM on one line', async () => {
  broker.certificates.trust('broker', 'trust-broker.p12', 'PKCS12');
  broker.certificates.keytool(
    ...['-importkeystore', '-srckeystore', 'client.jks', '-destkeystore', 'client.p12', '-deststoretype', 'PKCS12'],
    ...['-srcstorepass', PASSWORD, '-deststorepass', PASSWORD],
  );
  broker.certificates.openssl(
    ...['pkcs12', '-in', 'client.p12', '-nodes', '-nocerts', '-passin', `pass:${PASSWORD}`, '-out', 'client.key'],
  );
  const oneLine = (name: string) =>
    /-----BEGIN[\s\S]*-----END [A-Z ]+-----/
      .exec(readFileSync(broker.certificates.file(name), 'utf8'))?.[0]
      .replaceAll('\n', ' ') ?? '';
  const properties = tls({
    'ssl.truststore.location': broker.certificates.file('trust-broker.p12'),
    'ssl.truststore.password': PASSWORD,
    'ssl.truststore.type': 'PKCS12',
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.key': oneLine('client.key'),
    'ssl.keystore.certificate.chain': oneLine('client.pem'),
  });

  expect(await roundTrip(properties)).toEqual([['over a secured line']]);
});

test('trust in PEM, without checking the host name', async () => {
  const properties = tls({
    ...identity(),
    'bootstrap.servers': broker.bootstrap('SSL', '127.0.0.1'),
    'ssl.truststore.certificates': readFileSync(broker.certificates.file('broker.pem'), 'utf8'),
    'ssl.endpoint.identification.algorithm': '',
  });

  expect(await roundTrip(properties)).toEqual([['over a secured line']]);
});

const refused = { code: 'KAFKA_AUTHENTICATION_FAILED', retryable: false };

test.each(['PLAIN', 'SCRAM-SHA-256'])(
  'a wrong password for %s is told at once, in the broker’s words',
  async (mechanism) => {
    expect(await refusal(sasl(login(mechanism, 'wrong')))).toMatchObject({
      ...refused,
      message: expect.stringMatching(/Authentication failed|credentials/i),
    });
  },
);

test('a broker that is not trusted is told', async () => {
  expect(
    await refusal(
      saslOverTls({
        ...login('PLAIN'),
        'ssl.truststore.location': broker.certificates.file('client.pem'),
        'ssl.truststore.type': 'PEM',
      }),
    ),
  ).toMatchObject(refused);
});

test('a certificate for another host is told', async () => {
  expect(
    await refusal(tls({ ...trust(), ...identity(), 'bootstrap.servers': broker.bootstrap('SSL', '127.0.0.1') })),
  ).toMatchObject({
    ...refused,
    message: expect.stringMatching(/127\.0\.0\.1/),
  });
});

test('a missing client certificate is told', async () => {
  expect(await refusal(tls(trust()))).toMatchObject({ ...refused, hint: expect.stringContaining('ssl.keystore') });
});

test('a certificate that has expired is told, with its remedy', async () => {
  const { certificates } = broker;
  certificates.identity('old', 'old.p12', 'PKCS12', 'RSA', ['-startdate', '-3d', '-validity', '1']);
  const pfx = readFileSync(certificates.file('old.p12'));
  const server = createServer({ pfx, passphrase: PASSWORD }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const { port } = server.address() as AddressInfo;
    const properties = tls({
      'bootstrap.servers': `localhost:${port}`,
      'ssl.truststore.location': certificates.file('old.pem'),
      'ssl.truststore.type': 'PEM',
    });
    const expired = {
      ...refused,
      message: expect.stringMatching(/certificate has expired/),
      hint: expect.stringMatching(/^Renew the certificate of the broker/),
    };
    expect(await refusal(properties)).toMatchObject(expired);
    const kafka = new TestKafka(properties);
    await expect(kafka.producer().send('t', [record('v')])).rejects.toMatchObject(expired);
    await kafka.close();
  } finally {
    server.close();
  }
}, 60_000);

test.each(['JKS', 'PKCS12'])('a wrong password of a %s trust store is told before anything is connected', (type) => {
  const store = type === 'JKS' ? 'trust-broker.jks' : 'trust-client.p12';
  const properties = tls({
    'ssl.truststore.location': broker.certificates.file(store),
    'ssl.truststore.password': 'wrong',
    'ssl.truststore.type': type,
  });
  expect(() => new TestKafka(properties)).toThrow(
    expect.objectContaining({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(/ssl\.truststore\.location: cannot be used: .*password is wrong/),
    }),
  );
});

test('kafkajs clients report a wrong password the same way', async () => {
  const kafka = new TestKafka(sasl(login('PLAIN', 'wrong')));

  await expect(kafka.producer().send('t', [record('v')])).rejects.toMatchObject(refused);
  await kafka.close();
});
