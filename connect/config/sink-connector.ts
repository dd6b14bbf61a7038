/** What every sink connector can be configured with, whatever its database: Connect's own keys and those of Sluice. */
import { checkTransforms } from '../transforms/compile.js';
import { checkConverters, converterFields, inheritedConverters } from './converters.js';
import type { Rule } from './definition.js';
import { boolean, className, family, type Infer, int, list, long, oneOf, string } from './field.js';
import type { Finding } from './findings.js';
import { KAFKA_CLIENT_ROLES, kafkaClientFamilies, kafkaOverrideFamilies } from './kafka-clients.js';
import { KeyIndex, type RawConfig } from './keys.js';
import { type RecordConfig, readMetadataColumns, recordConfig } from './records.js';

/** What the engine has to know of a sink connector. Plain data; only the settings of converters may hold secrets. */
export interface SinkConfig {
  readonly name: string;
  readonly tasksMax: number;
  readonly topics: TopicSelection;
  readonly records: RecordConfig;
  readonly batch: BatchConfig;
  readonly onNullValue: 'ignore' | 'fail' | 'delete';
  readonly errorsTolerance: 'none' | 'all';
  /** Absent: bad records that are tolerated are left out, and counted. */
  readonly deadLetters?: DeadLetterConfig;
  readonly errorLog: ErrorLogConfig;
  /** As the user names them: dead letters tell which of them was at work. */
  readonly converterClasses: { readonly key: string; readonly value: string; readonly header: string };
  /** Where a new consumer group begins. */
  readonly offsetReset: 'earliest' | 'latest' | 'none';
  /** How often to look for new topics and partitions. */
  readonly metadataMaxAgeMs: number;
  readonly retry: RetryConfig;
  /** After so long without progress a task counts as stalled; 0: never. */
  readonly stallTimeoutMs: number;
  /** What the user should know although the connector can run. */
  readonly warnings: readonly Finding[];
}

/** Names, or a pattern in the syntax of JavaScript that has to match a topic's whole name. */
export type TopicSelection = { readonly names: readonly string[] } | { readonly pattern: string };

/** When a batch is due, and how far it may grow when more is waiting. */
export interface BatchConfig {
  readonly triggerRecords: number;
  readonly triggerBytes: number;
  readonly triggerMs: number;
  readonly maxRecords: number;
  readonly maxBytes: number;
  /** How many batches of a task may be under way at once. */
  readonly pipelineDepth: number;
}

export interface DeadLetterConfig {
  readonly topic: string;
  /** -1 for the broker's own default. */
  readonly replicationFactor: number;
  readonly contextHeaders: boolean;
}

/** What of each bad record goes to the worker's log. */
export interface ErrorLogConfig {
  readonly enabled: boolean;
  /** Also where the record stands. */
  readonly includeMessages: boolean;
}

export interface RetryConfig {
  /** Absent: for ever. */
  readonly maxRetries: number | undefined;
  readonly intervalMs: number;
  /** The longest wait between two attempts. */
  readonly maxIntervalMs: number;
}

const CONNECTOR = 'Connector';
const RECORDS = 'Records';
const BATCHES = 'Batches';
const ERRORS = 'Errors';
const NOT_IN_USE = 'Not in use';

const OF_THE_WORKER =
  'connections to Kafka are settings of the worker; for this connector alone write `consumer.override.` before the key, and `producer.override.` and `admin.override.` for its dead letters.';

