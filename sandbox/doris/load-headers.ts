/** The request headers of Stream Load, read in the order in which a BE checks them (stream_load.cpp, on_header). */
import type { IncomingHttpHeaders } from 'node:http';
import { DEFAULT_LOAD_OPTIONS, type LoadOptions, type MergeType } from '../olap/load/options.js';
import { bodyTooLarge, invalidArgument, LoadFailure, relayed } from './wording.js';

export type GroupCommitMode = 'off_mode' | 'sync_mode' | 'async_mode';
export type Compression = 'none' | 'gzip' | 'deflate';

export interface BodyLimits {
  /** `streaming_load_max_mb`, in bytes. */
  readonly maxBytes: number;
  /** `streaming_load_json_max_mb`, in bytes: JSON that is not read by line. */
  readonly maxJsonBytes: number;
}

const MIB = 1024 * 1024;
export const DEFAULT_BODY_LIMITS: BodyLimits = { maxBytes: 10_240 * MIB, maxJsonBytes: 100 * MIB };

const GROUP_COMMIT_MODES: readonly string[] = ['off_mode', 'sync_mode', 'async_mode'];
const CSV_HEADER_LINES: Readonly<Record<string, number>> = { csv: 0, csv_with_names: 1, csv_with_names_and_types: 2 };
const COMPRESSIONS: Readonly<Record<string, Compression>> = { gz: 'gzip', deflate: 'deflate' };
/** `stream_load_default_timeout_second` is also the longest time-out. */
const MAX_TIMEOUT_SECONDS = 259_200;

/** The header's value; undefined when it is absent or empty. */
export function header(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  const text = Array.isArray(value) ? value[0] : value;
  return text === undefined || text === '' ? undefined : text;
}

/** True where the header is `true` in any case. */
function flag(headers: IncomingHttpHeaders, name: string, fallback = false): boolean {
  const value = header(headers, name);
  return value === undefined ? fallback : value.toLowerCase() === 'true';
}

export function isGroupCommitMode(text: string): text is GroupCommitMode {
  return GROUP_COMMIT_MODES.includes(text);
}

/**
 * Which kind of group commit a load gets. Two-phase commit, partial updates and named partitions silently make it a
 * normal load; a label does not go with group commit, and is dropped where the body is chunked.
 */
export function resolveGroupCommit(headers: IncomingHttpHeaders): GroupCommitMode {
  const mode = header(headers, 'group_commit');
  if (mode === undefined) return 'off_mode';
  if (!isGroupCommitMode(mode)) {
    throw invalidArgument('group_commit can only be [async_mode, sync_mode, off_mode]');
  }
  if (mode === 'off_mode' || headers.two_phase_commit === 'true' || flag(headers, 'partial_columns')) return 'off_mode';
  if (['partitions', 'temporary_partitions', 'unique_key_update_mode'].some((name) => header(headers, name))) {
    return 'off_mode';
  }
  const isChunked = headers['content-length'] === undefined;
  if (!isChunked && header(headers, 'label') !== undefined) {
    throw invalidArgument("label and group_commit can't be set at the same time");
  }
  // The size of a chunked body is not known, so that the write-ahead log may not have the room.
  return isChunked ? 'sync_mode' : mode;
}

export interface LoadFormatHeaders {
  readonly format: 'json' | 'csv';
  readonly headerLines: number;
  readonly compression: Compression;
  readonly readJsonByLine: boolean;
  readonly stripOuterArray: boolean;
}

export function readFormat(headers: IncomingHttpHeaders): LoadFormatHeaders {
  const named = header(headers, 'format') ?? 'csv';
  const format = named.toLowerCase();
  const compressType = header(headers, 'compress_type')?.toLowerCase();
  const compression = compressType === undefined ? 'none' : COMPRESSIONS[compressType];
  const headerLines = format === 'json' ? 0 : CSV_HEADER_LINES[format];
  if (headerLines === undefined || compression === undefined) {
    throw new LoadFailure('E-1101', `unknown data format, format=${named}`);
  }
  const byLine = header(headers, 'read_json_by_line');
  const strip = header(headers, 'strip_outer_array');
  return {
    format: format === 'json' ? 'json' : 'csv',
    headerLines,
    compression,
    readJsonByLine: byLine === undefined ? strip === undefined : flag(headers, 'read_json_by_line'),
    stripOuterArray: flag(headers, 'strip_outer_array'),
  };
}

