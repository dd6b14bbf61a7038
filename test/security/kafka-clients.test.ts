/** A connector on a secured Kafka cluster, configured as users do: in the worker's file, and in the connector's own. */
import { readFileSync } from 'node:fs';
import { Rig, randomName, until } from '../integration/rig.js';
import { PASSWORD } from '../kafka/support/certificates.js';
import { TestKafka } from '../kafka/support/kafka.js';
import { SecuredBroker, USER } from '../kafka/support/secured-broker.js';

type Properties = Record<string, string>;

let broker: SecuredBroker;
let rig: Rig;
let ownKafka: string | undefined;

beforeAll(async () => {
  broker = await SecuredBroker.start();
  // The rig writes to the broker without security; what is tested never uses that listener.
  ownKafka = process.env.SLUICE_TEST_KAFKA;
  process.env.SLUICE_TEST_KAFKA = broker.bootstrap('PLAINTEXT');
  rig = await Rig.start();
  await rig.sql.query('CREATE DATABASE shop');
}, 120_000);
afterAll(async () => {
  process.env.SLUICE_TEST_KAFKA = ownKafka;
  await rig?.close();
  await broker?.stop();
}, 60_000);

const file = (name: string) => broker.certificates.file(name);
const prefixed = (prefix: string, properties: Properties): Properties =>
  Object.fromEntries(Object.entries(properties).map(([key, value]) => [`${prefix}${key}`, value]));

/** As both documents of the connector have it, with the key store that this broker asks for. */
const documented = (): Properties => ({
  'security.protocol': 'SSL',
  ...trustStore(),
  'ssl.keystore.location': file('client.jks'),
  'ssl.keystore.password': PASSWORD,
});

const trustStore = (): Properties => ({
  'ssl.truststore.location': file('trust-broker.jks'),
  'ssl.truststore.password': PASSWORD,
});

const scram = (): Properties => ({
  'bootstrap.servers': broker.bootstrap('SASL_SSL'),
  'security.protocol': 'SASL_SSL',
  'sasl.mechanism': 'SCRAM-SHA-512',
  'sasl.jaas.config': `org.apache.kafka.common.security.scram.ScramLoginModule required username="${USER.name}" password="${USER.password}";`,
  // As a user pastes it into one line of a properties file.
  'ssl.truststore.certificates': readFileSync(file('broker.pem'), 'utf8').replaceAll('\n', ' '),
});

const oauth = (): Properties => ({
  'bootstrap.servers': broker.bootstrap('SASL_PLAINTEXT'),
  'security.protocol': 'SASL_PLAINTEXT',
  'sasl.mechanism': 'OAUTHBEARER',
  'sasl.jaas.config': `org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="${USER.name}";`,
});

const nobody = (): Properties => ({
  ...scram(),
  'sasl.jaas.config': '',
  'sasl.username': 'nobody',
  'sasl.password': 'x',
});

async function withWorker<T>(properties: Properties, work: () => Promise<T>): Promise<T> {
  await rig.startWorker(properties);
  try {
    return await work();
  } finally {
    await rig.stopWorker();
  }
}

/** A topic with one record, and a connector for it. */
async function connector(more: Properties = {}): Promise<{ name: string; table: string }> {
  const name = randomName('secured');
  const table = `shop.${name.replaceAll('-', '_')}`;
  await rig.createTopic(name);
  await rig.produce(name, ['{"id":1}']);
  await rig.sql.query(`CREATE TABLE ${table} (id INT) DUPLICATE KEY(id) DISTRIBUTED BY HASH(id) BUCKETS 1`);
  await rig.startConnector(rig.config(name, { topics: name, 'doris.topic2table.map': `${name}:${table}`, ...more }));
  return { name, table };
}

async function failureOf(name: string): Promise<string> {
  const status = await rig.reaches(name, 'FAILED');
  return (status.failure ?? status.tasks.find((task) => task.failure !== undefined)?.failure)?.message ?? '';
}

