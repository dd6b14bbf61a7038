/** Waits, without reading data, until a batch is due: cheap, long-lived, cancelled at any time without harm. */
import { systemClock } from '../connect/clock.js';
import type { SinkConfig } from '../connect/config/sink-connector.js';
import { SluiceError } from '../connect/errors.js';
import type { AwaitBatchInput, AwaitBatchOutput, DiscoveredPartition } from '../workflows/core/activities.js';
import type { Backlog, PlannedRange } from '../workflows/core/backlog.js';
import type { Range } from '../workflows/core/model.js';
import type { ActivityDeps } from './deps.js';
import type { Discovery } from './discovery.js';
import { HeldBack } from './held-back.js';
import { planBatch } from './plan.js';
import type { KnownPartition, LogPosition, LogView, SourceLog } from './ports.js';

/** An idle wait is renewed this often: the only events that an idle connector adds. */
const RENEW_MS = 10 * 60_000;
const SLOWEST_POLL_MS = 250;
const FASTEST_POLL_MS = 20;
/** A log end below the position can be a new leader catching up; for longer than this it is a loss. */
const TRUNCATION_GRACE_MS = 30_000;

export async function awaitBatch(
  { connectors, discovery, clock = systemClock }: Pick<ActivityDeps, 'connectors' | 'discovery' | 'clock'>,
  input: AwaitBatchInput,
  signal: AbortSignal,
): Promise<AwaitBatchOutput> {
  return connectors.use(input.connector, async ({ sink: { config }, log }) => {
    const wait = new Wait(input, config, clock.nowMs());
    const heldBack = new HeldBack(log, Math.min(config.stallTimeoutMs, RENEW_MS / 2), clock.nowMs());
    await checkStarts(log, input, signal);
    for (;;) {
      const found = await discover(discovery, log, input, config, clock.nowMs(), signal);
      if (found.length > 0) return { outcome: 'partitions', found };
      const views = await log.look(wait.positions, signal);
      await failWhenTruncated(log, input, config, wait.positions, views, signal);
      const result = wait.judge(views, clock.nowMs());
      if (result !== undefined) return result;
      const ends = wait.isWaiting ? undefined : await heldBack.look(wait.positions, views, clock.nowMs(), signal);
      // With these ends the workflow knows of records that nobody can read.
      if (ends !== undefined) return { outcome: 'idle', ends: ends.map(String) };
      await clock.sleep(pollInterval(config), signal);
    }
  });
}

/** What one wait remembers between two looks at the log. */
class Wait {
  /** Each with the epoch of the leader that has last told of it. */
  positions: readonly LogPosition[];
  private waitingSinceMs: number | undefined;
  private behindSinceMs: number | undefined;

  constructor(
    private readonly input: AwaitBatchInput,
    private readonly config: SinkConfig,
    private readonly startedMs: number,
  ) {
    this.positions = input.positions.map(({ offset, ...position }) => ({ ...position, offset: BigInt(offset) }));
  }

  /** What a look means: a batch, nothing to wait for, or (undefined) another look later. */
  judge(views: readonly LogView[], nowMs: number): AwaitBatchOutput | undefined {
    const leaderEpochs = views.map(({ leaderEpoch }) => leaderEpoch);
    this.positions = this.positions.map((position, index) => ({ ...position, ...withEpoch(leaderEpochs[index]) }));
    const backlogs = this.positions.map(({ topic, partition, offset }, index) => ({
      topic,
      partition,
      offset,
      end: views[index]?.end ?? offset,
    }));
    this.failWhenBehind(backlogs, nowMs);
    const isWaiting = backlogs.some(({ offset, end }) => end > offset);
    this.waitingSinceMs = isWaiting ? (this.waitingSinceMs ?? nowMs) : undefined;
    const ends = backlogs.map(({ end }) => end.toString());
    const plan = planBatch({
      backlogs,
      batch: this.config.batch,
      bytesPerRecord: this.input.bytesPerRecord,
      dueAtOnce: this.input.dueAtOnce,
      waitedMs: this.waitingSinceMs === undefined ? 0 : nowMs - this.waitingSinceMs,
    });
    if (plan !== undefined) {
      return { outcome: 'due', reason: plan.reason, ranges: plan.ranges.map(inHistory), ends, leaderEpochs };
    }
    const idle = !isWaiting && (this.input.dueAtOnce || nowMs - this.startedMs > RENEW_MS);
    return idle ? { outcome: 'idle', ends, leaderEpochs } : undefined;
  }

  /** Whether there is something to load, although it is not due yet. */
  get isWaiting(): boolean {
    return this.waitingSinceMs !== undefined;
  }

