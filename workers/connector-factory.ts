/** Opens connectors for the activities: configuration with its secrets, the sink's driver, the log it reads from. */
import type { ConnectorFactory } from '../activities/connector-pool.js';
import { kafkaClientProperties, resolvePlaceholders, withWorkerDefaults } from '../connect/config/index.js';
import { connectorOf } from '../connectors/registry.js';
import { openKafkaLog } from './kafka-log.js';

/** `worker` is the worker's configuration under its declared names, placeholders resolved. */
export function connectorFactory(worker: Readonly<Record<string, string>>): ConnectorFactory {
  return {
    resolve: async ({ config }) => resolvePlaceholders(withWorkerDefaults(config, worker)),
    open: (resolved) => {
      const entry = connectorOf(resolved);
      const sink = entry.open(resolved);
      const properties = kafkaClientProperties('consumer', worker, entry.definition.canonical(resolved));
      return {
        sink,
        log: openKafkaLog(properties, sink.config.name),
        group: properties['group.id'] ?? `connect-${sink.config.name}`,
      };
    },
  };
}