/** Checks how the body is framed and how long it says it is. */
export function checkBody(headers: IncomingHttpHeaders, format: LoadFormatHeaders, limits: BodyLimits): void {
  const length = headers['content-length'];
  const isChunked = (headers['transfer-encoding'] ?? '').toLowerCase().includes('chunked');
  if (length === undefined && !isChunked) {
    throw invalidArgument(
      'content_length is empty and transfer-encoding!=chunked, please set content_length or transfer-encoding=chunked',
    );
  }
  if (length !== undefined && isChunked) {
    throw invalidArgument('please do not set both content_length and transfer-encoding');
  }
  const sizeBytes = Number(length ?? 0);
  if (format.format === 'json' && !format.readJsonByLine && sizeBytes > limits.maxJsonBytes) {
    throw bodyTooLarge('json body', 'streaming_load_json_max_mb', sizeBytes, limits.maxJsonBytes);
  }
  if (sizeBytes > limits.maxBytes) throw bodyTooLarge('body', 'streaming_load_max_mb', sizeBytes, limits.maxBytes);
}

/** The time-out of the transaction in ms; undefined takes the default. */
export function readTimeoutMs(headers: IncomingHttpHeaders): number | undefined {
  const text = header(headers, 'timeout');
  if (text === undefined) return undefined;
  const seconds = Number(text);
  if (!Number.isInteger(seconds)) throw invalidArgument(`Invalid timeout format, ${text}`);
  if (seconds < 1 || seconds > MAX_TIMEOUT_SECONDS) {
    throw relayed(`Invalid timeout. Timeout should between 1 and ${MAX_TIMEOUT_SECONDS} seconds`);
  }
  return seconds * 1000;
}

/**
 * Everything that the planner is told.
 *
 * @param clusterTimeZone the zone of a load that names none
 */
export function readLoadOptions(
  headers: IncomingHttpHeaders,
  format: LoadFormatHeaders,
  clusterTimeZone: string,
): LoadOptions {
  if (header(headers, 'partitions') !== undefined && header(headers, 'temporary_partitions') !== undefined) {
    throw invalidArgument('Can not specify both partitions and temporary partitions');
  }
  const columns = header(headers, 'columns');
  const updateMode = readUpdateMode(headers);
  if (updateMode === 'UPDATE_FLEXIBLE_COLUMNS') checkFlexible(headers, format);
  const hidden = updateMode === 'UPDATE_FLEXIBLE_COLUMNS' ? '__DORIS_DELETE_SIGN__' : header(headers, 'hidden_columns');
  return {
    ...DEFAULT_LOAD_OPTIONS,
    ...format,
    ...optional('jsonRoot', header(headers, 'json_root')),
    ...optional('jsonPaths', readJsonPaths(header(headers, 'jsonpaths'))),
    lineDelimiter: unescapeSeparator(header(headers, 'line_delimiter') ?? '\n'),
    columnSeparator: unescapeSeparator(header(headers, 'column_separator') ?? '\t'),
    ...optional('enclose', readOneCharacter(headers, 'enclose')),
    ...optional('escape', readOneCharacter(headers, 'escape')),
    skipLines: Number(header(headers, 'skip_lines') ?? 0) + format.headerLines,
    trimDoubleQuotes: flag(headers, 'trim_double_quotes'),
    emptyFieldAsNull: flag(headers, 'empty_field_as_null'),
    ...optional('columns', columns),
    hiddenColumns: columns === undefined ? splitNames(hidden) : [],
    strictMode: readStrictMode(headers),
    maxFilterRatio: readFilterRatio(headers),
    ...readMerge(headers),
    ...optional('where', header(headers, 'where')),
    partialColumns: updateMode === 'UPDATE_FIXED_COLUMNS',
    flexibleColumns: updateMode === 'UPDATE_FLEXIBLE_COLUMNS',
    ...optional('sequenceColumn', header(headers, 'function_column.sequence_col')),
    timeZone: header(headers, 'timezone') ?? header(headers, 'time_zone') ?? clusterTimeZone,
  };
}

function optional<K extends string, V>(key: K, value: V | undefined): Partial<Record<K, V>> {
  return value === undefined ? {} : ({ [key]: value } as Record<K, V>);
}