  private failWhenBehind(backlogs: readonly Backlog[], nowMs: number): void {
    const behind = backlogs.find(({ offset, end }) => end < offset);
    this.behindSinceMs = behind === undefined ? undefined : (this.behindSinceMs ?? nowMs);
    if (behind === undefined || nowMs - (this.behindSinceMs ?? nowMs) <= TRUNCATION_GRACE_MS) return;
    throw truncated(behind, behind.end, 'ends at');
  }
}

function withEpoch(leaderEpoch: number | undefined): { leaderEpoch?: number } {
  return leaderEpoch === undefined ? {} : { leaderEpoch };
}

function inHistory({ start, end, ...partition }: PlannedRange): Range {
  return { ...partition, start: start.toString(), end: end.toString() };
}

/** Often enough that the flush time is kept to a fraction; never a burden on the brokers. */
function pollInterval({ batch }: SinkConfig): number {
  return Math.min(SLOWEST_POLL_MS, Math.max(FASTEST_POLL_MS, batch.triggerMs / 10));
}

/** Another leader may have another log: records that were read are not in it, and new ones stand in their place. */
async function failWhenTruncated(
  log: SourceLog,
  { topicIds }: AwaitBatchInput,
  { topics }: SinkConfig,
  positions: readonly LogPosition[],
  views: readonly LogView[],
  signal: AbortSignal,
): Promise<void> {
  const index = views.findIndex(({ truncatedTo }) => truncatedTo !== undefined);
  const [position, view] = [positions[index], views[index]];
  if (position === undefined || view?.truncatedTo === undefined) return;
  failWhenRecreated(await log.partitions(topics, signal), topicIds);
  throw truncated(position, view.truncatedTo, 'was truncated to');
}

/** Records that were deleted before they were read are a loss, and never passed over in silence. */
async function checkStarts(log: SourceLog, { positions }: AwaitBatchInput, signal: AbortSignal): Promise<void> {
  const starts = await log.starts(positions, signal);
  positions.forEach(({ topic, partition, offset }, index) => {
    const start = starts[index] ?? 0n;
    if (start <= BigInt(offset)) return;
    throw new SluiceError(
      'KAFKA_OFFSET_OUT_OF_RANGE',
      `Records ${offset} to ${start} were deleted from Kafka before they were read, up to ${start - BigInt(offset)} records: the log begins at ${start}.`,
      {
        context: { topic, partition, offset },
        hint: 'To go on without them: stop the connector, set the offset (sluice connector offsets set), resume it. Raise the retention of the topic.',
      },
    );
  });
}

function truncated({ topic, partition, offset }: LogPosition, end: bigint, how: string): SluiceError {
  return new SluiceError(
    'KAFKA_OFFSET_OUT_OF_RANGE',
    `The log ${how} ${end}, before the position ${offset}: ${offset - end} records that were planned or loaded are not in it any more, and others take their offsets.`,
    {
      context: { topic, partition, offset: offset.toString() },
      hint: `Rows that were loaded of them are in the table. To read what stands at those offsets now: stop the connector, set the offset to ${end} (sluice connector offsets set), resume it.`,
    },
  );
}

/**
 * New partitions, on the task that watches for them and when a look is due. They begin at their start: what was written
 * to them before they were noticed belongs to the connector.
 */
async function discover(
  discovery: Discovery,
  log: SourceLog,
  { connector, watch, topicIds }: AwaitBatchInput,
  config: SinkConfig,
  nowMs: number,
  signal: AbortSignal,
): Promise<DiscoveredPartition[]> {
  if (watch === undefined || !discovery.due(connector.name, config.metadataMaxAgeMs, nowMs)) return [];
  const existing = await log.partitions(config.topics, signal);
  failWhenRecreated(existing, topicIds);
  const found = existing.filter(({ topic, partition }) => partition >= (watch[topic] ?? 0));
  const starts = await log.starts(found, signal);
  discovery.looked(connector.name, nowMs);
  return found.map((partition, index) => ({ ...partition, offset: (starts[index] ?? 0n).toString() }));
}

function failWhenRecreated(existing: readonly KnownPartition[], topicIds: Readonly<Record<string, string>>): void {
  const found = existing.find(({ topic, topicId }) => (topicIds[topic] ?? topicId) !== topicId);
  if (found === undefined) return;
  const { topic } = found;
  throw new SluiceError(
    'KAFKA_TOPIC_RECREATED',
    `Topic ${topic} was deleted and created again: its offsets mean other records now.`,
    {
      context: { topic },
      hint: 'To read the new topic from its start: stop the connector, reset its offsets (sluice connector offsets reset), resume it.',
    },
  );
}
