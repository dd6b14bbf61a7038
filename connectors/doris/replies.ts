/**
 * What Doris answers, made into values and errors. Every shape is from the protocol sheet: a BE answers Stream Load
 * with HTTP 200 whatever happened and says in `Status` what did; 2PC answers in lower case; the FE has two envelopes of
 * its own.
 */
import { type ErrorCode, type ErrorContext, SluiceError } from '../../connect/errors.js';

export interface HttpReply {
  readonly status: number;
  readonly body: string;
  /** `host:port` that answered. */
  readonly host: string;
}

/** The reply of a BE to a Stream Load, with the fields that Sluice acts upon. */
export interface LoadReply {
  readonly transactionId: string | undefined;
  readonly status: string;
  readonly existingJobStatus: string | undefined;
  readonly message: string;
  readonly twoPhase: boolean;
  readonly totalRows: number;
  readonly loadedRows: number;
  readonly filteredRows: number;
  readonly errorUrl: string | undefined;
  readonly firstError: string | undefined;
}

/** An address longer than this is none; of other texts this much is looked at. */
const MAX_TOLD_CHARACTERS = 4_000;

interface Rule {
  readonly pattern: RegExp;
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly hint: string;
  readonly retryDelayMs?: number;
}

/** Hints where trying again may be all that is needed. */
const LOOK_AT_NODE = 'It is tried again; if it goes on, look into the log of that Doris node.';
export const LOOK_AT_ADDRESS =
  'It is tried again; if it goes on, check that doris.urls leads to Doris and that no proxy answers in its place.';
const WRONG_ADDRESS = 'Check that doris.urls and doris.http.port lead to Doris, then restart the connector.';

/** Error texts of Doris, most telling first. Whatever matches none of them is retried: it may be a passing fault. */
const RULES: readonly Rule[] = [
  {
    pattern: /unknown table|table .* (does not|doesn't) exist|not found table/i,
    code: 'SINK_TABLE_UNKNOWN',
    retryable: false,
    hint: 'Create the table, or correct doris.topic2table.map, then restart the connector.',
  },
  {
    pattern: /unknown database|database .* (does not|doesn't) exist/i,
    code: 'SINK_DATABASE_UNKNOWN',
    retryable: false,
    hint: 'Create the database, or correct doris.database, then restart the connector.',
  },
  {
    pattern: /access denied for|NOT_AUTHORIZED|no valid Basic authorization|Need auth information|Unauthorized/i,
    code: 'SINK_AUTHENTICATION_FAILED',
    retryable: false,
    hint: 'Correct doris.user and doris.password, then restart the connector.',
  },
  {
    pattern: /access denied|privilege/i,
    code: 'SINK_ACCESS_DENIED',
    retryable: false,
    hint: 'Grant LOAD_PRIV on the table to doris.user, then restart the connector.',
  },
  {
    pattern: /E-235|too many versions|exceed limit: \d+, tablet/i,
    code: 'SINK_TOO_MANY_VERSIONS',
    retryable: true,
    retryDelayMs: 5_000,
    hint: 'Loads come faster than Doris compacts them: raise buffer.flush.time and the buffer sizes.',
  },
  {
    pattern: /running txns on db .* larger than limit|quota/i,
    code: 'SINK_QUOTA_EXCEEDED',
    retryable: true,
    retryDelayMs: 2_000,
    hint: 'Too many loads run in this database: raise max_running_txn_num_per_db or load less often.',
  },
  {
    pattern: /DATA_QUALITY_ERROR|too many filtered rows|unqualified data/i,
    code: 'SINK_ROWS_REJECTED',
    retryable: false,
    hint: 'Correct the table or the rows named above, then restart the connector.',
  },
  {
    pattern: /E-217|exceed BE's conf|exceed the max size/i,
    code: 'SINK_BODY_TOO_LARGE',
    retryable: false,
    hint: 'Lower batch.max.bytes below the limit that the message names, then restart the connector.',
  },
  {
    pattern: /2pc is unsupported/i,
    code: 'SINK_UNSUPPORTED',
    retryable: false,
    hint: 'Set enable.2pc=false: the label alone then keeps the load from being done twice.',
  },
  {
    pattern:
      /group_commit can't be set|unknown data format|INVALID_ARGUMENT|There is no 100-continue|format error|Invalid strict mode/i,
    code: 'SINK_REQUEST_INVALID',
    retryable: false,
    hint: 'Correct the sink.properties.* that the message names, then restart the connector.',
  },
];

/**
 * An error in the database's own words, with what the rules know about it. `detail` is told as well, and judged by no
 * rule: it quotes rows, which may say anything.
 */
export function errorOf(message: string, context: ErrorContext, detail = ''): SluiceError {
  // The rules look for words on both sides of a name: over megabytes of them that would take hours.
  const judged = message.slice(0, MAX_TOLD_CHARACTERS);
  const rule = RULES.find(({ pattern }) => pattern.test(judged));
  const words = detail === '' ? message : `${message}: ${detail}`;
  return new SluiceError(rule?.code ?? 'SINK_UNAVAILABLE', `Doris: ${words}`, {
    retryable: rule?.retryable ?? true,
    context,
    hint: rule === undefined ? LOOK_AT_NODE : rule.hint,
    ...(rule?.retryDelayMs === undefined ? {} : { retryDelayMs: rule.retryDelayMs }),
  });
}

/** A reply that is not HTTP 200 is never a success, whatever its body says. */
export function statusError(reply: HttpReply, context: ErrorContext): SluiceError {
  const words = `HTTP ${reply.status}${reply.body === '' ? '' : `: ${excerpt(reply.body)}`}`;
  const at = { ...context, host: reply.host };
  if (reply.status === 401) return errorOf(`Unauthorized, ${words}`, at);
  if (reply.status === 403) return errorOf(`access denied, ${words}`, at);
  const retryable = reply.status >= 500 || reply.status === 408 || reply.status === 429;
  return new SluiceError(retryable ? 'SINK_UNAVAILABLE' : 'SINK_PROTOCOL', `Doris answered ${words}`, {
    retryable,
    context: at,
    hint: retryable ? LOOK_AT_ADDRESS : WRONG_ADDRESS,
  });
}

export function parseObject(reply: HttpReply, context: ErrorContext): Record<string, unknown> {
  if (reply.status !== 200) throw statusError(reply, context);
  try {
    const parsed: unknown = JSON.parse(quoteTransactionId(reply.body));
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed))
      return parsed as Record<string, unknown>;
  } catch {
    // told below, with the text itself
  }
  throw new SluiceError('SINK_PROTOCOL', `Doris answered something that is not a JSON object: ${excerpt(reply.body)}`, {
    retryable: true,
    context: { ...context, host: reply.host },
    hint: LOOK_AT_ADDRESS,
  });
}

