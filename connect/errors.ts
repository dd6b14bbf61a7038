/**
 * Errors as typed values.
 *
 * Every error that can reach a user says what happened, where (connector, topic, partition, offset, label), in the
 * words of the system that reported it, whether trying again can help, and what to do.
 */

/** Every error code, in one place: retry policy, status and documentation refer to these. */
export const ERROR_CODES = [
  // configuration
  'CONFIG_INVALID',
  'SECRET_UNRESOLVED',
  // Kafka
  'KAFKA_UNREACHABLE',
  'KAFKA_AUTHENTICATION_FAILED',
  'KAFKA_AUTHORIZATION_FAILED',
  'KAFKA_TOPIC_UNKNOWN',
  'KAFKA_TOPIC_RECREATED',
  'KAFKA_OFFSET_OUT_OF_RANGE',
  'KAFKA_RANGE_INCOMPLETE',
  'KAFKA_CORRUPT_RECORD',
  'KAFKA_PROTOCOL',
  // the schema registry
  'REGISTRY_UNREACHABLE',
  // the database
  'SINK_UNREACHABLE',
  'SINK_TIMEOUT',
  'SINK_UNAVAILABLE',
  'SINK_AUTHENTICATION_FAILED',
  'SINK_ACCESS_DENIED',
  'SINK_REDIRECT_REFUSED',
  'SINK_DATABASE_UNKNOWN',
  'SINK_TABLE_UNKNOWN',
  'SINK_TOO_MANY_VERSIONS',
  'SINK_QUOTA_EXCEEDED',
  'SINK_ROWS_REJECTED',
  'SINK_SCHEMA_CHANGE_FAILED',
  'SINK_BODY_TOO_LARGE',
  'SINK_LABEL_BUSY',
  'SINK_REQUEST_INVALID',
  'SINK_UNSUPPORTED',
  'SINK_PROTOCOL',
  // records
  'RECORD_INVALID',
  'RECORD_TOO_LARGE',
  'RECORD_NULL',
  // whose turn it is
  'CONNECTOR_SUPERSEDED',
  'POSITION_PASSED',
  // the worker itself
  'LEASE_LOST',
  'CANCELLED',
  'INTERNAL',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/** Where a record was when it turned out to be bad, in the words of Kafka Connect. */
export type RecordStage = 'KEY_CONVERTER' | 'VALUE_CONVERTER' | 'HEADER_CONVERTER' | 'TRANSFORMATION' | 'TASK_PUT';

/** Where it happened. Offsets are decimal strings: they never pass through a JavaScript number. */
export interface ErrorContext {
  connector?: string;
  task?: number;
  topic?: string;
  partition?: number;
  offset?: string;
  stage?: RecordStage;
  table?: string;
  label?: string;
  transactionId?: string;
  host?: string;
  /** The configuration key that is to be changed. */
  key?: string;
  /** Where the database lists the rows it rejected. */
  errorUrl?: string;
}

export interface SluiceErrorOptions {
  /** True when the same call can succeed later without anybody changing anything. */
  retryable?: boolean;
  /** What the user can do about it: one imperative sentence. */
  hint?: string;
  context?: ErrorContext;
  /** Wait at least this long before the next attempt. */
  retryDelayMs?: number;
  cause?: unknown;
}

/** Errors are kept in workflow histories, which do not take the megabytes that a database or a record may hold. */
const MAX_MESSAGE_CHARACTERS = 8_000;

export class SluiceError extends Error {
  override readonly name = 'SluiceError';
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly hint: string | undefined;
  readonly context: ErrorContext;
  readonly retryDelayMs: number | undefined;

  constructor(code: ErrorCode, message: string, options: SluiceErrorOptions = {}) {
    super(clipped(message), options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable ?? false;
    this.hint = options.hint;
    this.context = options.context ?? {};
    this.retryDelayMs = options.retryDelayMs;
  }

  /** The same error, told with more of where it happened. What is known already is kept. */
  within(context: ErrorContext): SluiceError {
    const wider = new SluiceError(this.code, this.message, {
      retryable: this.retryable,
      context: { ...context, ...this.context },
      cause: this.cause,
      ...(this.hint === undefined ? {} : { hint: this.hint }),
      ...(this.retryDelayMs === undefined ? {} : { retryDelayMs: this.retryDelayMs }),
    });
    if (this.stack !== undefined) wider.stack = this.stack;
    return wider;
  }
}

function clipped(message: string): string {
  return message.length <= MAX_MESSAGE_CHARACTERS ? message : `${message.slice(0, MAX_MESSAGE_CHARACTERS)}…`;
}

/** `connector orders, topic t, partition 3, offset 42, label …`: the places of a context in reading order. */
export function describeContext(context: ErrorContext): string {
  const { connector, task, topic, partition, offset, table, label, transactionId, host, key, errorUrl } = context;
  const places: [string, string | number | undefined][] = [
    ['connector', connector],
    ['task', task],
    ['topic', topic],
    ['partition', partition],
    ['offset', offset],
    ['table', table],
    ['label', label],
    ['transaction', transactionId],
    ['host', host],
    ['key', key],
    ['details', errorUrl],
  ];
  return places
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
}

/** One line for people: message, place, hint. */
export function describeError(error: unknown): string {
  if (!(error instanceof SluiceError)) return error instanceof Error ? error.message : String(error);
  const place = describeContext(error.context);
  return `${error.message}${place === '' ? '' : ` (${place})`}${error.hint === undefined ? '' : ` ${error.hint}`}`;
}
