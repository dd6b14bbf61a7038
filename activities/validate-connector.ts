/**
 * Checks a connector against the world before it runs, and finds where it begins: the previous run's checkpoint, else
 * the consumer group, else `auto.offset.reset`.
 */
import { type Clock, systemClock } from '../connect/clock.js';
import { SluiceError } from '../connect/errors.js';
import type { Sink } from '../connectors/sink.js';
import type { SinkFinding } from '../connectors/sink-driver.js';
import type {
  DiscoveredPartition,
  PartitionOffset,
  SeenEnd,
  ValidateInput,
  ValidateOutput,
} from '../workflows/core/activities.js';
import type { Checkpoint, CoreSettings, Identity } from '../workflows/core/model.js';
import { byTopicAndPartition, partitionName, samePartition } from '../workflows/core/offsets.js';
import type { OpenConnector } from './connector-pool.js';
import type { ActivityDeps } from './deps.js';
import { claimGroup } from './fence.js';
import { claimOffsets, groupRecord, readGroup } from './group-record.js';
import type { GroupOffset, KnownPartition } from './ports.js';

/** What the workflow takes without a word. */
const DEFAULT_MAX_RETRY_INTERVAL_MS = 60_000;

export async function validateConnector(
  {
    connectors,
    previousCheckpoint,
    clock = systemClock,
  }: Pick<ActivityDeps, 'connectors' | 'previousCheckpoint' | 'clock'>,
  input: ValidateInput,
  signal: AbortSignal,
): Promise<ValidateOutput> {
  return connectors.use(input.connector, async (connector) => {
    const { sink, log, group } = connector;
    const partitions = await existingPartitions(connector, signal);
    const findings = await sink.driver.validate(tablesOf(sink, partitions), signal);
    await connector.deadLetters?.open(signal);
    if (isMissedTableWanted(sink)) failWhenNothingCanBeLoaded(findings, tablesOf(sink, partitions).length);
    const known = await log.groupOffsets(group, partitions, signal);
    const checkpoint =
      input.previousRunId === undefined
        ? undefined
        : await lastCheckpoint(previousCheckpoint, input.connector.name, input.previousRunId);
    const starts = await startOffsets(connector, partitions, input, known, signal);
    const told = readGroup(known, clock.nowMs());
    const begins = checkpoint === undefined ? input.begins : undefined;
    const recovered =
      begins === undefined ? told : await begin(connector, starts, { told, identity: begins, clock }, signal);
    const positions =
      begins === undefined ? starts : starts.map((start) => ({ ...start, ...positionOf(recovered, start) }));
    const ends = begins === undefined ? [] : await endsBefore(connector, positions, signal);
    return {
      settings: settingsOf(input, sink, partitions, findings),
      partitions: positions.map((position, index) => ({ ...position, ...ends[index] })),
      ...(checkpoint === undefined ? {} : { checkpoint }),
      ...(recovered === undefined ? {} : { recovered }),
    };
  });
}

/**
 * Makes the group the connector's own. What it tells is gone on from; in a group that tells nothing it is written down
 * where the connector begins, so that a start at the end of the log (`auto.offset.reset=latest`) is not forgotten.
 */
async function begin(
  { log, group }: OpenConnector,
  starts: readonly DiscoveredPartition[],
  { told, identity, clock }: { told: ReturnType<typeof readGroup>; identity: Identity; clock: Clock },
  signal: AbortSignal,
): Promise<ReturnType<typeof readGroup>> {
  if (told !== undefined) return claimGroup({ log, group, clock }, starts, signal);
  const known = await log.groupOffsets(group, starts, signal);
  await log.commitGroupOffsets(group, claimOffsets(known, starts, identity), signal);
  return undefined;
}

/**
 * How far the log reaches, so that the first batch need not wait for a look of its own. Not told where records have been
 * deleted before they were read: the first wait fails over them.
 */
async function endsBefore(
  { log }: OpenConnector,
  positions: readonly DiscoveredPartition[],
  signal: AbortSignal,
): Promise<readonly SeenEnd[]> {
  const [views, starts] = await Promise.all([
    log.look(
      positions.map(({ topic, partition, offset }) => ({ topic, partition, offset: BigInt(offset) })),
      signal,
    ),
    log.starts(positions, signal),
  ]);
  return positions.map(({ offset }, index) => {
    const view = views[index];
    const isThere = view !== undefined && (starts[index] ?? 0n) <= BigInt(offset);
    return isThere ? { end: view.end.toString(), leaderEpoch: view.leaderEpoch } : {};
  });
}

function positionOf(told: ReturnType<typeof readGroup>, partition: DiscoveredPartition): PartitionOffset | undefined {
  return told?.positions.find((other) => samePartition(other, partition));
}

/** Runs that ended before they had begun tell of nothing but the run before them. */
async function lastCheckpoint(
  previousCheckpoint: ActivityDeps['previousCheckpoint'],
  connector: string,
  lastRunId: string,
): Promise<Checkpoint | undefined> {
  for (let runId: string | undefined = lastRunId; runId !== undefined; ) {
    const checkpoint: Checkpoint | undefined = await previousCheckpoint(connector, runId);
    if (checkpoint?.settings !== undefined) return checkpoint;
    runId = checkpoint?.previousRunId;
  }
  return undefined;
}