function splitNames(text: string | undefined): readonly string[] {
  return (text ?? '').split(',').flatMap((name) => (name.trim() === '' ? [] : [name.trim()]));
}

function readJsonPaths(text: string | undefined): readonly string[] | undefined {
  if (text === undefined) return undefined;
  try {
    const paths: unknown = JSON.parse(text);
    if (Array.isArray(paths) && paths.every((path) => typeof path === 'string')) return paths;
  } catch {
    // told below
  }
  throw invalidArgument(`Invalid json path: ${text}`);
}

/** `\x01` (also `\\x01`), `\n`, `\t` and the like, or the characters themselves. */
function unescapeSeparator(text: string): string {
  const hex = /^\\{1,2}x((?:[0-9a-f]{2})+)$/i.exec(text)?.[1];
  if (hex !== undefined) return Buffer.from(hex, 'hex').toString('latin1');
  return text.replaceAll('\\n', '\n').replaceAll('\\t', '\t').replaceAll('\\r', '\r');
}

function readOneCharacter(headers: IncomingHttpHeaders, name: string): string | undefined {
  const text = header(headers, name);
  if (text !== undefined && text.length !== 1) throw invalidArgument(`${name} must be single-char`);
  return text;
}

function readStrictMode(headers: IncomingHttpHeaders): boolean {
  const text = header(headers, 'strict_mode')?.toLowerCase();
  if (text === undefined || text === 'false') return false;
  if (text === 'true') return true;
  throw invalidArgument('Invalid strict mode format. Must be bool type');
}

function readFilterRatio(headers: IncomingHttpHeaders): number {
  const text = header(headers, 'max_filter_ratio');
  const ratio = Number(text ?? 0);
  if (ratio >= 0 && ratio <= 1) return ratio;
  throw relayed('Invalid max_filter_ratio, must between 0 and 1');
}

function readMerge(headers: IncomingHttpHeaders): { mergeType: MergeType; deleteCondition?: string } {
  const named = header(headers, 'merge_type')?.toUpperCase() ?? 'APPEND';
  const condition = header(headers, 'delete');
  if (named !== 'APPEND' && named !== 'DELETE' && named !== 'MERGE') {
    throw invalidArgument(`Invalid merge type ${named}`);
  }
  if (named === 'MERGE' && condition === undefined) {
    throw invalidArgument('Excepted DELETE ON clause when merge type is MERGE.');
  }
  if (named !== 'MERGE' && condition !== undefined) {
    throw invalidArgument('Not support DELETE ON clause when merge type is not MERGE.');
  }
  return { mergeType: named, ...optional('deleteCondition', condition) };
}

const UPDATE_MODES = ['UPSERT', 'UPDATE_FIXED_COLUMNS', 'UPDATE_FLEXIBLE_COLUMNS'] as const;

/** `unique_key_update_mode` overrides `partial_columns`. */
function readUpdateMode(headers: IncomingHttpHeaders): (typeof UPDATE_MODES)[number] {
  const named = header(headers, 'unique_key_update_mode')?.toUpperCase();
  if (named === undefined) return flag(headers, 'partial_columns') ? 'UPDATE_FIXED_COLUMNS' : 'UPSERT';
  const mode = UPDATE_MODES.find((known) => known === named);
  if (mode !== undefined) return mode;
  throw invalidArgument(
    `Invalid unique_key_update_mode ${named}, must be one of 'UPSERT', 'UPDATE_FIXED_COLUMNS' or 'UPDATE_FLEXIBLE_COLUMNS'`,
  );
}

/** What does not go with rows that have columns of their own (stream_load.cpp). */
const NOT_FLEXIBLE = [
  ...['fuzzy_parse', 'columns', 'jsonpaths', 'hidden_columns', 'function_column.sequence_col'],
  ...['merge_type', 'where'],
];

function checkFlexible(headers: IncomingHttpHeaders, { format }: LoadFormatHeaders): void {
  if (format !== 'json') {
    throw invalidArgument('flexible partial update only support json format as input file currently');
  }
  const given = NOT_FLEXIBLE.find((name) => header(headers, name) !== undefined);
  if (given !== undefined) throw invalidArgument(`Don't support flexible partial update when '${given}' is specified`);
}
