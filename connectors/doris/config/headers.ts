/** The Stream Load headers that follow from a connector's configuration; those of single loads are not among them. */
import { DEFAULT_ESCAPE } from './csv.js';

export const GROUP_COMMIT_MODES = ['off_mode', 'sync_mode', 'async_mode'] as const;
export type GroupCommitMode = (typeof GROUP_COMMIT_MODES)[number];

export const DELETE_SIGN = '__DORIS_DELETE_SIGN__';

/** Headers that carry the protocol: set by hand, they would break it. */
const PROTOCOL_HEADERS = [
  'authorization',
  'connection',
  'content-encoding',
  'content-length',
  'expect',
  'host',
  'label',
  'transfer-encoding',
  'two_phase_commit',
  'txn_id',
  'txn_operation',
];

export const UPDATE_MODES = ['upsert', 'update_fixed_columns', 'update_flexible_columns'] as const;
export type UpdateMode = (typeof UPDATE_MODES)[number];

/** What a user's `sink.properties.*` asks for. */
export interface LoadProperties {
  readonly format: 'json' | 'csv';
  readonly groupCommit: GroupCommitMode;
  /** Columns that a row does not have keep their values: `partial_columns`, or a mode of `unique_key_update_mode`. */
  readonly partialUpdate: boolean;
  readonly updateMode: UpdateMode;
  /** `auto`: gzip where the server is known to read it. */
  readonly compression: 'auto' | 'none' | 'gz';
}

/** The names among the given ones that must not be set by hand. */
export function protocolHeaders(properties: Readonly<Record<string, string>>): string[] {
  return Object.keys(properties).filter((name) => PROTOCOL_HEADERS.includes(name));
}

/** Why a property cannot be sent as a header: RFC 9110 (5.1 and 5.5) and UTF-8. Undefined when it can. */
export function headerProblem(name: string, value: string): string | undefined {
  if (!/^[!#$%&'*+.^_`|~0-9a-z-]+$/i.test(name)) return 'this is not the name of an HTTP header.';
  if (/(?!\t)\p{Cc}/u.test(value)) return 'an HTTP header holds no newlines and other control characters.';
  return isText(value) ? undefined : 'it holds half a character (a lone surrogate).';
}

/** False where UTF-16 is broken: such a text has no bytes. */
export function isText(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}

/** Reads what the properties ask for; a value that cannot be meant is reported and left out. */
export function readLoadProperties(
  properties: Readonly<Record<string, string>>,
  report: (name: string, message: string, hint?: string) => void = () => {},
): LoadProperties {
  const word = (name: string) => properties[name]?.trim().toLowerCase() ?? '';
  const choose = <Choice extends string>(name: string, choices: readonly [Choice, ...Choice[]]): Choice => {
    const choice = choices.find((candidate) => candidate === word(name));
    if (choice === undefined && word(name) !== '') {
      const reason = `String must be one of: ${choices.join(', ')}`;
      report(name, `Invalid value ${properties[name]} for configuration sink.properties.${name}: ${reason}`);
    }
    return choice ?? choices[0];
  };
  const groupCommit = GROUP_COMMIT_MODES.find((mode) => mode === word('group_commit'));
  if (groupCommit === undefined && properties.group_commit !== undefined) {
    report(
      'group_commit',
      `The value of group commit mode is an illegal parameter, illegal value=${properties.group_commit}`,
      `Accepted are ${GROUP_COMMIT_MODES.join(', ')}.`,
    );
  }
  const partialColumns = choose('partial_columns', ['false', 'true']) === 'true';
  // The newer header takes precedence over the older one, as in Doris.
  const fallback = partialColumns ? 'update_fixed_columns' : 'upsert';
  const updateMode = word('unique_key_update_mode') === '' ? fallback : choose('unique_key_update_mode', UPDATE_MODES);
  return {
    format: choose('format', ['json', 'csv']),
    groupCommit: groupCommit ?? 'off_mode',
    partialUpdate: updateMode !== 'upsert',
    updateMode,
    compression: properties.compress_type === undefined ? 'auto' : choose('compress_type', ['none', 'gz'] as const),
  };
}

/**
 * The headers to send with every load. Defaults come first and the user's own last, as in the Java connector; an empty
 * value takes a header away. `off_mode` is said aloud: newer servers follow the table's own mode when the header is
 * absent, and would drop the label.
 */
export function loadHeaders(
  properties: Readonly<Record<string, string>>,
  { format, groupCommit, updateMode }: LoadProperties,
  enableDelete: boolean,
): Record<string, string> {
  const headers = new Map([['format', String(format)]]);
  if (format === 'json') headers.set('read_json_by_line', 'true');
  // A flexible update knows the delete sign as a column of its rows, and refuses the header.
  if (enableDelete && updateMode !== 'update_flexible_columns') headers.set('hidden_columns', DELETE_SIGN);
  if (format === 'csv' && properties.enclose) headers.set('escape', DEFAULT_ESCAPE);
  for (const [name, value] of Object.entries(properties)) headers.set(name, value);
  headers.set('group_commit', groupCommit);
  if (properties.compress_type?.trim().toLowerCase() === 'none') headers.delete('compress_type');
  return Object.fromEntries([...headers].filter(([, value]) => value !== ''));
}
