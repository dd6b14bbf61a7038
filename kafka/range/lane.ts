/** Fetching from one leader all the ranges whose partitions it leads, one request after another. */
import { setImmediate as yieldToEvents } from 'node:timers/promises';
import { SluiceError } from '../../connect/errors.js';
import type { ClusterCore, Lease } from '../cluster-core.js';
import { unlessAborted } from '../connections/abort.js';
import { brokerError, errorName, isMoved } from '../errors.js';
import type { PartitionInfo } from '../metadata.js';
import { listOffsets, SPECIAL_TIMESTAMPS } from '../offsets.js';
import {
  FETCH_VERSIONS,
  type FetchedPartition,
  type FetchRequest,
  type FetchResponse,
  type IsolationLevel,
  NO_TOPIC_ID,
  topicKey,
} from '../protocol/fetch.js';
import { isRetryable } from '../retry.js';
import { fetchRequest } from './plan-fetch.js';
import type { RangeProgress } from './range.js';
import { fetchedSpan, type PartitionScanner } from './scan-partition.js';
import { requireProgress, type StallLimits } from './stall.js';

export interface LaneOptions {
  limits: StallLimits;
  maxBytes: number;
  maxPartitionBytes: number;
  maxWaitMs: number;
  isolationLevel: IsolationLevel;
  maxDecompressedBytes: number;
  signal: AbortSignal;
}

/** A range and the leader epoch its fetches name, so that a deposed leader notices. */
export interface LaneRange {
  progress: RangeProgress;
  leader: PartitionInfo;
}

/** One partition's new records, to be scanned. */
interface Arrival {
  progress: RangeProgress;
  fetched: FetchedPartition;
  from: bigint;
}

/** The visitor may be slow: other work in the process gets its turn at least this often. */
const YIELD_AFTER_MS = 20;

export class LeaderLane {
  readonly #core: ClusterCore;
  readonly #leader: number;
  readonly #scanner: PartitionScanner;
  readonly #options: LaneOptions;
  /** In the order they are asked for. */
  #ranges: LaneRange[];
  #mustFindLeaders = false;
  #yieldedAtMs = performance.now();

  constructor(
    core: ClusterCore,
    leader: number,
    ranges: readonly LaneRange[],
    scanner: PartitionScanner,
    options: LaneOptions,
  ) {
    this.#core = core;
    this.#leader = leader;
    this.#ranges = [...ranges];
    this.#scanner = scanner;
    this.#options = options;
  }

  /**
   * Reads until all ranges are done, or one of them needs to find its leader anew: why, is noted with the range.
   *
   * @throws SluiceError where going on cannot help; what the visitor throws; the signal's reason.
   */
  async run(): Promise<void> {
    const lease = await this.#reaching(() => this.#core.lease(this.#leader, this.#options.signal));
    if (lease === undefined) return;
    let isIdle = false;
    try {
      await this.#readAll(lease);
      isIdle = true;
    } finally {
      lease.release(isIdle);
    }
  }

  /** While one response is scanned, the next is under way. */
  async #readAll({ connection }: Lease): Promise<void> {
    const version = connection.fetchVersion(FETCH_VERSIONS.min, this.#newestVersion());
    const { signal } = this.#options;
    const request = () => connection.fetch(version, this.#request(), signal);
    let response = await this.#reaching(request);
    while (response !== undefined) {
      const arrivals = await this.#takeIn(response, version);
      const next = this.#goesOn() ? this.#reaching(request) : undefined;
      next?.catch(() => {});
      await this.#scan(arrivals);
      for (const { progress } of this.#ranges) requireProgress(progress, this.#options.limits);
      response = await next;
    }
  }

  /** Drops what is done; false when nothing is left to ask this leader for. */
  #goesOn(): boolean {
    this.#ranges = this.#ranges.filter(({ progress }) => !progress.isDone);
    return this.#ranges.length > 0 && !this.#mustFindLeaders;
  }

  #newestVersion(): number {
    const isNamed = this.#ranges.some(({ progress }) => progress.topicId === NO_TOPIC_ID);
    return isNamed ? FETCH_VERSIONS.min : FETCH_VERSIONS.max;
  }

  #request(): FetchRequest {
    const { maxWaitMs, maxBytes, maxPartitionBytes, isolationLevel } = this.#options;
    return fetchRequest(this.#ranges, { maxWaitMs, maxBytes, maxPartitionBytes, isolationLevel });
  }

  /** Undefined when the broker cannot be reached: its partitions may have other leaders by now. */
  async #reaching<T>(attempt: () => Promise<T>): Promise<T | undefined> {
    try {
      return await attempt();
    } catch (error) {
      this.#options.signal.throwIfAborted();
      if (!isRetryable(error)) throw error;
      for (const { progress } of this.#ranges) progress.obstacle = { error };
      return undefined;
    }
  }