/** Transaction ids are 64-bit numbers in JSON: they are read as text, never as a JavaScript number. */
function quoteTransactionId(body: string): string {
  return body.replace(/("TxnId"\s*:\s*)(-?\d+)(?=\s*[,}])/g, '$1"$2"');
}

export function loadReply(reply: HttpReply, context: ErrorContext): LoadReply {
  const fields = parseObject(reply, context);
  const status = text(fields.Status);
  if (status === undefined) throw frontendError(fields, { ...context, host: reply.host });
  return {
    transactionId: transactionNumber(fields.TxnId),
    status,
    existingJobStatus: text(fields.ExistingJobStatus),
    message: text(fields.Message) ?? '',
    twoPhase: text(fields.TwoPhaseCommit) === 'true',
    totalRows: count(fields.NumberTotalRows),
    loadedRows: count(fields.NumberLoadedRows),
    filteredRows: count(fields.NumberFilteredRows),
    errorUrl: (text(fields.ErrorURL) ?? '').length > MAX_TOLD_CHARACTERS ? undefined : text(fields.ErrorURL),
    firstError: text(fields.FirstErrorMsg),
  };
}

/** The FE's envelopes: `{status, msg}` of Stream Load and `{msg, code, data, count}` of everything else. */
export function frontendError(fields: Record<string, unknown>, context: ErrorContext): SluiceError {
  const told = [fields.msg, fields.Message, fields.data].map(text).filter((part) => part !== undefined);
  // Where the data tells what is wrong, `msg` is the one word Error or Unauthorized.
  const words = told.length > 1 && /^(Error|Unauthorized)$/.test(told[0] ?? '') ? told.slice(1) : told;
  const code = text(fields.code);
  const message = words.join(': ') || shown(fields);
  return errorOf(code === '401' ? `Unauthorized: ${message}` : message, context);
}

/** One level of an object: what lies deeper may lie so deep that nothing can print it. */
function shown(fields: Record<string, unknown>): string {
  return excerpt(
    Object.entries(fields)
      .map(([name, value]) => `${name}: ${text(value) ?? '…'}`)
      .join(', '),
  );
}

export type TwoPhaseAnswer = 'done' | 'already committed' | 'already aborted' | 'not found' | 'still preparing';

/** Reads the reply to a 2PC commit or abort; everything that is not an answer is an error. */
export function twoPhaseAnswer(reply: HttpReply, context: ErrorContext): TwoPhaseAnswer {
  const fields = parseObject(reply, context);
  const status = text(fields.status) ?? text(fields.Status) ?? '';
  const message = text(fields.msg) ?? text(fields.Message) ?? '';
  if (status.toLowerCase() === 'success') return 'done';
  // First, for it ends with a reason in anybody's words.
  if (/is already aborted/i.test(message)) return 'already aborted';
  if (/is already (committed|visible)\b/i.test(message)) return 'already committed';
  if (/transaction \[\d+\] not found|transaction not found/i.test(message)) return 'not found';
  if (/is prepare, not pre-committed/i.test(message)) return 'still preparing';
  throw frontendError(fields, { ...context, host: reply.host });
}

/** The transaction that a label belongs to, from the words of "Label Already Exists". */
export function relatedTransaction(message: string): string | undefined {
  return /relate to txn \[(\d+)\]/.exec(message)?.[1];
}

export function excerpt(body: string, length = 300): string {
  const line = body.slice(0, MAX_TOLD_CHARACTERS).replace(/\s+/g, ' ').trim();
  return line.length <= length ? line : `${line.slice(0, length)}…`;
}

/** A number that the database has given: `-1` and what cannot be one are none. */
function transactionNumber(value: unknown): string | undefined {
  if (typeof value === 'number' && !Number.isSafeInteger(value)) return undefined;
  return /^\d{1,19}$/.exec(text(value) ?? '')?.[0];
}

function text(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return undefined;
}

function count(value: unknown): number {
  const number = typeof value === 'number' ? value : Number(value ?? 0);
  return Number.isSafeInteger(number) && number >= 0 ? number : 0;
}