test("the worker's file of the documents: the same keys for the worker, and behind consumer.", async () => {
  const own = { 'bootstrap.servers': broker.bootstrap('SSL'), ...documented() };
  await withWorker({ ...own, ...prefixed('consumer.', documented()) }, async () => {
    const { table } = await connector();
    await rig.holds(table, 1);
  });
});

test.each([
  ['consumer. of the worker', () => prefixed('consumer.', scram()), () => ({})],
  ['consumer.override. of the connector', () => ({}), () => prefixed('consumer.override.', scram())],
  ['consumer. of the connector', () => ({}), () => prefixed('consumer.', oauth())],
  [
    'the override before all others',
    () => prefixed('consumer.', nobody()),
    () => prefixed('consumer.override.', scram()),
  ],
])('%s counts before what the worker says of all clients', async (_title, ofWorker, ofConnector) => {
  await withWorker({ ...nobody(), ...ofWorker() }, async () => {
    const { table } = await connector(ofConnector());
    await rig.holds(table, 1);
  });
});

test('what is wrong is told by the connector, with the key, and no secret', async () => {
  await withWorker({ ...nobody(), 'ssl.truststore.certificates': '', ...trustStore() }, async () => {
    const { name } = await connector();
    expect(await failureOf(name)).toMatch(/Authentication.*sasl\.mechanism/s);

    const wrongStore = await connector(
      prefixed('consumer.override.', {
        'bootstrap.servers': broker.bootstrap('SSL'),
        ...documented(),
        'ssl.truststore.password': 'a-wr0ng-secret',
      }),
    );
    const message = await failureOf(wrongStore.name);
    expect(message).toMatch(/ssl\.truststore\.location: cannot be used: .*password is wrong/);
    expect(message).not.toContain('a-wr0ng-secret');

    const distrusted = await connector(
      prefixed('consumer.override.', {
        ...scram(),
        'ssl.truststore.location': '',
        'ssl.truststore.certificates': readFileSync(file('client.pem'), 'utf8'),
      }),
    );
    expect(await failureOf(distrusted.name)).toMatch(/TLS connection to Kafka failed.*ssl\.truststore\.location/s);
  });
});

test("dead letters are written with the producer's settings, their topic is made with the admin's", async () => {
  const plain = {
    'bootstrap.servers': broker.bootstrap('SASL_PLAINTEXT'),
    'security.protocol': 'SASL_PLAINTEXT',
    'sasl.mechanism': 'PLAIN',
    'sasl.username': USER.name,
    'sasl.password': USER.password,
  };
  // The worker's own settings are nobody's: each client has to take those that are meant for it.
  const worker = { ...nobody(), ...prefixed('consumer.', scram()), ...prefixed('admin.', scram()) };
  await withWorker(worker, async () => {
    const dead = randomName('dead');
    const letters = {
      'errors.tolerance': 'all',
      'errors.deadletterqueue.topic.name': dead,
      'errors.deadletterqueue.topic.replication.factor': '1',
    };
    const { name, table } = await connector({
      ...letters,
      ...prefixed('producer.override.', plain),
    });
    await rig.produce(name, ['this is no JSON', '{"id":2}']);
    await rig.holds(table, 2);
    const reader = new TestKafka({ 'bootstrap.servers': broker.bootstrap('PLAINTEXT') });
    try {
      const values = await until('the dead letter', async () => {
        const read = await reader.read(await reader.wholeTopic(dead));
        return read.values.flat().length > 0 && read.values.flat();
      });
      expect(values).toEqual(['this is no JSON']);
    } finally {
      await reader.close();
    }

    const refused = await connector({ ...letters, 'errors.deadletterqueue.topic.name': randomName('dead') });
    expect(await failureOf(refused.name)).toMatch(/Authentication.*sasl\.mechanism/s);
  });
}, 120_000);
