/**
 * The requests that take more than a changed wish: new configurations and new offsets. Each answers with a typed
 * refusal, or does all of it.
 */
import type { AlterOffsetsRequest } from '../messages.js';
import type { DiscoveredPartition, ValidateOutput } from './activities.js';
import type { Connector } from './connector.js';
import type { Lane } from './lane.js';
import type { ConnectorConfig, PartitionState } from './model.js';
import { partitionName, samePartition } from './offsets.js';

/** What the consumer group tells. */
type Told = NonNullable<ValidateOutput['recovered']>;

/** Why a request is refused, in words for the one who asked. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** Checks the configuration against Kafka and the database, then takes it over between batches. */
export function reconfigure(connector: Connector, config: ConnectorConfig): Promise<void> {
  return connector.alone(() => checkAndReconfigure(connector, config));
}

async function checkAndReconfigure(connector: Connector, config: ConnectorConfig): Promise<void> {
  const checked = await connector.check(config);
  if (checked.kind === 'cancelled') throw new Refusal('CANCELLED', 'The check of the new configuration was cancelled.');
  if (checked.kind === 'failed') throw new Refusal(checked.code, checked.message);
  await connector.reconfigure(config, checked.value);
}

/** The refusal of an offset change that can be told without asking anybody; undefined when there is none. */
export function offsetRefusal(connector: Connector, request: AlterOffsetsRequest): Refusal | undefined {
  if (connector.desired !== 'STOPPED' || connector.lanes.some((lane) => lane.active)) {
    return new Refusal(
      'CONNECTOR_NOT_STOPPED',
      'Connectors must be in the STOPPED state before their offsets can be modified. Stop it first: sluice connector stop.',
    );
  }
  const partitions = connector.lanes.flatMap((lane) => lane.state.partitions);
  for (const wanted of request.offsets) {
    if (!partitions.some((known) => samePartition(known, wanted))) {
      return new Refusal('KAFKA_TOPIC_UNKNOWN', `${partitionName(wanted)} is not a partition of this connector.`);
    }
    if (wanted.offset !== null && !/^\d{1,19}$/.test(wanted.offset)) {
      return new Refusal(
        'OFFSET_INVALID',
        `Offset "${wanted.offset}" of ${partitionName(wanted)} is not a whole number from 0 on.`,
      );
    }
  }
  return undefined;
}

/** Moves partitions to other offsets; prepared transactions of batches in flight are aborted first. */
export function alterOffsets(connector: Connector, request: AlterOffsetsRequest): Promise<void> {
  const seen = positionsOf(connector);
  return connector.alone(() => {
    if (positionsOf(connector) === seen) return dropAndMove(connector, request);
    throw new Refusal(
      'OFFSETS_CHANGED',
      'The offsets of the connector have changed while this request waited for another one: look at them, then ask again.',
    );
  });
}

/** What the one who asks for other offsets has seen. */
function positionsOf(connector: Connector): string {
  const partitions = connector.lanes.flatMap(({ state }) => state.partitions);
  return partitions
    .map((partition) => `${partitionName(partition)} ${partition.committed}`)
    .sort()
    .join();
}

async function dropAndMove(connector: Connector, request: AlterOffsetsRequest): Promise<void> {
  const refusal = offsetRefusal(connector, request);
  if (refusal !== undefined) throw refusal;
  const targets = await resolveOffsets(connector, request);
  if (targets.told !== undefined) refuseWhenPassed(connector, targets.told);
  await dropInFlight(connector);
  const moved = movedBy(connector, targets);
  connector.moveTo(targets.offsets, targets.topicIds, targets.told?.identity);
  await mirror(connector, moved);
}

async function resolveOffsets(
  connector: Connector,
  request: AlterOffsetsRequest,
): Promise<{ offsets: PartitionState[]; topicIds: Record<string, string>; told?: Told }> {
  const reset = request.offsets.filter((wanted) => wanted.offset === null);
  const outcome = await connector.runtime.run(
    'validateConnector',
    { connector: connector.connector(), reset },
    { summary: 'resolve offsets', maxAttempts: 3, retryIntervalMs: 1_000 },
  ).outcome;
  if (outcome.kind === 'cancelled') throw new Refusal('CANCELLED', 'The request was cancelled.');
  if (outcome.kind === 'failed') throw new Refusal(outcome.code, outcome.message);
  const found = outcome.value.partitions;
  const topicIds = topicIdsOf(connector, request, found);
  const offsets = request.offsets.flatMap((wanted) => {
    const offset = wanted.offset ?? found.find((candidate) => samePartition(candidate, wanted))?.offset;
    return offset === undefined ? [] : [{ ...wanted, next: offset, committed: offset }];
  });
  const told = outcome.value.recovered;
  return { offsets, topicIds, ...(told === undefined ? {} : { told }) };
}

/** Those that will be read from elsewhere than where they stand, or from another topic. */
function movedBy(
  connector: Connector,
  { offsets, topicIds }: Pick<Awaited<ReturnType<typeof resolveOffsets>>, 'offsets' | 'topicIds'>,
): PartitionState[] {
  const known = connector.topicIds();
  const partitions = connector.lanes.flatMap(({ state }) => state.partitions);
  return offsets.filter((target) => {
    const { topic, committed } = target;
    const isRecreated = known[topic] !== undefined && topicIds[topic] !== undefined && known[topic] !== topicIds[topic];
    return isRecreated || partitions.find((other) => samePartition(other, target))?.committed !== committed;
  });
}

