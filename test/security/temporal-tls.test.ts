/**
 * Temporal behind TLS with certificates on both sides, as in production: the command and the worker take them from
 * Temporal's own environment variables. A small proxy ends TLS in front of the test run's server.
 */
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import net, { type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { sluice } from '../client/support/terminal.js';
import { Rig, randomName } from '../integration/rig.js';
import { CertificateFolder } from '../kafka/support/certificates.js';
import { temporalAddress } from '../support/temporal.js';
import { polls, spawnWorker, type WorkerProcess } from './support/worker-process.js';

let certificates: CertificateFolder;
let proxy: TlsProxy;
let rig: Rig;
let folder: string;
const workers: WorkerProcess[] = [];

beforeAll(async () => {
  certificates = new CertificateFolder();
  for (const authority of ['ca', 'other-ca']) makeAuthority(authority);
  for (const [name, authority] of [
    ['server', 'ca'],
    ['client', 'ca'],
    ['stranger', 'other-ca'],
  ] as const) {
    makeCertificate(name, authority);
  }
  proxy = await startProxy();
  rig = await Rig.start();
  folder = await mkdtemp(join(tmpdir(), 'sluice-tls-'));
}, 120_000);
afterAll(async () => {
  for (const worker of workers) await worker.stop();
  await rig.close();
  await proxy.close();
  certificates.remove();
  await rm(folder, { recursive: true });
}, 60_000);

function makeAuthority(name: string): void {
  certificates.openssl(
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
    ...['-keyout', `${name}.key`, '-out', `${name}.pem`, '-subj', `/CN=${name}`],
  );
}

/** For this machine, signed by the authority. */
function makeCertificate(name: string, authority: string): void {
  certificates.openssl(
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
    ...['-keyout', `${name}.key`, '-out', `${name}.pem`, '-subj', `/CN=${name}`],
    ...['-CA', `${authority}.pem`, '-CAkey', `${authority}.key`],
    ...['-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1', '-addext', 'basicConstraints=critical,CA:FALSE'],
  );
}

interface TlsProxy {
  readonly address: string;
  /** Connections whose certificate was taken. */
  accepted(): number;
  close(): Promise<void>;
}

async function startProxy(): Promise<TlsProxy> {
  const pem = (name: string) => readFile(certificates.file(name));
  const [host = '', port = ''] = temporalAddress().split(':');
  const sockets = new Set<Socket>();
  let accepted = 0;
  const server = tls.createServer({
    key: await pem('server.key'),
    cert: await pem('server.pem'),
    ca: await pem('ca.pem'),
    requestCert: true,
    rejectUnauthorized: true,
    ALPNProtocols: ['h2'],
  });
  server.on('secureConnection', (secure) => {
    accepted++;
    const plain = net.connect(Number(port), host);
    for (const [one, other] of [
      [secure, plain],
      [plain, secure],
    ] as const) {
      sockets.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => other.destroy());
      one.pipe(other);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    accepted: () => accepted,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** Temporal's environment variables for these certificates. */
function environment(ca: string, client?: string): Record<string, string> {
  return {
    TEMPORAL_ADDRESS: proxy.address,
    TEMPORAL_TLS: 'true',
    TEMPORAL_TLS_SERVER_CA_CERT_PATH: certificates.file(`${ca}.pem`),
    ...(client === undefined
      ? {}
      : {
          TEMPORAL_TLS_CLIENT_CERT_PATH: certificates.file(`${client}.pem`),
          TEMPORAL_TLS_CLIENT_KEY_PATH: certificates.file(`${client}.key`),
        }),
  };
}

test('the worker and the command over mutual TLS: a connector loads', async () => {
  const env = environment('ca', 'client');
  const { 'temporal.address': _plain, ...properties } = rig.workerProperties();
  const worker = await spawnWorker({ folder, properties: { ...properties, 'log.level': 'info' }, env });
  workers.push(worker);
  await polls(worker);

  const topic = randomName('tls');
  const table = `shop.${topic.replaceAll('-', '_')}`;
  await rig.createTopic(topic);
  await rig.createTable('shop', `CREATE TABLE ${table} (id INT) DUPLICATE KEY(id) DISTRIBUTED BY HASH(id) BUCKETS 1`);
  await rig.produce(topic, ['{"id":1}']);
  const config = rig.config(topic, { topics: topic, 'doris.topic2table.map': `${topic}:${table}` });
  const file = join(folder, `${topic}.json`);
  await writeFile(file, JSON.stringify({ name: topic, config }));
  const connector = (...argv: string[]) =>
    sluice(['connector', ...argv, '--task-queue', worker.taskQueue], { HOME: folder, ...env });
  expect(await connector('start', file)).toMatchObject({ code: 0, out: expect.stringContaining('RUNNING') });
  await rig.holds(table, 1);
  expect(await connector('delete', topic)).toMatchObject({ code: 0 });
  expect(proxy.accepted()).toBeGreaterThan(2);
}, 120_000);

test.each<[string, () => Record<string, string>, RegExp]>([
  ['a server that another authority has signed', () => environment('other-ca', 'client'), /TLS fails: .*certificate/],
  [
    'a client that another authority has signed',
    () => environment('ca', 'stranger'),
    /TLS fails: .*certificate of the client/,
  ],
  ['a client without a certificate', () => environment('ca'), /TLS fails: .*certificate required/],
  [
    'a name that is not in the certificate',
    () => ({ ...environment('ca', 'client'), TEMPORAL_TLS_SERVER_NAME: 'elsewhere.example' }),
    /TLS fails: .*elsewhere\.example/,
  ],
])(
  '%s is refused, by the command and by the worker, with the reason',
  async (_title, env, reason) => {
    const worker = await spawnWorker({ folder, properties: rig.workerProperties(), env: env() });
    const status = await sluice(['connector', 'list'], { HOME: folder, ...env() });
    expect(status).toMatchObject({
      code: 4,
      err: expect.stringContaining(`Temporal at ${proxy.address} does not answer`),
    });
    expect(status.err).toMatch(reason);
    expect(status.err).toMatch('TEMPORAL_TLS_');
    expect(await worker.ended()).toBe(4);
    expect(worker.output()).toMatch(reason);
    expect(worker.output()).not.toContain('worker is polling');
  },
  60_000,
);
