/** TLS to front end, back end and MySQL port, with certificates made by openssl. */
import { readFileSync } from 'node:fs';
import { parseDorisSinkConfig } from '../../../connectors/doris/config.js';
import { DorisDriver } from '../../../connectors/doris/driver.js';
import { DorisSql } from '../../../connectors/doris/sql.js';
import { CertificateFolder } from '../../kafka/support/certificates.js';
import { startTestDouble, type TestDouble } from '../../sandbox/doris/support/client.js';
import { fresh, signal } from './support/driver-bench.js';
import { redirectTo, startServer } from './support/server.js';
import { failureOf, loadOf, prepared, rawConfig } from './support/sink.js';

let certificates: CertificateFolder;
let doris: TestDouble;
const closing: (() => Promise<void>)[] = [];

const EC = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];

/** For a node of the cluster, signed by the authority `ca`. */
function makeCertificate(name: string, names: string): void {
  certificates.openssl(
    ...['req', '-x509', ...EC, '-keyout', `${name}.key`, '-out', `${name}.pem`, '-subj', `/CN=${name}`],
    ...['-CA', 'ca.pem', '-CAkey', 'ca.key', '-addext', `subjectAltName=${names}`],
    ...['-addext', 'basicConstraints=critical,CA:FALSE'],
  );
}

async function doubleWith(
  name: string,
  users: Readonly<Record<string, string>> = { root: 'p@ss' },
): Promise<TestDouble> {
  const key = readFileSync(certificates.file(`${name}.key`), 'utf8');
  const cert = readFileSync(certificates.file(`${name}.pem`), 'utf8');
  return startTestDouble({ users, certificate: { key, cert } });
}

