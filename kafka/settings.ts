/** Kafka client properties as users write them, read into one typed value. */

import { SluiceError } from '../connect/errors.js';
import type { IsolationLevel } from './protocol/fetch.js';
import { PropertyReader, type SettingsProblem } from './settings/properties.js';
import { readSasl, type SaslSettings } from './settings/sasl.js';
import { readTls } from './settings/tls.js';
import type { KeyMaterial } from './stores/index.js';

export type { SettingsProblem } from './settings/properties.js';
export type { SaslSettings } from './settings/sasl.js';

export interface BrokerAddress {
  host: string;
  port: number;
}

export interface TlsSettings extends KeyMaterial {
  /** Whether the broker's certificate must name its host (ssl.endpoint.identification.algorithm=https). */
  verifyHostname: boolean;
}

export interface KafkaSettings {
  bootstrapServers: BrokerAddress[];
  clientId: string;
  /** Absent for plain text. */
  tls?: TlsSettings;
  sasl?: SaslSettings;
  connectTimeoutMs: number;
  requestTimeoutMs: number;
  retryBackoffMs: number;
  retryBackoffMaxMs: number;
  metadataMaxAgeMs: number;
  fetchMaxBytes: number;
  fetchMaxWaitMs: number;
  maxPartitionFetchBytes: number;
  isolationLevel: IsolationLevel;
}

export type SettingsResult =
  | { ok: true; settings: KafkaSettings }
  | { ok: false; problems: [SettingsProblem, ...SettingsProblem[]] };

const PROTOCOLS = {
  PLAINTEXT: { tls: false, sasl: false },
  SSL: { tls: true, sasl: false },
  SASL_PLAINTEXT: { tls: false, sasl: true },
  SASL_SSL: { tls: true, sasl: true },
} as const;
const PROTOCOL_NAMES = Object.keys(PROTOCOLS) as (keyof typeof PROTOCOLS)[];
const DEFAULT_PORT = 9092;

/**
 * Reads client properties (`bootstrap.servers`, `security.protocol`, …; the names and defaults of
 * `CommonClientConfigs.java` and `ConsumerConfig.java`). Key and trust stores are read from their files at once.
 *
 * Two defaults differ from Java's: `isolation.level` is read_committed, and `fetch.max.bytes` is 16 MiB, because two
 * responses per broker are in memory at a time.
 *
 * @returns the settings, or every problem found.
 */
export function parseKafkaSettings(properties: Readonly<Record<string, string | undefined>>): SettingsResult {
  const reader = new PropertyReader(properties);
  const protocol = PROTOCOLS[reader.oneOf('security.protocol', PROTOCOL_NAMES, 'PLAINTEXT')];
  const settings: KafkaSettings = {
    bootstrapServers: readAddresses(reader),
    clientId: reader.text('client.id', 'sluice'),
    connectTimeoutMs: reader.integer('socket.connection.setup.timeout.ms', 10_000, 1),
    requestTimeoutMs: reader.integer('request.timeout.ms', 30_000, 1),
    retryBackoffMs: reader.integer('retry.backoff.ms', 100, 0),
    retryBackoffMaxMs: reader.integer('retry.backoff.max.ms', 1_000, 0),
    metadataMaxAgeMs: reader.integer('metadata.max.age.ms', 300_000, 0),
    fetchMaxBytes: reader.integer('fetch.max.bytes', 16 << 20, 1),
    fetchMaxWaitMs: reader.integer('fetch.max.wait.ms', 500, 0),
    maxPartitionFetchBytes: reader.integer('max.partition.fetch.bytes', 1 << 20, 1),
    isolationLevel: reader.oneOf('isolation.level', ['read_committed', 'read_uncommitted'], 'read_committed'),
  };
  const tls = protocol.tls ? readTls(reader) : undefined;
  const sasl = protocol.sasl ? readSasl(reader) : undefined;
  if (tls !== undefined) settings.tls = tls;
  if (sasl !== undefined) settings.sasl = sasl;

  const [first, ...others] = reader.problems;
  return first === undefined ? { ok: true, settings } : { ok: false, problems: [first, ...others] };
}

/**
 * The same, for callers that cannot go on with problems.
 *
 * @throws SluiceError CONFIG_INVALID that lists every problem.
 */
export function kafkaSettings(properties: Readonly<Record<string, string | undefined>>): KafkaSettings {
  const result = parseKafkaSettings(properties);
  if (result.ok) return result.settings;
  const lines = result.problems.map(({ key, message }) => `${key}: ${message}`);
  throw new SluiceError('CONFIG_INVALID', `The Kafka client settings are invalid:\n${lines.join('\n')}`, {
    context: { key: result.problems[0].key },
  });
}

function readAddresses(reader: PropertyReader): BrokerAddress[] {
  const key = 'bootstrap.servers';
  const entries = reader
    .text(key, '')
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
  if (entries.length === 0) reader.problem(key, 'is missing: give one or more host:port, separated by commas.');
  return entries.flatMap((entry) => {
    const address = parseAddress(entry);
    if (address === undefined) reader.problem(key, `"${entry}" is not host:port.`);
    return address ?? [];
  });
}

/** `host:port`, `host`, `[::1]:port`, each optionally after a listener name (`SASL_SSL://host:port`), as Java accepts. */
function parseAddress(entry: string): BrokerAddress | undefined {
  const match = /^(?:[A-Za-z][\w.-]*:\/\/)?(?:\[([0-9a-fA-F:.%]+)\]|([^[\]:/\s]+))(?::(\d{1,5}))?$/.exec(entry);
  const host = match?.[1] ?? match?.[2];
  const port = match?.[3] === undefined ? DEFAULT_PORT : Number(match[3]);
  return host === undefined || port < 1 || port > 65_535 ? undefined : { host, port };
}
