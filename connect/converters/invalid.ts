import { SluiceError } from '../errors.js';
import { JsonSyntaxError } from '../json/index.js';

const EXCERPT_BYTES = 80;

/** A record that cannot become rows. The caller knows the topic, partition and offset and adds them. */
export function recordInvalid(message: string, hint: string, cause?: unknown): SluiceError {
  return new SluiceError('RECORD_INVALID', message, { hint, cause });
}

/** `error` as the user is to see it, if it says that the value, which begins at `valueStart`, is no JSON. */
export function asRecordInvalid(error: unknown, source: Buffer, valueStart: number, valueEnd: number): unknown {
  if (!(error instanceof JsonSyntaxError)) return error;
  const place = `byte ${error.position - valueStart}`;
  const near = excerpt(source, Math.max(valueStart, error.position - EXCERPT_BYTES / 4), valueEnd);
  return recordInvalid(
    `The value is not valid JSON: ${error.reason} at ${place}, near ${near}.`,
    'Correct the producer, or let such records go to the dead letter queue with errors.tolerance=all.',
    error,
  );
}

/** The beginning of the span in quotes, printable and short whatever it holds. */
export function excerpt(source: Buffer, start: number, end: number): string {
  const cut = end - start > EXCERPT_BYTES;
  const text = source.toString('utf8', start, cut ? start + EXCERPT_BYTES : end);
  const printable = text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (character) => {
    const codePoint = character.codePointAt(0) ?? 0;
    return `\\u{${codePoint.toString(16)}}`;
  });
  return `"${printable}${cut ? '…' : ''}"`;
}
