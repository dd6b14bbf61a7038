/** The configuration of a worker process: a Kafka Connect worker file, with the keys that Sluice adds. */
import { converterFields } from './converters.js';
import { defineConfig } from './definition.js';
import { family, type Infer, int, long, oneOf, string } from './field.js';
import { invalidConfiguration } from './findings.js';
import { kafkaClientFamilies, kafkaConnectionFields } from './kafka-clients.js';
import type { RawConfig } from './keys.js';

const TEMPORAL = 'Temporal';
const WORKER = 'Worker';
const NOT_IN_USE = 'Not in use';

/** A key of Kafka Connect's workers that changes nothing here, with the reason. */
const unused = (reason: string) => string().noEffect(reason).importance('LOW').group(NOT_IN_USE);
const unusedFamily = (reason: string) => family().noEffect(reason).importance('LOW').group(NOT_IN_USE);

const IN_TEMPORAL = 'configurations, offsets and states live in Temporal, not in topics of Kafka.';
const NO_CLUSTER = 'workers need no group of their own: all that poll one Temporal task queue share the work.';
const NO_PLUGINS = 'connectors are part of Sluice, there are no plug-ins to load.';
const BUILT_IN = 'the providers env, file and dir are always there.';
const AT_ONCE = 'every batch is committed as soon as it is loaded.';

export const workerFields = {
  ...kafkaConnectionFields,
  'request.timeout.ms': int({ min: 1 })
    .default('30000')
    .doc('How long to wait for the answer of a broker, in milliseconds.')
    .importance('LOW')
    .group('Kafka'),
  'metadata.max.age.ms': long({ min: 0 })
    .default('300000')
    .doc('How old the known leaders of partitions may become, in milliseconds.')
    .importance('LOW')
    .group('Kafka'),
  ...kafkaClientFamilies,
  'temporal.address': string()
    .default('localhost:7233')
    .doc('The Temporal server, `host:port`.')
    .importance('HIGH')
    .group(TEMPORAL)
    .since('0.1.0'),
  'temporal.namespace': string()
    .default('default')
    .doc('The Temporal namespace that the connectors live in.')
    .group(TEMPORAL)
    .since('0.1.0'),
  'temporal.task.queue': string()
    .default('sluice')
    .doc('The task queue to work for. Workers of one queue share its connectors.')
    .group(TEMPORAL)
    .since('0.1.0'),
  'memory.budget.bytes': long({ min: 16_777_216 })
    .default('536870912')
    .doc('How much memory the batches of this process may take together, in bytes. Batches wait for their share.')
    .group(WORKER)
    .since('0.1.0'),
  'metrics.port': int({ min: 0, max: 65535 })
    .default('9464')
    .doc('The port of the Prometheus metrics; 0 turns them off.')
    .group(WORKER)
    .since('0.1.0'),
  'log.level': oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal')
    .default('info')
    .doc('The least severe messages to log.')
    .group(WORKER)
    .since('0.1.0'),
  ...converterFields,
  'offset.flush.interval.ms': long({ min: 1 }).default('60000').noEffect(AT_ONCE).importance('LOW').group(NOT_IN_USE),
  'offset.flush.timeout.ms': unused(AT_ONCE),
  'group.id': unused(NO_CLUSTER),
  'plugin.path': unused(NO_PLUGINS),
  'plugin.discovery': unused(NO_PLUGINS),
  'plugin.version': unused(NO_PLUGINS),
  'config.storage.*': unusedFamily(IN_TEMPORAL),
  'offset.storage.*': unusedFamily(IN_TEMPORAL),
  'status.storage.*': unusedFamily(IN_TEMPORAL),
  'config.providers': unused(BUILT_IN),
  'config.providers.*': unusedFamily(BUILT_IN),
  'max.poll.interval.ms': unused('reading needs no consumer group membership, so that no load can be too slow for it.'),
  'connector.client.config.override.policy': unused('connectors may override every client setting.'),
  'connect.protocol': unused(NO_CLUSTER),
  'session.timeout.ms': unused(NO_CLUSTER),
  'heartbeat.interval.ms': unused(NO_CLUSTER),
  'rebalance.timeout.ms': unused(NO_CLUSTER),
  'scheduled.rebalance.max.delay.ms': unused(NO_CLUSTER),
  'worker.*': unusedFamily(NO_CLUSTER),
  'inter.worker.*': unusedFamily(NO_CLUSTER),
  'task.shutdown.graceful.timeout.ms': unused('a batch that a worker leaves behind is finished by another one.'),
  'exactly.once.source.support': unused('no source connector of Kafka Connect runs here.'),
  'topic.creation.enable': unused('no source connector of Kafka Connect runs here.'),
  'topic.tracking.*': unusedFamily(IN_TEMPORAL),
  'internal.*': unusedFamily('it has none in Kafka Connect either, since 3.0.'),
  listeners: unused('the worker itself has no REST interface.'),
  'listeners.*': unusedFamily('the worker itself has no REST interface.'),
  'rest.*': unusedFamily('the worker itself has no REST interface.'),
  'admin.listeners': unused('the worker itself has no REST interface.'),
  'access.control.*': unusedFamily('the worker itself has no REST interface.'),
  'metric.reporters': unused('metrics are served at metrics.port.'),
  'metrics.num.samples': unused('metrics are served at metrics.port.'),
  'metrics.recording.level': unused('metrics are served at metrics.port.'),
  'metrics.sample.window.ms': unused('metrics are served at metrics.port.'),
};

export const workerDefinition = defineConfig({
  name: 'worker',
  title: 'Worker',
  introduction:
    'The settings of a worker process. A worker file of Kafka Connect, standalone or distributed, can be used as it is: its connection to Kafka, its `consumer.*`, `producer.*` and `admin.*` settings and its converters mean the same; what only Kafka Connect needs is accepted and changes nothing.',
  fields: workerFields,
  rules: [],
});

/** Typed settings, and the text they came from for the Kafka clients, which read their own. */
export interface WorkerConfig {
  readonly values: Infer<typeof workerFields>;
  readonly raw: RawConfig;
}

/**
 * Reads a worker's configuration, whose placeholders are resolved.
 *
 * @throws SluiceError CONFIG_INVALID with all problems.
 */
export function parseWorkerConfig(raw: RawConfig): WorkerConfig {
  const { values, problems } = workerDefinition.parse(raw);
  if (values === undefined) throw invalidConfiguration(problems);
  return { values, raw: workerDefinition.canonical(raw) };
}