async function existingPartitions(
  { sink, log }: OpenConnector,
  signal: AbortSignal,
): Promise<readonly KnownPartition[]> {
  const { topics } = sink.config;
  const partitions = [...(await log.partitions(topics, signal))].sort(byTopicAndPartition);
  if ('pattern' in topics) return partitions;
  const missing = topics.names.filter((name) => !partitions.some(({ topic }) => topic === name));
  if (missing.length === 0) return partitions;
  throw new SluiceError('KAFKA_TOPIC_UNKNOWN', `Kafka has no topic ${missing.join(', ')}.`, {
    context: { topic: missing[0] ?? '', key: 'topics' },
    hint: 'Create the topic, or correct topics, then restart the connector.',
  });
}

/** Those that are known before a record is read: none where records name them, or transforms change their topics. */
function tablesOf(sink: Sink, partitions: readonly KnownPartition[]): { database: string; table: string }[] {
  if (sink.tableField !== undefined || sink.config.records.changesTopics) return [];
  const topics = [...new Set(partitions.map(({ topic }) => topic))];
  const tables = new Map(topics.map((topic) => [JSON.stringify(sink.tableOf(topic)), sink.tableOf(topic)]));
  return [...tables.values()];
}

/** Not where tables are created, nor where transforms may give records another topic and so another table. */
function isMissedTableWanted({ tables, config }: Pick<Sink, 'tables' | 'config'>): boolean {
  return !tables.areCreated && config.records.transforms === undefined;
}

/** One missing table stops its own task when its turn comes; when all are missing there is no use in beginning. */
function failWhenNothingCanBeLoaded(findings: readonly SinkFinding[], tables: number): void {
  const missing = findings.filter((finding) => finding.missing);
  const [first] = missing;
  if (first === undefined || missing.length < tables) return;
  throw new SluiceError('SINK_TABLE_UNKNOWN', missing.map(({ table, message }) => `${table}: ${message}`).join(' '), {
    context: { table: first.table },
  });
}

function settingsOf(
  { connector }: ValidateInput,
  sink: Sink,
  partitions: readonly KnownPartition[],
  findings: readonly SinkFinding[],
): CoreSettings {
  const { config, driver, labelPrefix } = sink;
  const { maxRetries, intervalMs } = config.retry;
  return {
    connectorClass: connector.config['connector.class'] ?? '',
    kind: 'sink',
    labelPrefix,
    tasksMax: config.tasksMax,
    // Without a second phase a load is final at once: the next one waits until the group has been moved past it.
    pipelineDepth: driver.twoPhase ? config.batch.pipelineDepth : 1,
    retryIntervalMs: Math.max(1, intervalMs),
    ...(config.retry.maxIntervalMs === DEFAULT_MAX_RETRY_INTERVAL_MS
      ? {}
      : { maxRetryIntervalMs: Math.max(1, intervalMs, config.retry.maxIntervalMs) }),
    ...(config.stallTimeoutMs === 0 ? {} : { stallTimeoutMs: config.stallTimeoutMs }),
    flushMs: config.batch.triggerMs,
    batch: { maxRecords: config.batch.maxRecords, maxBytes: config.batch.maxBytes },
    ...driver.guarantee,
    ...(maxRetries === undefined ? {} : { maxAttempts: maxRetries + 1 }),
    guaranteeReason: driver.guarantee.reason,
    warnings: [
      ...config.warnings.map(({ key, message }) => `${key}: ${message}`),
      ...findings
        .filter(({ missing }) => !missing || isMissedTableWanted(sink))
        .map(({ table, message }) => `${table}: ${message}`),
    ],
    topics: [...new Set(partitions.map(({ topic }) => topic))],
  };
}

async function startOffsets(
  { sink, log }: OpenConnector,
  partitions: readonly KnownPartition[],
  { reset = [] }: ValidateInput,
  known: readonly GroupOffset[],
  signal: AbortSignal,
): Promise<DiscoveredPartition[]> {
  const groupOffset = (partition: KnownPartition) =>
    reset.some((other) => samePartition(other, partition))
      ? undefined
      : known.find((candidate) => samePartition(candidate, partition))?.offset;
  const ours = known.filter((offset) => groupRecord(offset) !== undefined);
  // A partition that a topic has grown since: what was written to it before it was noticed belongs to the connector.
  const hasGrown = ({ topic, partition }: KnownPartition) => {
    const before = ours.filter((other) => other.topic === topic);
    return before.length > 0 && before.every((other) => other.partition < partition);
  };
  const fresh = partitions.filter((partition) => groupOffset(partition) === undefined);
  const policy = sink.config.offsetReset;
  const first = fresh.find((partition) => !hasGrown(partition));
  if (policy === 'none' && first !== undefined) {
    throw new SluiceError(
      'KAFKA_OFFSET_OUT_OF_RANGE',
      `The consumer group has no offset for ${partitionName(first)}, and auto.offset.reset is none.`,
      {
        context: { topic: first.topic, partition: first.partition, key: 'auto.offset.reset' },
        hint: 'Set auto.offset.reset to earliest or latest, or commit offsets to the group first.',
      },
    );
  }
  const atEnd = policy === 'latest' ? fresh.filter((partition) => !hasGrown(partition)) : [];
  const ends = await log.ends(atEnd, signal);
  const starts = await log.starts(fresh, signal);
  return partitions.map((partition) => {
    const offset = groupOffset(partition) ?? ends[atEnd.indexOf(partition)] ?? starts[fresh.indexOf(partition)] ?? 0n;
    return {
      topic: partition.topic,
      topicId: partition.topicId,
      partition: partition.partition,
      offset: offset.toString(),
    };
  });
}
