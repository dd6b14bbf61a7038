/** The watch over progress: a range that stands still for too long ends in an error that says why. */
import { SluiceError } from '../../connect/errors.js';
import type { RangeProgress } from './range.js';

export interface StallLimits {
  stallTimeoutMs: number;
  /** For ranges whose end the last stable offset has not reached. */
  incompleteTimeoutMs: number;
}

/** @throws SluiceError KAFKA_RANGE_INCOMPLETE (retryable), or the error that stands in the way. */
export function requireProgress(progress: RangeProgress, limits: StallLimits): void {
  if (progress.isDone) return;
  const { error, lastStableOffset } = progress.obstacle;
  const isIncomplete = error === undefined && lastStableOffset !== undefined && lastStableOffset < progress.range.end;
  const limitMs = isIncomplete ? limits.incompleteTimeoutMs : limits.stallTimeoutMs;
  const stoodStillMs = performance.now() - progress.movedAtMs;
  if (stoodStillMs < limitMs) return;
  throw explain(progress, Math.round(stoodStillMs), isIncomplete);
}

function explain(progress: RangeProgress, stoodStillMs: number, isIncomplete: boolean): SluiceError {
  const { topic, partition, end } = progress.range;
  const { error, lastStableOffset, highWatermark } = progress.obstacle;
  const context = { topic, partition, offset: progress.position.toString() };
  if (error instanceof SluiceError) return error.within(context);
  const ends = `last stable offset ${lastStableOffset ?? 'unknown'}, high watermark ${highWatermark ?? 'unknown'}`;
  return new SluiceError(
    'KAFKA_RANGE_INCOMPLETE',
    `Kafka gives no records beyond offset ${progress.position}, but the range ends at ${end} (${ends}).`,
    {
      retryable: true,
      context,
      hint: isIncomplete
        ? 'A producer may hold a transaction open, or the log has been truncated.'
        : `No progress for ${stoodStillMs} ms: check the log of the broker for this partition.`,
    },
  );
}
