/** Opens connectors for the activities: configuration with its secrets, the sink's driver, the log it reads from. */
import type { ConnectorFactory } from '../activities/connector-pool.js';
import { kafkaClientProperties, resolvePlaceholders, withWorkerDefaults } from '../connect/config/index.js';
import { connectorOf } from '../connectors/registry.js';
import { openDeadLetters } from './kafka-dead-letters.js';
import { openKafkaLog } from './kafka-log.js';

/** `worker` is the worker's configuration under its declared names, placeholders resolved. */
export function connectorFactory(worker: Readonly<Record<string, string>>): ConnectorFactory {
  return {
    resolve: async ({ config }) => resolvePlaceholders(withWorkerDefaults(config, worker)),
    open: (resolved) => {
      const entry = connectorOf(resolved);
      const sink = entry.open(resolved);
      const canonical = entry.definition.canonical(resolved);
      const properties = kafkaClientProperties('consumer', worker, canonical);
      const group = properties['group.id'] ?? `connect-${sink.config.name}`;
      const { deadLetters } = sink.config;
      return {
        sink,
        log: openKafkaLog(properties, sink.config.name),
        group,
        ...(deadLetters === undefined
          ? {}
          : {
              deadLetters: openDeadLetters(deadLetters, {
                producer: kafkaClientProperties('producer', worker, canonical),
                admin: kafkaClientProperties('admin', worker, canonical),
                group,
              }),
            }),
      };
    },
  };
}
