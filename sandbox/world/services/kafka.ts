/** A Kafka broker: one process in KRaft mode, broker and controller at once; or a broker that runs already. */

import { randomBytes } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { SluiceError } from '../../../connect/errors.js';
import { findJava, installKafka } from '../install/kafka.js';
import { runTool } from '../install/tools.js';
import { SANDBOX_HOST } from '../ports.js';
import type { Preparation, Service } from '../service.js';

export interface KafkaPorts {
  kafka: number;
  kafkaController: number;
}

/** What one broker is made of. */
export interface BrokerOptions {
  readonly name: string;
  readonly title: string;
  readonly ports: Service['ports'];
  readonly nodeId: number;
  /** Where it is asked whether it is ready, `host:port`. */
  readonly bootstrap: string;
  /** Brokers of one cluster have the same; a new one by default. */
  readonly clusterId?: string;
  /** Of server.properties, beside those that all brokers of a sandbox have. */
  readonly properties: Readonly<Record<string, string | number>>;
  readonly javaOptions: readonly string[];
}

/** A broker of our own. Topics are never made by mistake, and records are kept for ever, however old they are. */
export function kafkaService({ kafka, kafkaController }: KafkaPorts): Service {
  const bootstrap = `${SANDBOX_HOST}:${kafka}`;
  return brokerService({
    name: 'kafka',
    title: 'Kafka',
    ports: { kafka, kafkaController },
    nodeId: 1,
    bootstrap,
    properties: {
      'process.roles': 'broker,controller',
      'controller.quorum.voters': `1@${SANDBOX_HOST}:${kafkaController}`,
      listeners: `PLAINTEXT://${bootstrap},CONTROLLER://${SANDBOX_HOST}:${kafkaController}`,
      'advertised.listeners': `PLAINTEXT://${bootstrap}`,
      'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
      // One node has one replica.
      'offsets.topic.replication.factor': 1,
      'transaction.state.log.replication.factor': 1,
      'transaction.state.log.min.isr': 1,
      'share.coordinator.state.topic.replication.factor': 1,
      'share.coordinator.state.topic.min.isr': 1,
    },
    javaOptions: ['-Xmx512m'],
  });
}

/** One broker, alone or of a cluster. */
export function brokerService(options: BrokerOptions): Service {
  const { name, title, ports, bootstrap } = options;
  return {
    name,
    title,
    ports,
    settings: {},
    endpoints: { bootstrap },
    startTimeoutMs: 90_000,
    install: async (progress, signal) => {
      await findJava();
      await installKafka(progress, signal);
    },
    prepare: (preparation) => prepare(preparation, options),
    probe: () => probe(bootstrap, options.nodeId),
  };
}

/** A broker at hand, `host:port`: nothing is started, but it has to answer. */
export function externalKafkaService(bootstrap: string): Service {
  return {
    name: 'kafka',
    title: 'Kafka',
    ports: {},
    settings: { bootstrap },
    endpoints: { bootstrap },
    startTimeoutMs: 10_000,
    install: async () => undefined,
    prepare: async () => undefined,
    probe: () => probe(bootstrap),
  };
}

async function prepare({ dataDir, progress, signal }: Preparation, options: BrokerOptions) {
  const java = await findJava();
  const classPath = join(await installKafka(progress, signal), '*');
  const config = join(dataDir, 'server.properties');
  const logDir = join(dataDir, 'data');
  writeFileSync(config, serverProperties(logDir, options));
  writeFileSync(join(dataDir, 'log4j2.properties'), LOGGING);
  const java4kafka = ['-cp', classPath, `-Dlog4j2.configurationFile=${join(dataDir, 'log4j2.properties')}`];
  if (!existsSync(join(logDir, 'meta.properties'))) {
    const { clusterId = newClusterId() } = options;
    await runTool({
      file: java,
      args: [...java4kafka, 'kafka.tools.StorageTool', 'format', `--cluster-id=${clusterId}`, '--config', config],
      hint: 'Install Java.',
      logFile: join(dataDir, 'format.log'),
      signal,
    });
  }
  return { file: java, args: [...options.javaOptions, ...java4kafka, 'kafka.Kafka', config] };
}

export function newClusterId(): string {
  return randomBytes(16).toString('base64url');
}

/** Ready: the broker answers a metadata request and names itself. */
async function probe(bootstrap: string, nodeId?: number): Promise<void> {
  const kafka = new Kafka({
    clientId: 'sluice-sandbox',
    brokers: [bootstrap],
    logLevel: logLevel.NOTHING,
    connectionTimeout: 2_000,
    requestTimeout: 2_000,
    retry: { retries: 0 },
  });
  const admin = kafka.admin();
  try {
    await admin.connect();
    const { brokers } = await admin.describeCluster();
    if (!brokers.some((broker) => nodeId === undefined || broker.nodeId === nodeId)) {
      throw new SluiceError('KAFKA_UNREACHABLE', 'The cluster does not have the broker yet.', { retryable: true });
    }
  } finally {
    await admin.disconnect();
  }
}

function serverProperties(logDir: string, { nodeId, properties }: BrokerOptions): string {
  if (logDir.includes(delimiter)) {
    throw new SluiceError('CONFIG_INVALID', `Java cannot have "${delimiter}" in a path: ${logDir}`);
  }
  const all = {
    'node.id': nodeId,
    'controller.listener.names': 'CONTROLLER',
    'log.dirs': logDir,
    ...COMMON_PROPERTIES,
    ...properties,
  };
  return Object.entries(all)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');
}

const COMMON_PROPERTIES = {
  // Small: few internal partitions, few threads, a small cleaner buffer (the default takes 128 MB).
  'offsets.topic.num.partitions': 4,
  'transaction.state.log.num.partitions': 4,
  'share.coordinator.state.topic.num.partitions': 1,
  'num.network.threads': 2,
  'num.io.threads': 4,
  'background.threads': 2,
  'log.cleaner.dedupe.buffer.size': 10_485_760,
  // Quick to join, and nothing happens behind the user's back.
  'group.initial.rebalance.delay.ms': 0,
  'auto.create.topics.enable': false,
  'log.retention.ms': -1,
} as const;

const LOGGING = `rootLogger.level=warn
rootLogger.appenderRef.stdout.ref=STDOUT
logger.server.name=kafka.server.KafkaRaftServer
logger.server.level=info
appender.stdout.type=Console
appender.stdout.name=STDOUT
appender.stdout.layout.type=PatternLayout
appender.stdout.layout.pattern=%d{ISO8601} %p %m (%c)%n
`;