  /** Moves positions, notes obstacles; gives back what there is to scan. */
  async #takeIn(response: FetchResponse, version: number): Promise<Arrival[]> {
    if (response.errorCode !== 0) this.#moveOn(this.#ranges, response.errorCode);
    const waiting = new Map(this.#ranges.map((range) => [laneKey(range.progress, version), range]));
    const arrivals: Arrival[] = [];
    for (const fetched of response.partitions) {
      const range = waiting.get(`${fetched.topicKey}/${fetched.partition}`);
      if (range === undefined) continue;
      if (fetched.errorCode !== 0) {
        await this.#refused(range, fetched.errorCode);
        continue;
      }
      const arrival = this.#advance(range.progress, fetched);
      if (arrival !== undefined) arrivals.push(arrival);
    }
    this.#askFirstForStarved(arrivals);
    return arrivals;
  }

  #advance(progress: RangeProgress, fetched: FetchedPartition): Arrival | undefined {
    const from = progress.position;
    const span = located(progress, () => fetchedSpan(fetched.records, from));
    if (fetched.logStartOffset > from && (span === undefined || span.first > from)) {
      throw outOfRange(progress, fetched.logStartOffset, fetched.highWatermark);
    }
    if (span === undefined) {
      progress.obstacle = { lastStableOffset: fetched.lastStableOffset, highWatermark: fetched.highWatermark };
      return undefined;
    }
    progress.advanceTo(span.next, span.sizeBytes, performance.now());
    return { progress, fetched, from };
  }

  /**
   * A broker fills its response in the order asked for, and gives only the first partition a batch that is larger than
   * the limits. So whoever got nothing is first in line.
   */
  #askFirstForStarved(arrivals: readonly Arrival[]): void {
    const fed = new Set(arrivals.map(({ progress }) => progress));
    const starved = this.#ranges.filter(({ progress }) => !fed.has(progress));
    this.#ranges = [...starved, ...this.#ranges.filter(({ progress }) => fed.has(progress))];
  }

  async #refused(range: LaneRange, errorNumber: number): Promise<void> {
    const { progress } = range;
    if (errorName(errorNumber) === 'OFFSET_OUT_OF_RANGE') throw await this.#describeOutOfRange(progress);
    this.#moveOn([range], errorNumber);
  }

  async #describeOutOfRange(progress: RangeProgress): Promise<SluiceError> {
    const { topic, partition } = progress.range;
    const at = (timestamp: bigint) =>
      listOffsets(this.#core, [{ topic, partition, timestamp }], 'read_uncommitted', this.#options.signal);
    const [start] = await at(SPECIAL_TIMESTAMPS.earliest);
    const [end] = await at(SPECIAL_TIMESTAMPS.latest);
    return outOfRange(progress, start?.offset ?? -1n, end?.offset ?? -1n);
  }

  #moveOn(ranges: readonly LaneRange[], errorNumber: number): void {
    for (const { progress } of ranges) {
      const { topic, partition } = progress.range;
      const error = brokerError(errorNumber, { topic, partition });
      if (!error.retryable && !isMoved(errorNumber)) throw error;
      progress.obstacle = { error };
      this.#mustFindLeaders = true;
    }
  }

  async #scan(arrivals: readonly Arrival[]): Promise<void> {
    for (const { progress, fetched, from } of arrivals) {
      this.#scanner.scan(progress, fetched, from);
      if (performance.now() - this.#yieldedAtMs >= YIELD_AFTER_MS) {
        await unlessAborted(yieldToEvents(), this.#options.signal);
        this.#yieldedAtMs = performance.now();
      }
      this.#options.signal.throwIfAborted();
    }
  }
}

function laneKey({ range, topicId }: RangeProgress, version: number): string {
  return `${topicKey(version, range.topic, topicId)}/${range.partition}`;
}

function located<T>({ range, position }: RangeProgress, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const { topic, partition } = range;
    throw error instanceof SluiceError ? error.within({ topic, partition, offset: position.toString() }) : error;
  }
}

function outOfRange(progress: RangeProgress, logStart: bigint, logEnd: bigint): SluiceError {
  const { range, position } = progress;
  const { topic, partition } = range;
  const isDeleted = position < logStart;
  return new SluiceError(
    'KAFKA_OFFSET_OUT_OF_RANGE',
    `Offset ${position} is ${isDeleted ? 'no longer' : 'not'} in the log, which holds ${logStart} to ${logEnd}${isDeleted ? `: up to ${logStart - position} records are lost` : ''}.`,
    {
      context: { topic, partition, offset: position.toString() },
      hint: isDeleted
        ? 'Records were deleted before they were read. To go on without them: stop the connector, set the offset (sluice connector offsets set), resume it. Raise the retention of the topic.'
        : 'The log has been truncated or the topic created again: stop the connector, set the offset (sluice connector offsets set), resume it.',
    },
  );
}