export const sinkConnectorFields = {
  name: string()
    .required()
    .doc('The name of the connector, unique in its Temporal namespace. Its consumer group is `connect-<name>`.')
    .importance('HIGH')
    .group(CONNECTOR),
  'connector.class': className()
    .required()
    .doc('The connector, by its Java class name or its short name.')
    .importance('HIGH')
    .group(CONNECTOR),
  'tasks.max': int({ min: 1 })
    .default('1')
    .doc('How many tasks the partitions are dealt out over. Each task loads its own batches.')
    .importance('HIGH')
    .group(CONNECTOR),
  topics: list()
    .doc('The topics to read, comma-separated. Exactly one of `topics` and `topics.regex` is to be set.')
    .importance('HIGH')
    .group(CONNECTOR),
  'topics.regex': string()
    .doc('A regular expression; every topic whose whole name matches is read, also those created later.')
    .importance('HIGH')
    .group(CONNECTOR)
    .check((pattern) => (isPattern(pattern) ? undefined : 'Not a valid regular expression')),
  ...converterFields,
  'auto.offset.reset': oneOf('earliest', 'latest', 'none')
    .default('earliest')
    .doc(
      'Where a connector begins that has neither a checkpoint nor a consumer group. `consumer.override.auto.offset.reset` and `consumer.auto.offset.reset` say the same and take precedence. Records that were deleted before they were read are always an error.',
    )
    .group(CONNECTOR)
    .since('0.1.0'),
  'metadata.max.age.ms': long({ min: 100 })
    .default('300000')
    .doc('How often to look for new topics of `topics.regex` and new partitions, in milliseconds.')
    .importance('LOW')
    .group(CONNECTOR),
  'batch.max.bytes': long({ min: 1024, max: 1_073_741_824 })
    .default('67108864')
    .doc('How large a batch may grow when more records are waiting than the buffer keys ask for, in bytes.')
    .group(BATCHES)
    .since('0.1.0'),
  'batch.max.records': long({ min: 1, max: 100_000_000 })
    .default('1000000')
    .doc('How many records a batch may grow to when more are waiting than the buffer keys ask for.')
    .group(BATCHES)
    .since('0.1.0'),
  'pipeline.depth': int({ min: 1, max: 16 })
    .default('2')
    .doc(
      'How many batches of a task may be under way: one is prepared while another is committed. Commits stay in order.',
    )
    .importance('LOW')
    .group(BATCHES)
    .since('0.1.0'),
  'behavior.on.null.values': oneOf('ignore', 'fail', 'delete')
    .default('ignore')
    .doc(
      'What to do with a record whose value is null (a tombstone): skip it, take it for a bad record, or, with change events and `enable.delete=true`, delete the row of its key. The event of a delete comes before its tombstone, so that `delete` is only needed where there are none, as behind ExtractNewRecordState with `delete.tombstone.handling.mode=tombstone`.',
    )
    .wording((value) => `The value of ${value} is an illegal parameter of behavior.on.null.values.`)
    .group(ERRORS),
  'errors.tolerance': oneOf('none', 'all')
    .default('none')
    .doc(
      'What to do with a record that cannot be converted, or whose row the database refuses: `none` stops the task at the first one, `all` goes on without it. It is then written to the dead letter queue, or, where there is none, left out and counted (see [Dead letters](../dead-letters.md)).',
    )
    .group(ERRORS),
  'errors.deadletterqueue.topic.name': string()
    .doc(
      'The topic for dead letters: records that cannot be loaded, as they were read. It is created with one partition where it does not exist. Without it such records are left out, and counted. Takes effect with `errors.tolerance=all`.',
    )
    .group(ERRORS),
  'errors.deadletterqueue.topic.replication.factor': int({ min: -1 })
    .default('3')
    .doc("The replication factor of a dead letter topic that has to be created; `-1` for the broker's own default.")
    .importance('LOW')
    .group(ERRORS),
  'errors.deadletterqueue.context.headers.enable': boolean()
    .default('false')
    .doc(
      "Whether a dead letter carries headers that say where it comes from and why it is one, under Kafka Connect's names (`__connect.errors.topic`, …).",
    )
    .importance('LOW')
    .group(ERRORS),
  'errors.log.enable': boolean()
    .default('false')
    .doc(
      "Whether each bad record that is tolerated is written to the worker's log, with the reason. Without it one line for each batch tells how many there were.",
    )
    .group(ERRORS),
  'errors.log.include.messages': boolean()
    .default('false')
    .doc('Whether that line also says which record it was: topic, partition, offset, timestamp. Never its contents.')
    .group(ERRORS),
  'errors.retry.timeout': long({ min: -1 })
    .noEffect(
      'what may succeed later (the schema registry, Kafka, the database) is tried again for ever, or as often as `max.retries` says, and is never taken for a bad record; what cannot succeed is not tried again.',
    )
    .importance('LOW')
    .group(NOT_IN_USE),
  'errors.retry.delay.max.ms': long({ min: -1 })
    .default('60000')
    .doc('The longest wait between two attempts of a step that failed for a passing reason, in milliseconds.')
    .importance('LOW')
    .group(ERRORS),
  'max.retries': int({ min: 0 })
    .doc(
      'How often a step that failed for a passing reason (network, server busy) is tried again before the task fails. The count begins anew with every batch. Without it, such a step is retried for ever and the status shows it.',
    )
    .hint('max.retries cannot be empty or not a number or less than 0.')
    .otherwise('for ever')
    .group(ERRORS),
  'retry.interval.ms': int({ min: 0 })
    .default('6000')
    .doc('How long to wait before the next attempt, in milliseconds; it grows with the number of failures.')
    .hint('retry.interval.ms cannot be empty or not a number or less than 0.')
    .group(ERRORS),
  'stall.timeout.ms': long({ min: 0 })
    .default('300000')
    .doc(
      'After how long without progress a task counts as stalled although nothing has failed: its load hangs, a step of it is retried again and again, or a producer has left a transaction open before its records. It goes on; the status, the log and the metric `sluice_task_stalls_total` tell of it. In milliseconds; 0 turns this off.',
    )
    .importance('LOW')
    .group(ERRORS)
    .since('0.1.0'),
  transforms: list()
    .doc(
      'Aliases of the single message transforms that records go through, in their order; `transforms.<alias>.type` names the class of each. Those of Apache Kafka are there, and two of Debezium: see [transforms.md](transforms.md). A transform may change the topic; the table is then that of the new one.',
    )
    .group(RECORDS),
  'transforms.*': family().doc('Settings of the transforms.').importance('LOW').group(RECORDS),
  predicates: list()
    .doc('Aliases of predicates, which say which records a transform is for.')
    .importance('LOW')
    .group(RECORDS),
  'predicates.*': family().doc('Settings of the predicates.').importance('LOW').group(RECORDS),
  'metadata.columns': list()
    .default('')
    .doc(
      'Columns that rows are given besides their own, each as `what:column`: `topic:kafka_topic,partition:kafka_partition,offset:kafka_offset`. There are `topic`, `partition`, `offset`, `timestamp` (in `database.time_zone`, with milliseconds), `key` and `headers` (what the converters make of them; headers as a JSON object). They say where the record stands in Kafka, whatever transforms make of it. A field of the row with the name of such a column gives way to it.',
    )
    .accepts('`topic`, `partition`, `offset`, `timestamp`, `key`, `headers`, each `what:column`')
    .since('0.1.0')
    .group(RECORDS)
    .check((texts) => {
      const { problems } = readMetadataColumns(texts);
      return problems.length > 0 ? problems.join('; ') : undefined;
    }),
  ...kafkaClientFamilies,
  ...kafkaOverrideFamilies,
  'config.action.reload': string()
    .noEffect('placeholders are resolved whenever a batch is loaded.')
    .importance('LOW')
    .group(NOT_IN_USE),
  'tasks.max.enforce': boolean().noEffect('tasks.max always holds.').importance('LOW').group(NOT_IN_USE),
  'bootstrap.servers': string().noEffect(OF_THE_WORKER).importance('LOW').group(NOT_IN_USE),
  'security.protocol': string().noEffect(OF_THE_WORKER).importance('LOW').group(NOT_IN_USE),
  'sasl.*': family().noEffect(OF_THE_WORKER).importance('LOW').group(NOT_IN_USE),
  'ssl.*': family().noEffect(OF_THE_WORKER).importance('LOW').group(NOT_IN_USE),
  'max.poll.interval.ms': long()
    .noEffect('reading needs no consumer group membership, so that no load can be too slow for it.')
    .importance('LOW')
    .group(NOT_IN_USE),
};

