/**
 * What can go wrong between the command and a connector, and the exit code that tells scripts so.
 *
 * These errors never enter a workflow, so they stand apart from SluiceError, whose codes are the keys of the retry
 * policy. A connector's own failure arrives here as text and code inside its status.
 */
import { describeContext, describeError, SluiceError } from '../connect/errors.js';

/** Exit codes of the `sluice` command: part of its interface, shown by `sluice --help`. */
export const EXIT = { ok: 0, failed: 1, usage: 2, connectorFailed: 3, unreachable: 4 } as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Every client error and the exit code of the command that meets it. */
const EXIT_CODES = {
  CONFIG_INVALID: EXIT.usage,
  USAGE: EXIT.usage,
  TEMPORAL_UNREACHABLE: EXIT.unreachable,
  TEMPORAL_REFUSED: EXIT.unreachable,
  WORKER_ABSENT: EXIT.unreachable,
  CONNECTOR_UNKNOWN: EXIT.failed,
  CONNECTOR_EXISTS: EXIT.failed,
  CONNECTOR_CLOSED: EXIT.failed,
  CONNECTOR_FAILED: EXIT.connectorFailed,
  REQUEST_REJECTED: EXIT.failed,
  REQUEST_FAILED: EXIT.failed,
  TIMED_OUT: EXIT.failed,
  INTERRUPTED: EXIT.failed,
  DEMO_FAILED: EXIT.failed,
} as const satisfies Record<string, ExitCode>;

export type ClientErrorCode = keyof typeof EXIT_CODES;

export interface ClientErrorOptions {
  /** What the user can do about it: one imperative sentence. */
  hint?: string;
  connector?: string;
  cause?: unknown;
}

export class ClientError extends Error {
  override readonly name = 'ClientError';
  readonly code: ClientErrorCode;
  readonly hint: string | undefined;
  readonly connector: string | undefined;

  constructor(code: ClientErrorCode, message: string, options: ClientErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
    this.connector = options.connector;
  }
}

export function unknownConnector(connector: string, cause?: unknown): ClientError {
  return new ClientError('CONNECTOR_UNKNOWN', `There is no running connector ${connector}.`, {
    connector,
    hint: 'List what there is by: sluice connector list --all',
    ...(cause === undefined ? {} : { cause }),
  });
}

export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof ClientError) return EXIT_CODES[error.code];
  if (error instanceof SluiceError && error.code === 'CONFIG_INVALID') return EXIT.usage;
  return EXIT.failed;
}

/** An error as the JSON document that `--json` prints. */
export function errorDocument(error: unknown): { error: { code: string; message: string; hint?: string } } {
  const hint = error instanceof ClientError || error instanceof SluiceError ? error.hint : undefined;
  const code = error instanceof ClientError || error instanceof SluiceError ? error.code : 'INTERNAL';
  return { error: { code, message: errorMessage(error), ...(hint === undefined ? {} : { hint }) } };
}

/** What happened and where, without the hint. */
export function errorMessage(error: unknown): string {
  if (!(error instanceof SluiceError)) return describeError(error);
  const place = describeContext(error.context);
  return place === '' ? error.message : `${error.message} (${place})`;
}
