/** Ways of loading into Doris as users configure them, each from Kafka to the table. */
import { readFileSync } from 'node:fs';
import { CertificateFolder } from '../kafka/support/certificates.js';
import { Rig, randomName } from './rig.js';

const JSON_ROWS = { 'value.converter': 'JsonConverter', 'value.converter.schemas.enable': 'false' };

let certificates: CertificateFolder;
let rig: Rig;

beforeAll(async () => {
  certificates = new CertificateFolder();
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  certificates.openssl(
    ...['req', '-x509', ...curve, '-keyout', 'node.key', '-out', 'node.pem', '-subj', '/CN=node'],
    ...['-addext', 'subjectAltName=IP:127.0.0.1'],
  );
  const [key, cert] = ['node.key', 'node.pem'].map((name) => readFileSync(certificates.file(name), 'utf8'));
  rig = await Rig.start({ certificate: { key: key ?? '', cert: cert ?? '' }, groupCommitIntervalMs: 20 });
  await rig.startWorker();
  for (const database of ['shop', 'crm']) await rig.sql.query(`CREATE DATABASE ${database}`);
}, 120_000);
afterAll(async () => {
  await rig.close();
  certificates.remove();
}, 60_000);

/** Everything here runs over TLS. */
const secured = () => ({
  'doris.database': 'shop',
  'doris.enable.tls': 'true',
  'doris.tls.ca-certificate-path': certificates.file('node.pem'),
});

async function createTable(name: string): Promise<void> {
  await rig.sql.query(
    `CREATE TABLE ${name} (id INT NOT NULL, name VARCHAR(20)) DUPLICATE KEY(id) DISTRIBUTED BY HASH(id) BUCKETS 1`,
  );
}

async function idsOf(table: string): Promise<number[]> {
  const rows = await rig.query<{ id: number }>(`SELECT id FROM ${table} ORDER BY id`);
  return rows.map(({ id }) => Number(id));
}

test.each(['stream_load', 'copy_into'])(
  'records name their tables, in several databases: %s',
  async (model) => {
    const topic = randomName('by_field').replaceAll('-', '_');
    await rig.createTopic(topic, 2);
    for (const table of [`shop.${topic}`, `shop.${topic}_a`, `crm.${topic}_b`]) await createTable(table);
    const row = (id: number, table?: string) =>
      JSON.stringify({ id, name: 'x', ...(table === undefined ? {} : { table }) });
    await rig.produce(topic, [row(1, `${topic}_a`), row(2, `crm.${topic}_b`), row(3)], 0);
    await rig.produce(topic, [row(4, `crm.${topic}_b`), row(5, `${topic}_a`)], 1);
    await rig.startConnector(
      rig.config(topic, {
        ...secured(),
        ...JSON_ROWS,
        topics: topic,
        'load.model': model,
        'record.tablename.field': 'table',
      }),
    );
    await rig.holds(`crm.${topic}_b`, 2);
    await rig.holds(`shop.${topic}_a`, 2);
    await rig.holds(`shop.${topic}`, 1);
    expect([await idsOf(`shop.${topic}`), await idsOf(`shop.${topic}_a`), await idsOf(`crm.${topic}_b`)]).toEqual([
      [3],
      [1, 5],
      [2, 4],
    ]);
  },
  60_000,
);

test('topics go where patterns send them, and filtered rows are shown', async () => {
  const shop = randomName('shop_orders').replaceAll('-', '_');
  await rig.createTopic(shop);
  await createTable(`crm.ods_${shop.slice(5)}`);
  await rig.produce(shop, ['{"id":1,"name":"a"}', '{"id":2,"name":"far too long for this column"}', '{"id":3}']);
  await rig.startConnector(
    rig.config(shop, {
      ...secured(),
      topics: shop,
      'doris.topic2table.regex': 'shop_(.*):crm.ods_$1',
      'sink.properties.max_filter_ratio': '0.5',
    }),
  );
  await rig.holds(`crm.ods_${shop.slice(5)}`, 2);
  const status = await rig.reaches(shop, 'RUNNING');
  expect(status.totals).toMatchObject({ rowsLoaded: 2, rowsFiltered: 1 });
  expect(await idsOf(`crm.ods_${shop.slice(5)}`)).toEqual([1, 3]);
}, 60_000);

test('group commit says at once what it does not promise', async () => {
  const topic = randomName('grouped').replaceAll('-', '_');
  await rig.createTopic(topic);
  await createTable(`shop.${topic}`);
  await rig.produce(topic, ['1\u0001a', '2\u0001b']);
  await rig.startConnector(
    rig.config(topic, {
      ...secured(),
      topics: topic,
      'sink.properties.group_commit': 'sync_mode',
      'sink.properties.format': 'csv',
      'sink.properties.column_separator': '\\x01',
    }),
  );
  await rig.holds(`shop.${topic}`, 2);
  const status = await rig.reaches(topic, 'RUNNING');
  expect(JSON.stringify(status)).toMatch(/at_least_once.*group commit|group commit.*at_least_once/);
}, 60_000);
