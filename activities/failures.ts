/** Errors on their way into Temporal: one place that decides what is retried and what fails the task. */
import { ApplicationFailure, CancelledFailure, Context } from '@temporalio/activity';
import { describeError, type ErrorContext, SluiceError } from '../connect/errors.js';

/** Runs the body of an activity; whatever it throws becomes a failure that Temporal acts upon. */
export async function asActivity<T>(context: ErrorContext, body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (error) {
    throw toFailure(error, context);
  }
}

/**
 * Retryable errors are thrown as such, with the delay that the database asked for; permanent ones end the activity. An
 * error that nobody has foreseen is retried: a deploy may mend it, and nothing is lost meanwhile.
 */
export function toFailure(error: unknown, context: ErrorContext): Error {
  if (Context.current().cancellationSignal.aborted) {
    const reason: unknown = Context.current().cancellationSignal.reason;
    return reason instanceof CancelledFailure ? reason : new CancelledFailure('CANCELLED');
  }
  if (error instanceof ApplicationFailure || error instanceof CancelledFailure) return error;
  const known = error instanceof SluiceError ? error.within(context) : undefined;
  const message = known === undefined ? describeError(error) : describeError(known);
  return ApplicationFailure.create({
    type: known?.code ?? 'INTERNAL',
    message,
    nonRetryable: known !== undefined && !known.retryable,
    details: [known?.context ?? context],
    ...(error instanceof Error ? { cause: error } : {}),
    ...(known?.retryDelayMs === undefined ? {} : { nextRetryDelay: known.retryDelayMs }),
  });
}
