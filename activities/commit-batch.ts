/**
 * Commits a prepared batch, idempotently: the intent into the consumer group, every transaction, then the offsets.
 * Also what undoes it: `abortBatch` gives a batch up that is not in the database.
 */
import { type Clock, systemClock } from '../connect/clock.js';
import type { SinkDriver } from '../connectors/sink-driver.js';
import type { AbortBatchOutput, CommitBatchInput, CommitBatchOutput } from '../workflows/core/activities.js';
import { doubtMessage } from '../workflows/core/doubt.js';
import type { LoadReference } from '../workflows/core/model.js';
import { abortLoads, namedTables, possibleLoads } from './batch-loads.js';
import type { OpenConnector } from './connector-pool.js';
import { forgetDeadLetters } from './dead-letter-positions.js';
import type { ActivityDeps } from './deps.js';
import { checkFence } from './fence.js';
import { doneOffsets, intentOffsets } from './group-record.js';
import type { Lease } from './lease.js';

/** Publishing takes milliseconds as a rule; what takes longer is reported, and nothing waits for it. */
const VISIBLE_WAIT_MS = 2_000;
const VISIBLE_POLL_MS = 50;

export async function commitBatch(
  { connectors, clock = systemClock }: Pick<ActivityDeps, 'connectors' | 'clock'>,
  input: CommitBatchInput,
  lease: Lease,
): Promise<CommitBatchOutput> {
  return connectors.use(input.connector, async ({ sink, log, group, deadLetters }) => {
    const { check, signal } = lease;
    check();
    await forgetDeadLetters(deadLetters, input, signal);
    const pending = input.loads.some((load) => load.state === 'PRECOMMITTED');
    check();
    if ((await checkFence({ log, group, clock }, input, signal)) === 'done')
      return alreadyDone(sink, input.loads, clock, signal);
    check();
    if (pending) await log.commitGroupOffsets(group, intentOffsets(input), signal);
    const result = await commitLoads(sink.driver, input.loads, lease);
    if (result.outcome !== 'committed') return result;
    check();
    await log.commitGroupOffsets(group, doneOffsets(input), signal);
    return { ...result, visible: await becomesVisible(sink.driver, input.loads, clock, signal) };
  });
}

/** The group says that the batch is in the database. What was loaded once more, since its label was forgotten, is not. */
async function alreadyDone(
  sink: OpenConnector['sink'],
  loads: readonly LoadReference[],
  clock: Clock,
  signal: AbortSignal,
): Promise<CommitBatchOutput> {
  const pending = loads.filter((load) => load.state === 'PRECOMMITTED');
  await abortLoads(sink, pending, signal);
  const done = loads.map((load): LoadReference => ({ ...load, state: 'COMMITTED' }));
  return { outcome: 'committed', loads: done, visible: await becomesVisible(sink.driver, done, clock, signal) };
}

async function commitLoads(
  driver: SinkDriver,
  loads: readonly LoadReference[],
  { check, signal }: Lease,
): Promise<CommitBatchOutput> {
  const after: LoadReference[] = [];
  const aborted: LoadReference[] = [];
  const unknown: LoadReference[] = [];
  for (const load of loads) {
    if (load.state === 'COMMITTED') {
      after.push(load);
      continue;
    }
    check();
    const result = await driver.commit(load, signal);
    after.push(result === 'committed' ? { ...load, state: 'COMMITTED' } : load);
    if (result === 'aborted') aborted.push(load);
    if (result === 'unknown') unknown.push(load);
  }
  const [doubtful] = unknown;
  if (doubtful !== undefined) {
    const loads = after.filter((load) => !aborted.includes(load));
    return { outcome: 'inDoubt', loads, message: doubtMessage(doubtful) };
  }
  if (aborted.length === 0) return { outcome: 'committed', loads: after, visible: true };
  const labels = aborted.map(({ label }) => label).join(', ');
  return { outcome: 'aborted', loads: after, reason: `the database has aborted ${labels}` };
}

/** Whether readers see every load, as far as the database remembers it; no answer counts as not yet. */
async function becomesVisible(
  driver: SinkDriver,
  loads: readonly LoadReference[],
  clock: Clock,
  signal: AbortSignal,
): Promise<boolean> {
  const untilMs = clock.nowMs() + VISIBLE_WAIT_MS;
  let waiting = loads;
  try {
    for (;;) {
      const states = await Promise.all(waiting.map(({ database, label }) => driver.lookup(database, label, signal)));
      waiting = waiting.filter((_, index) => states[index] === 'COMMITTED' || states[index] === 'PRECOMMITTED');
      if (waiting.length === 0) return true;
      if (clock.nowMs() >= untilMs) return false;
      await clock.sleep(VISIBLE_POLL_MS, signal);
    }
  } catch {
    return false;
  }
}

/**
 * Gives the batch up. Where rows of it are in the database already, it says so instead.
 *
 * @throws SluiceError as `checkFence`: a workflow that knows less than the group cannot tell what it gives up
 */
export async function abortBatch(
  { connectors, clock = systemClock }: Pick<ActivityDeps, 'connectors' | 'clock'>,
  input: CommitBatchInput,
  { signal }: Lease,
): Promise<AbortBatchOutput> {
  return connectors.use(input.connector, async ({ sink, log, group, pipelines }: OpenConnector) => {
    const known = input.loads.filter((load) => load.state === 'COMMITTED');
    if (known.length > 0) return { outcome: 'committed', loads: known };
    if ((await checkFence({ log, group, clock }, input, signal)) === 'done') {
      return { outcome: 'committed', loads: input.loads };
    }
    // An attempt whose result never arrived may have loaded what nobody knows of; nobody has committed that.
    const prepared = input.loads.length > 0;
    const named = prepared ? [] : await namedTables({ sink, log, pipelines }, input.ranges, signal);
    const possible = prepared ? input.loads : possibleLoads(sink, input, named);
    const { committed, unknown } = await abortLoads(sink, possible, signal);
    if (committed.length > 0) return { outcome: 'committed', loads: committed };
    // What only the group told of had its commit begun.
    const mayBeCommitted = prepared || input.recovered === true;
    return mayBeCommitted && unknown.length > 0 ? { outcome: 'inDoubt', loads: unknown } : { outcome: 'aborted' };
  });
}
