/** Kafka Connect with Debezium's connectors: one standalone worker. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { installConnect } from '../install/connect.js';
import { findJava } from '../install/kafka.js';
import { SANDBOX_HOST } from '../ports.js';
import type { Preparation, Service } from '../service.js';

/** In the data folder: how far the connectors have come. */
export const OFFSETS_FILE = 'offsets';

export interface ConnectOptions {
  /** Of the REST interface. */
  readonly port: number;
  /** The Kafka that gets the events, `host:port`. */
  readonly bootstrap: string;
  /** How often it writes down how far it has come: what came since then comes again after a crash. */
  readonly offsetFlushMs?: number;
}

export function connectService(options: ConnectOptions): Service {
  const url = `http://${SANDBOX_HOST}:${options.port}`;
  return {
    name: 'connect',
    title: 'Kafka Connect',
    ports: { connect: options.port },
    settings: { bootstrap: options.bootstrap },
    endpoints: { url },
    startTimeoutMs: 90_000,
    install: async (progress, signal) => {
      await findJava();
      await installConnect(progress, signal);
    },
    prepare: (preparation) => prepare(preparation, options),
    probe: async () => {
      const response = await fetch(`${url}/connectors`, { signal: AbortSignal.timeout(2_000) });
      await response.body?.cancel();
      if (!response.ok) throw new Error(`HTTP ${response.status}`);
    },
  };
}

async function prepare({ dataDir, progress, signal }: Preparation, options: ConnectOptions) {
  const { lib, plugins } = await installConnect(progress, signal);
  const worker = join(dataDir, 'worker.properties');
  const logging = join(dataDir, 'log4j2.properties');
  const properties = {
    'bootstrap.servers': options.bootstrap,
    'key.converter': 'org.apache.kafka.connect.json.JsonConverter',
    'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
    'offset.storage.file.filename': join(dataDir, OFFSETS_FILE),
    'offset.flush.interval.ms': options.offsetFlushMs ?? 10_000,
    'plugin.path': plugins,
    // The others look into every jar, which takes seconds.
    'plugin.discovery': 'service_load',
    listeners: `http://${SANDBOX_HOST}:${options.port}`,
    'topic.creation.enable': true,
  };
  const lines = Object.entries(properties).map(([key, value]) => `${key}=${value}\n`);
  writeFileSync(worker, lines.join(''));
  writeFileSync(logging, LOGGING);
  return {
    file: await findJava(),
    args: [
      ...['-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Dfile.encoding=UTF-8'],
      ...[`-Dlog4j2.configurationFile=${logging}`, '-cp', join(lib, '*')],
      ...['org.apache.kafka.connect.cli.ConnectStandalone', worker],
    ],
    // Names of columns are mangled in other locales.
    env: { LC_ALL: 'C.UTF-8' },
  };
}

const LOGGING = `status=error
rootLogger.level=warn
rootLogger.appenderRef.stdout.ref=STDOUT
appender.stdout.type=Console
appender.stdout.name=STDOUT
appender.stdout.layout.type=PatternLayout
appender.stdout.layout.pattern=%d{ISO8601} %p %m (%c)%n
`;