/**
 * The ids of the topics whose partitions are moved. A topic that was created again holds other records at the old
 * positions: one is moved whole, or not at all.
 */
function topicIdsOf(
  connector: Connector,
  { offsets }: AlterOffsetsRequest,
  found: readonly DiscoveredPartition[],
): Record<string, string> {
  const known = connector.topicIds();
  const moved = found.filter(({ topic }) => offsets.some((wanted) => wanted.topic === topic));
  const left = moved
    .filter(({ topic, topicId }) => (known[topic] ?? topicId) !== topicId)
    .find((partition) => !offsets.some((wanted) => samePartition(wanted, partition)));
  if (left !== undefined) {
    throw new Refusal(
      'KAFKA_TOPIC_RECREATED',
      `Topic ${left.topic} was deleted and created again: give an offset for each of its partitions, ${partitionName(left)} too, or reset them all.`,
    );
  }
  return Object.fromEntries(moved.map(({ topic, topicId }) => [topic, topicId]));
}

/** Batches that are not in the database are given up; one that is there in part can only be finished. */
async function dropInFlight(connector: Connector): Promise<void> {
  for (const lane of connector.lanes) {
    for (const batch of [...lane.state.inFlight]) {
      const outcome = await connector.runtime.run(
        'abortBatch',
        { ...lane.inputOf(batch), loads: batch.loads ?? [] },
        { summary: `abort batch ${batch.sequence}`, maxAttempts: 5, retryIntervalMs: 1_000 },
      ).outcome;
      if (outcome.kind === 'cancelled') throw new Refusal('CANCELLED', 'The request was cancelled.');
      if (outcome.kind === 'failed' && outcome.code === 'POSITION_PASSED') throw passed(connector, lane);
      if (outcome.kind === 'failed') throw new Refusal(outcome.code, outcome.message);
      if (outcome.value.outcome === 'inDoubt') {
        throw new Refusal(
          'BATCH_IN_DOUBT',
          `The database no longer knows batch ${batch.sequence} of task ${lane.state.task}, which may have been committed; resume the connector and resolve the batch, then stop it again.`,
        );
      }
      if (outcome.value.outcome === 'committed' || batch.settled !== undefined) {
        throw new Refusal(
          'BATCH_COMMITTED',
          `Batch ${batch.sequence} of task ${lane.state.task} is in the database in part; resume the connector to finish it, then stop it again.`,
        );
      }
      lane.state.inFlight = lane.state.inFlight.filter((other) => other !== batch);
      for (const partition of lane.state.partitions) {
        if (batch.ranges.some((range) => samePartition(range, partition))) partition.next = partition.committed;
      }
    }
    delete lane.state.failure;
  }
}

/**
 * The group may tell of batches that this workflow does not know, since it was reset or its history restored: then the
 * offsets that it shows are not where it stands, and nobody can say by them what is to be moved.
 */
function refuseWhenPassed(connector: Connector, { positions = [], batches }: Told): void {
  const isUnderWay = (partition: PartitionState) =>
    batches.some(({ ranges }) => ranges.some((range) => samePartition(range, partition)));
  const isAhead = (partition: PartitionState) =>
    positions.some((told) => samePartition(told, partition) && BigInt(told.offset) > BigInt(partition.committed));
  for (const lane of connector.lanes) {
    const { inFlight, partitions } = lane.state;
    // Those in flight are held against the group when they are given up.
    const idle = partitions.filter(
      (partition) => !inFlight.some(({ ranges }) => ranges.some((range) => samePartition(range, partition))),
    );
    if (idle.some((partition) => isAhead(partition) || isUnderWay(partition))) throw passed(connector, lane);
  }
}

/** The task keeps it: with the next resume it takes over what the group tells. */
function passed(connector: Connector, { state }: Lane): Refusal {
  const refusal = new Refusal(
    'POSITION_PASSED',
    'The consumer group tells of batches that this connector does not know, for it was reset or its history restored: the offsets that it shows are not where it stands. Resume it, which takes over what the group tells, then stop it and ask again.',
  );
  state.failure = { code: refusal.code, message: refusal.message, atMs: connector.runtime.nowMs() };
  return refusal;
}

/**
 * An empty batch where every partition stands now: its commit writes that to the consumer group, also where a batch was
 * given up whose intent is there.
 */
async function mirror(connector: Connector, moved: readonly PartitionState[]): Promise<void> {
  const offsets = connector.lanes.flatMap(({ state }) => state.partitions);
  const outcome = await connector.runtime.run(
    'commitBatch',
    {
      connector: connector.connector(),
      identity: connector.identity(),
      runs: connector.runs(),
      task: 0,
      sequence: 0,
      labelPrefix: '',
      ranges: offsets.map(({ topic, partition, next }) => ({ topic, partition, start: next, end: next })),
      loads: [],
      moved: moved.map(({ topic, partition }) => ({ topic, partition })),
    },
    { summary: 'mirror offsets to the consumer group', maxAttempts: 5, retryIntervalMs: 1_000 },
  ).outcome;
  if (outcome.kind === 'failed') throw new Refusal(outcome.code, outcome.message);
}
