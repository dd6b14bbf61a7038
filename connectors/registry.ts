/** All connectors, by the names that users call them. A new connector is one line here. */
import type { ConfigDefinition } from '../connect/config/definition.js';
import type { Fields } from '../connect/config/field.js';
import type { RawConfig } from '../connect/config/keys.js';
import { SluiceError } from '../connect/errors.js';
import { dorisSinkDefinition } from './doris/config.js';
import { openDorisSink } from './doris/sink.js';
import type { Sink } from './sink.js';

export interface ConnectorEntry {
  /** The class of the Kafka Connect connector whose configurations this one takes. */
  readonly className: string;
  readonly aliases: readonly string[];
  readonly kind: 'sink';
  readonly definition: ConfigDefinition<Fields>;
  /** Reads a configuration whose placeholders are resolved; throws SluiceError CONFIG_INVALID with all problems. */
  readonly open: (raw: RawConfig) => Sink;
}

// biome-ignore format: one connector per line
export const CONNECTORS: readonly ConnectorEntry[] = [
  { className: 'org.apache.doris.kafka.connector.DorisSinkConnector', aliases: ['DorisSinkConnector', 'DorisSink'], kind: 'sink', definition: dorisSinkDefinition, open: openDorisSink },
];

/** Finds a connector by its class or an alias; undefined where there is none. */
export function findConnector(name: string): ConnectorEntry | undefined {
  const wanted = name.trim();
  return CONNECTORS.find(({ className, aliases }) => className === wanted || aliases.includes(wanted));
}

/**
 * The connector that a configuration is for.
 *
 * @throws SluiceError CONFIG_INVALID when `connector.class` is missing or unknown.
 */
export function connectorOf(raw: RawConfig): ConnectorEntry {
  const name = Object.entries(raw).find(([key]) => key.trim().toLowerCase() === 'connector.class')?.[1];
  const entry = findConnector(name ?? '');
  if (entry !== undefined) return entry;
  const known = CONNECTORS.map(({ className }) => className).join(', ');
  throw new SluiceError(
    'CONFIG_INVALID',
    name === undefined
      ? 'Missing required configuration "connector.class" which has no default value.'
      : `Failed to find any class that implements Connector and which name matches ${name}, available connectors are: ${known}`,
    { context: { key: 'connector.class' }, hint: `Set connector.class to ${known}.` },
  );
}