type SinkConnectorFields = typeof sinkConnectorFields;
export type SinkConnectorValues = Infer<SinkConnectorFields>;

const TOPIC_NAME = /^(?!\.{1,2}$)[a-zA-Z0-9._-]{1,249}$/;

const exactlyOneOfTopicsAndRegex: Rule<SinkConnectorValues> = ({ given, values }, findings) => {
  if (given('topics') && given('topics.regex')) {
    findings.problem('topics', 'topics and topics.regex cannot be set at the same time.', 'Remove one of them.');
  } else if (!given('topics') && !given('topics.regex')) {
    findings.problem('topics', 'topics or topics.regex cannot be empty.', 'Set topics to the topics to read.');
  } else if (given('topics') && values.topics?.length === 0) {
    findings.problem('topics', 'topics or topics.regex cannot be empty.', 'Set topics to the topics to read.');
  }
  for (const topic of values.topics ?? []) {
    if (TOPIC_NAME.test(topic)) continue;
    findings.problem('topics', `Invalid value ${topic} for configuration topics: Not a valid name of a Kafka topic.`);
  }
};

const usableConverters: Rule<SinkConnectorValues> = ({ given, values, raw }, findings) => {
  checkConverters(values, raw, findings);
  if (given('value.converter')) return;
  findings.problem(
    'value.converter',
    'Missing required configuration "value.converter" which has no default value.',
    'Set it here or in the worker configuration.',
  );
};