beforeAll(async () => {
  certificates = new CertificateFolder();
  for (const name of ['ca', 'other-ca']) {
    certificates.openssl(
      'req',
      '-x509',
      ...EC,
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.pem`,
      '-subj',
      `/CN=${name}`,
    );
  }
  makeCertificate('node', 'DNS:localhost,IP:127.0.0.1');
  makeCertificate('elsewhere', 'DNS:fe.example.org');
  doris = await doubleWith('node');
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});
afterAll(async () => {
  await doris.double.close();
  certificates.remove();
});

function configOf({ double }: TestDouble, changes: Readonly<Record<string, string>> = {}) {
  return parseDorisSinkConfig(
    rawConfig(double.fePort, {
      'doris.query.port': String(double.mysqlPort),
      'doris.password': 'p@ss',
      'doris.enable.tls': 'true',
      'doris.tls.ca-certificate-path': certificates.file('ca.pem'),
      ...changes,
    }),
  );
}

function driverOf(to: TestDouble, changes: Readonly<Record<string, string>> = {}): DorisDriver {
  const driver = new DorisDriver(configOf(to, changes));
  closing.push(() => driver.close());
  return driver;
}

const version = (config: ReturnType<typeof configOf>) =>
  new DorisSql(config).query('SELECT @@version_comment AS told', [], { context: {}, signal });

test('load, commit and lookup run over HTTPS', async () => {
  const driver = driverOf(doris);
  const reference = prepared(await driver.prepare(loadOf('over_tls', ['{"id":1,"name":"a"}']), fresh));
  expect(await driver.commit(reference, signal)).toBe('committed');
  expect(['COMMITTED', 'VISIBLE']).toContain(await driver.lookup('db', 'over_tls', signal));
});

test('an authority that is not ours is not believed', async () => {
  const failure = await failureOf(
    driverOf(doris, { 'doris.tls.ca-certificate-path': certificates.file('other-ca.pem') }).validate([], signal),
  );
  expect(failure).toMatchObject({ code: 'SINK_UNREACHABLE', hint: expect.stringContaining('ca-certificate-path') });
  expect(failure.message).toContain('The certificate of Doris is not accepted');
});

test('a certificate for another host is refused, unless the host name is not to be verified', async () => {
  const other = await doubleWith('elsewhere');
  closing.push(() => other.double.close());
  const failure = await failureOf(driverOf(other).validate([], signal));
  expect(failure.message).toMatch(/The certificate of Doris is not accepted.*127\.0\.0\.1/);
  await expect(
    driverOf(other, { 'doris.tls.skip-hostname-verification': 'true' }).validate([], signal),
  ).resolves.toEqual([]);
});

test('plain HTTP where TLS is expected, and the other way round, is told as what it is', async () => {
  const plain = await startTestDouble();
  closing.push(() => plain.double.close());
  const failure = await failureOf(driverOf(plain).validate([], signal));
  expect(failure.message).toContain('Doris does not speak TLS at this address');
  await failureOf(driverOf(doris, { 'doris.enable.tls': 'false' }).validate([], signal));
});

test('a redirect from HTTPS to plain HTTP is refused before the password is sent', async () => {
  const backend = await startServer((_, response) => response.writeHead(500).end());
  closing.push(backend.close);
  doris.double.faults.arm({ point: 'fe.redirect', phase: 'before', effect: { kind: 'redirect', to: backend.name } });
  closing.push(async () => doris.double.faults.disarm());
  const failure = await failureOf(driverOf(doris).prepare(loadOf('downgraded', ['{"id":1}']), fresh));
  expect(failure).toMatchObject({ code: 'SINK_REDIRECT_REFUSED', context: { key: 'doris.enable.tls' } });
  expect(backend.seen).toEqual([]);
});

test('a redirect from plain HTTP to HTTPS says what to set', async () => {
  const frontend = await startServer((seen, response, request) => {
    if (seen.method === 'GET') response.end(JSON.stringify({ msg: 'success', code: 0, data: 'UNKNOWN', count: 0 }));
    else redirectTo('https://127.0.0.1:8050/api/db/t/_stream_load?')(seen, response, request);
  });
  closing.push(frontend.close);
  const driver = new DorisDriver(parseDorisSinkConfig(rawConfig(frontend.port)));
  closing.push(() => driver.close());
  const failure = await failureOf(driver.prepare(loadOf('upgraded', ['{"id":1}']), fresh));
  expect(failure).toMatchObject({
    code: 'SINK_REDIRECT_REFUSED',
    hint: expect.stringContaining('doris.enable.tls=true'),
  });
});

describe('the MySQL port', () => {
  test.each(['127.0.0.1', 'localhost'])('is spoken to over TLS, as %s', async (host) => {
    const [row] = await version(configOf(doris, { 'doris.urls': host }));
    expect(row?.told).toContain('Sluice sandbox double');
  });

  test('is not believed with another authority', async () => {
    const config = configOf(doris, { 'doris.tls.ca-certificate-path': certificates.file('other-ca.pem') });
    expect((await failureOf(version(config))).message).toMatch(/certificate/);
  });

  test.each(['127.0.0.1', 'localhost'])('is not believed under another name than its own: %s', async (host) => {
    const other = await doubleWith('elsewhere');
    closing.push(() => other.double.close());
    const failure = await failureOf(version(configOf(other, { 'doris.urls': host })));
    expect(failure.message).toMatch(/does not match certificate/);
    const trusting = { 'doris.urls': host, 'doris.tls.skip-hostname-verification': 'true' };
    expect(await version(configOf(other, trusting))).toHaveLength(1);
  });

  test('can be left out of TLS, and says so in its own words when the password is wrong', async () => {
    const plain = configOf(doris, { 'doris.tls.excluded-protocols': 'mysql' });
    expect(await version(plain)).toHaveLength(1);
    const failure = await failureOf(version(configOf(doris, { 'doris.password': 'wrong' })));
    expect(failure).toMatchObject({ code: 'SINK_AUTHENTICATION_FAILED', retryable: false });
  });
});

test('a certificate file that is none is a mistake in the configuration', () => {
  for (const path of ['/nowhere/ca.pem', certificates.file('ca.key')]) {
    expect(() => driverOf(doris, { 'doris.tls.ca-certificate-path': path })).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', context: { key: 'doris.tls.ca-certificate-path' } }),
    );
  }
});
