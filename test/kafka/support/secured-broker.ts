/** A Kafka broker of one's own with TLS and SASL listeners, from the jars that the test run's broker uses. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CertificateFolder, PASSWORD } from './certificates.js';

export const USER = { name: 'alice', password: 'alice-secret' } as const;
/** PLAIN users are in the broker's JAAS file, SCRAM users in the cluster's metadata. */
const LISTENERS = ['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL', 'CONTROLLER'] as const;
type Listener = (typeof LISTENERS)[number];

/** How long a PLAIN login on the SASL_SSL listener is good: so short that clients log in again while the tests run. */
export const SESSION_MS = 2_000;
const START_ATTEMPTS = 3;
const START_TIMEOUT_MS = 60_000;

/** The broker's certificate names `localhost` only; its SSL listener wants a client certificate. */
export class SecuredBroker {
  readonly certificates: CertificateFolder;
  readonly #directory: string;
  readonly #ports: Readonly<Record<Listener, number>>;
  readonly #process: ChildProcess;

  private constructor(
    certificates: CertificateFolder,
    directory: string,
    ports: Readonly<Record<Listener, number>>,
    broker: ChildProcess,
  ) {
    this.certificates = certificates;
    this.#directory = directory;
    this.#ports = ports;
    this.#process = broker;
  }

  /** Tries again when another process has taken one of the ports meanwhile. */
  static async start(): Promise<SecuredBroker> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await SecuredBroker.#startOnce();
      } catch (error) {
        if (attempt === START_ATTEMPTS) throw error;
      }
    }
  }

  static async #startOnce(): Promise<SecuredBroker> {
    const directory = mkdtempSync(join(tmpdir(), 'sluice-secured-broker-'));
    const certificates = new CertificateFolder();
    certificates.identity('broker', 'broker.p12', 'PKCS12');
    certificates.identity('client', 'client.jks', 'JKS');
    certificates.trust('broker', 'trust-broker.jks', 'JKS');
    certificates.trust('client', 'trust-client.p12', 'PKCS12');
    const ports = await freePorts();
    const properties = join(directory, 'server.properties');
    writeFileSync(properties, serverProperties(directory, certificates, ports));
    await format(properties);
    const log = openSync(join(directory, 'broker.log'), 'w');
    const broker = spawn('java', ['-Xmx256m', '-cp', classPath(), 'kafka.Kafka', properties], {
      stdio: ['ignore', log, log],
    });
    const started = new SecuredBroker(certificates, directory, ports, broker);
    try {
      await started.#ready();
      return started;
    } catch (error) {
      await started.stop();
      throw error;
    }
  }

  bootstrap(listener: Exclude<Listener, 'CONTROLLER'>, host = 'localhost'): string {
    return `${host}:${this.#ports[listener]}`;
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      const exited = once(this.#process, 'exit');
      this.#process.kill('SIGKILL');
      await exited;
    }
    this.certificates.remove();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  /** All listeners open together. */
  async #ready(): Promise<void> {
    const deadline = Date.now() + START_TIMEOUT_MS;
    const log = () => readFileSync(join(this.#directory, 'broker.log'), 'utf8');
    while (!(await this.#listens())) {
      if (this.#process.exitCode !== null || Date.now() > deadline)
        throw new Error(`The broker did not start:\n${log()}`);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  #listens(): Promise<boolean> {
    return new Promise((resolve) => {
      const socket = connect(this.#ports.SASL_SSL, '127.0.0.1');
      socket.once('connect', () => resolve(true));
      socket.once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
  }
}

function classPath(): string {
  const folder = process.env.SLUICE_KAFKA_LIB;
  if (folder === undefined) throw new Error('SLUICE_KAFKA_LIB is not set: Jest’s global set-up installs Kafka.');
  return join(folder, '*');
}

async function format(properties: string): Promise<void> {
  const scram = ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((mechanism) => [
    '--add-scram',
    `${mechanism}=[name=${USER.name},password=${USER.password}]`,
  ]);
  const clusterId = Buffer.from('secured-broker-1').toString('base64url');
  const parameters = [
    '-cp',
    classPath(),
    'kafka.tools.StorageTool',
    'format',
    '-t',
    clusterId,
    '-c',
    properties,
    ...scram,
  ];
  await promisify(execFile)('java', parameters);
}

function serverProperties(
  directory: string,
  certificates: CertificateFolder,
  ports: Readonly<Record<Listener, number>>,
): string {
  const addresses = (names: readonly Listener[], host: string) =>
    names.map((name) => `${name}://${host}:${ports[name]}`).join(',');
  const jaas = (mechanism: string, login: string) => [
    `listener.name.sasl_plaintext.${mechanism}.sasl.jaas.config=${login}`,
    `listener.name.sasl_ssl.${mechanism}.sasl.jaas.config=${login}`,
  ];
  const security = 'org.apache.kafka.common.security';
  return [
    'process.roles=broker,controller',
    'node.id=1',
    `controller.quorum.voters=1@127.0.0.1:${ports.CONTROLLER}`,
    `listeners=${addresses(LISTENERS, '127.0.0.1')}`,
    `advertised.listeners=${addresses(LISTENERS.slice(0, -1), 'localhost')}`,
    'controller.listener.names=CONTROLLER',
    `listener.security.protocol.map=CONTROLLER:PLAINTEXT,${LISTENERS.slice(0, -1)
      .map((name) => `${name}:${name}`)
      .join(',')}`,
    'inter.broker.listener.name=PLAINTEXT',
    `log.dirs=${join(directory, 'logs')}`,
    'offsets.topic.replication.factor=1',
    'transaction.state.log.replication.factor=1',
    'transaction.state.log.min.isr=1',
    'sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER',
    ...jaas('plain', `${security}.plain.PlainLoginModule required user_${USER.name}="${USER.password}";`),
    ...jaas('scram-sha-256', `${security}.scram.ScramLoginModule required;`),
    ...jaas('scram-sha-512', `${security}.scram.ScramLoginModule required;`),
    ...jaas(
      'oauthbearer',
      `${security}.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="${USER.name}";`,
    ),
    `ssl.keystore.location=${certificates.file('broker.p12')}`,
    `ssl.keystore.password=${PASSWORD}`,
    'ssl.keystore.type=PKCS12',
    `ssl.truststore.location=${certificates.file('trust-client.p12')}`,
    `ssl.truststore.password=${PASSWORD}`,
    'ssl.truststore.type=PKCS12',
    'listener.name.ssl.ssl.client.auth=required',
    `listener.name.sasl_ssl.plain.connections.max.reauth.ms=${SESSION_MS}`,
  ].join('\n');
}

/** Ports that were free a moment ago. */
async function freePorts(): Promise<Record<Listener, number>> {
  const entries = await Promise.all(
    LISTENERS.map(async (name) => {
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      return { name, server };
    }),
  );
  const ports = entries.map(({ name, server }) => {
    const address = server.address();
    return [name, typeof address === 'object' && address !== null ? address.port : 0] as const;
  });
  await Promise.all(entries.map(({ server }) => new Promise((resolve) => server.close(resolve))));
  return Object.fromEntries(ports) as Record<Listener, number>;
}