const usableTransforms: Rule<SinkConnectorValues> = ({ raw }, findings) => {
  const { problems, warnings, notes } = checkTransforms(raw);
  findings.problems.push(...problems);
  findings.warnings.push(...warnings);
  findings.notes.push(...notes);
};

const toleratedOrNot: Rule<SinkConnectorValues> = ({ given, values }, findings) => {
  const topic = values['errors.deadletterqueue.topic.name'];
  if (topic !== undefined && topic !== '' && !TOPIC_NAME.test(topic)) {
    findings.problem(
      'errors.deadletterqueue.topic.name',
      `Invalid value ${topic} for configuration errors.deadletterqueue.topic.name: Not a valid name of a Kafka topic.`,
    );
  }
  if (topic !== undefined && values.topics?.includes(topic)) {
    findings.problem(
      'errors.deadletterqueue.topic.name',
      `The DLQ topic '${topic}' may not be included in the list of topics ("topics") consumed by the connector`,
      'Set another topic for dead letters.',
    );
  }
  const pattern = values['topics.regex'];
  if (
    topic !== undefined &&
    pattern !== undefined &&
    isPattern(pattern) &&
    new RegExp(`^(?:${pattern})$`).test(topic)
  ) {
    findings.problem(
      'errors.deadletterqueue.topic.name',
      `The DLQ topic '${topic}' may not be included in the regex matching of topics ("topics.regex") consumed by the connector`,
      'Set another topic for dead letters.',
    );
  }
  if (given('errors.deadletterqueue.topic.name') && values['errors.tolerance'] === 'none') {
    findings.warning(
      'errors.deadletterqueue.topic.name',
      'Nothing goes to the dead letter queue with errors.tolerance=none: the task stops at the first bad record.',
    );
  }
};

const knownOffsetReset: Rule<SinkConnectorValues> = ({ values }, findings) => {
  for (const side of ['consumer.override.*', 'consumer.*'] as const) {
    const word = values[side]?.['auto.offset.reset'];
    const outcome = word === undefined ? undefined : sinkConnectorFields['auto.offset.reset'].read(word);
    if (outcome === undefined || outcome.ok) continue;
    const key = `${side.slice(0, -1)}auto.offset.reset`;
    findings.problem(key, `Invalid value ${word} for configuration ${key}: ${outcome.reason}`);
  }
};

