/**
 * The watch over tasks that stand still though nothing has failed: a load that hangs, a step that is retried for ever.
 *
 * One timer serves the whole connector, and there is none while no task has anything to do: the watch adds five events
 * a minute to the history of a busy connector, however many batches it has, and none to an idle one's.
 */
import type { Connector } from './connector.js';
import type { CoreSettings, Range, TaskStall, TaskState } from './model.js';
import { rangeName } from './offsets.js';

/** How long between two looks; less when the threshold is shorter. */
const LOOK_MS = 60_000;
const LEAST_LOOK_MS = 1_000;
/** More ranges than these are counted in words, not listed. */
const TOLD_RANGES = 5;

/** Looks now and then, until `ended`. */
export async function watchForStalls(connector: Connector, ended: () => boolean): Promise<void> {
  const { runtime } = connector;
  for (;;) {
    await runtime.until(() => ended() || mustWatch(connector));
    if (ended()) return;
    const fromMs = runtime.nowMs();
    const everyMs = lookInterval(connector.settingsIfKnown()?.stallTimeoutMs ?? LOOK_MS);
    if (await runtime.until(ended, everyMs)) return;
    // After a time without workers it is not known yet what the last ones have done: the next look will tell.
    const wasAway = runtime.nowMs() - fromMs > 2 * everyMs;
    if (!wasAway) look(connector);
  }
}

/** From now on the task's standing still counts anew. */
export function forgetStall(state: TaskState): void {
  delete state.progressAtMs;
  delete state.stall;
}

/** What stands still, for people. */
export function stallWords({ phase, sequence, ranges, labels }: TaskStall): string {
  const told = ranges.slice(0, TOLD_RANGES).map(rangeName).join(', ');
  const where = ranges.length > TOLD_RANGES ? `${told} and ${ranges.length - TOLD_RANGES} more ranges` : told;
  if (phase === 'WAIT') return `records wait to be read: ${where}`;
  if (phase === 'PREPARE') return `batch ${sequence} is being prepared: ${where}`;
  return `batch ${sequence} is being committed: ${where}${labels.length === 0 ? '' : `, label ${labels.join(', ')}`}`;
}

/** Where to look for the cause. */
export function stallHint({ phase }: Pick<TaskStall, 'phase'>): string {
  const retries = 'sluice connector status shows what is being retried, and why';
  if (phase === 'WAIT')
    return `Look whether the leaders of these partitions answer, and whether a producer has left a transaction open (kafka-transactions.sh find-hanging); ${retries}.`;
  if (phase === 'PREPARE') {
    return `Look whether Kafka answers and what the database does with loads under the connector's label prefix; ${retries}.`;
  }
  return `Look for the label among the database's transactions; ${retries}.`;
}

function lookInterval(timeoutMs: number): number {
  return Math.max(LEAST_LOOK_MS, Math.min(LOOK_MS, timeoutMs));
}

function mustWatch(connector: Connector): boolean {
  if (connector.desired !== 'RUNNING' || connector.settingsIfKnown()?.stallTimeoutMs === undefined) return false;
  return connector.lanes.some(({ active, state }) => active && (state.inFlight.length > 0 || isBehind(state)));
}

function isBehind({ partitions }: TaskState): boolean {
  return partitions.some(({ next, end }) => end !== undefined && BigInt(end) > BigInt(next));
}

function look(connector: Connector): void {
  const settings = connector.settingsIfKnown();
  if (settings === undefined || connector.desired !== 'RUNNING') return;
  for (const { active, state } of connector.lanes) {
    const stall = active ? stallOf(state, settings, connector.runtime.nowMs()) : undefined;
    if (stall !== undefined) connector.stalled(state, stall);
  }
}

/** Undefined while the task comes on, or has nothing to do. */
function stallOf(state: TaskState, settings: CoreSettings, nowMs: number): TaskStall | undefined {
  const { stallTimeoutMs, flushMs = 0 } = settings;
  const sinceMs = state.progressAtMs;
  if (stallTimeoutMs === undefined || sinceMs === undefined || state.failure !== undefined) return undefined;
  const [batch] = state.inFlight;
  if (batch === undefined) {
    // Records may be left to wait for others until the flush time.
    const isStalled = isBehind(state) && nowMs - sinceMs > stallTimeoutMs + flushMs;
    return isStalled ? { sinceMs, phase: 'WAIT', ranges: waitingRanges(state), labels: [] } : undefined;
  }
  if (nowMs - sinceMs <= stallTimeoutMs) return undefined;
  const { sequence, ranges, loads } = batch;
  const phase = loads === undefined ? 'PREPARE' : 'COMMIT';
  return { sinceMs, phase, sequence, ranges, labels: (loads ?? []).map(({ label }) => label) };
}

function waitingRanges({ partitions }: TaskState): Range[] {
  return partitions.flatMap(({ topic, partition, next, end }) =>
    end !== undefined && BigInt(end) > BigInt(next) ? [{ topic, partition, start: next, end }] : [],
  );
}