export const sinkConnectorRules: readonly Rule<SinkConnectorValues>[] = [
  exactlyOneOfTopicsAndRegex,
  usableConverters,
  usableTransforms,
  toleratedOrNot,
  knownOffsetReset,
];

/** The part of a sink's configuration that does not depend on the database; the triggers are named by each sink. */
export function sinkConfig(
  values: SinkConnectorValues,
  triggers: Pick<BatchConfig, 'triggerRecords' | 'triggerBytes' | 'triggerMs'>,
  warnings: readonly Finding[],
): SinkConfig {
  const { 'batch.max.records': maxRecords, 'batch.max.bytes': maxBytes } = values;
  return {
    name: values.name,
    tasksMax: values['tasks.max'],
    topics: topicSelection(values),
    records: recordConfig(values),
    batch: {
      triggerRecords: Math.min(triggers.triggerRecords, maxRecords),
      triggerBytes: Math.min(triggers.triggerBytes, maxBytes),
      triggerMs: triggers.triggerMs,
      maxRecords,
      maxBytes,
      pipelineDepth: values['pipeline.depth'],
    },
    onNullValue: values['behavior.on.null.values'],
    errorsTolerance: values['errors.tolerance'],
    ...deadLetterConfig(values),
    errorLog: { enabled: values['errors.log.enable'], includeMessages: values['errors.log.include.messages'] },
    converterClasses: {
      key: values['key.converter'] ?? '',
      value: values['value.converter'] ?? '',
      header: values['header.converter'] ?? 'org.apache.kafka.connect.storage.SimpleHeaderConverter',
    },
    offsetReset: offsetReset(values),
    metadataMaxAgeMs: values['metadata.max.age.ms'],
    retry: {
      maxRetries: values['max.retries'],
      intervalMs: values['retry.interval.ms'],
      maxIntervalMs: values['errors.retry.delay.max.ms'],
    },
    stallTimeoutMs: values['stall.timeout.ms'],
    warnings,
  };
}

function deadLetterConfig(values: SinkConnectorValues): { deadLetters?: DeadLetterConfig } {
  const topic = values['errors.deadletterqueue.topic.name'];
  if (topic === undefined || topic === '' || values['errors.tolerance'] === 'none') return {};
  return {
    deadLetters: {
      topic,
      replicationFactor: values['errors.deadletterqueue.topic.replication.factor'],
      contextHeaders: values['errors.deadletterqueue.context.headers.enable'],
    },
  };
}

function topicSelection(values: SinkConnectorValues): TopicSelection {
  const pattern = values['topics.regex'];
  return pattern === undefined ? { names: [...new Set(values.topics)] } : { pattern: `^(?:${pattern})$` };
}

function offsetReset(values: SinkConnectorValues): SinkConfig['offsetReset'] {
  const word = values['consumer.override.*']['auto.offset.reset'] ?? values['consumer.*']['auto.offset.reset'];
  const outcome = word === undefined ? undefined : sinkConnectorFields['auto.offset.reset'].read(word);
  return outcome?.ok ? outcome.value : values['auto.offset.reset'];
}

function isPattern(text: string): boolean {
  try {
    new RegExp(text);
    return true;
  } catch {
    return false;
  }
}

const sinkConnectorKeys = new KeyIndex(sinkConnectorFields);

/**
 * A connector's configuration together with what it inherits from its worker: converters and client settings. What the
 * connector says itself always wins.
 */
export function withWorkerDefaults(connector: RawConfig, worker: RawConfig): Record<string, string> {
  const own = sinkConnectorKeys.canonical(connector);
  const shared = sinkConnectorKeys.canonical(worker);
  const client = Object.entries(shared).filter(
    ([key]) =>
      KAFKA_CLIENT_ROLES.some((role) => key.startsWith(`${role}.`)) &&
      !(key === 'consumer.auto.offset.reset' && own['auto.offset.reset'] !== undefined),
  );
  return { ...Object.fromEntries(client), ...inheritedConverters(own, shared), ...own };
}
