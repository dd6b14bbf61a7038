/** Configuration files as users of Kafka Connect have them: `.properties`, and JSON in its several forms. */
import { readFile } from 'node:fs/promises';
import { describeError, SluiceError } from '../errors.js';
import type { RawConfig } from './keys.js';
import { parseProperties } from './properties.js';

export const INITIAL_STATES = ['RUNNING', 'PAUSED', 'STOPPED'] as const;
export type InitialState = (typeof INITIAL_STATES)[number];

/** A connector as submitted: its configuration, which holds its name, and the state to begin in. */
export interface ConnectorSubmission {
  readonly config: RawConfig;
  readonly initialState: InitialState | undefined;
}

/**
 * Reads a connector's file.
 *
 * @throws SluiceError CONFIG_INVALID when the file cannot be read or is not a configuration.
 */
export async function readConnectorFile(path: string, signal?: AbortSignal): Promise<ConnectorSubmission> {
  const text = await readText(path, signal);
  return withFile(path, () =>
    isJson(path, text) ? parseConnectorJson(text) : { config: parseProperties(text), initialState: undefined },
  );
}

/**
 * Reads a worker's file: the properties of a Kafka Connect worker, or the same as a JSON object.
 *
 * @throws SluiceError CONFIG_INVALID when the file cannot be read or is not a configuration.
 */
export async function readWorkerFile(path: string, signal?: AbortSignal): Promise<RawConfig> {
  const text = await readText(path, signal);
  return withFile(path, () => (isJson(path, text) ? flatConfig(parseJsonObject(text)) : parseProperties(text)));
}

/**
 * Reads a connector in JSON: a flat map, or `{"name": …, "config": {…}, "initial_state": …}` as the REST interface
 * takes it. Numbers and booleans become text; commas before a closing brace, which many examples have, are forgiven.
 *
 * @throws SluiceError CONFIG_INVALID
 */
export function parseConnectorJson(text: string): ConnectorSubmission {
  const submitted = parseJsonObject(text);
  if (!isObject(submitted.config)) return { config: flatConfig(submitted), initialState: undefined };
  const { name, config, initial_state: state, ...others } = submitted;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw invalid(`Unrecognized field "${unknown}" beside "config".`);
  return { config: named(flatConfig(config), name), initialState: initialState(state) };
}

/** Adds the outer name to a configuration, as the REST interface does. */
function named(config: RawConfig, name: unknown): RawConfig {
  if (name === undefined || name === null) return config;
  const outer = scalarText('name', name).trim();
  const inner = Object.entries(config).find(([key]) => key.toLowerCase() === 'name')?.[1];
  if (inner === undefined) return { name: outer, ...config };
  if (inner === outer) return config;
  throw invalid(`Connector name configuration (${inner}) doesn't match connector name in the file (${outer}).`);
}

function initialState(state: unknown): InitialState | undefined {
  if (state === undefined || state === null) return undefined;
  const known = INITIAL_STATES.find((candidate) => candidate === String(state).toUpperCase());
  if (known === undefined) throw invalid(`initial_state must be one of: ${INITIAL_STATES.join(', ')}.`);
  return known;
}

/** A null takes a key away, as in Connect's PATCH; a list of plain values is joined by commas. */
function flatConfig(object: Record<string, unknown>): Record<string, string> {
  const entries = Object.entries(object).filter(([, value]) => value !== null);
  return Object.fromEntries(
    entries.map(([key, value]) => [
      key,
      Array.isArray(value) ? value.map((item) => scalarText(key, item)).join(',') : scalarText(key, value),
    ]),
  );
}

function scalarText(key: string, value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return String(value);
  if (typeof value !== 'number') throw invalid(`The value of ${key} is not text, a number or a boolean.`, key);
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
    throw invalid(`The number of ${key} is too large for JSON; write it as text, in quotes.`, key);
  }
  return String(value);
}

function parseJsonObject(text: string): Record<string, unknown> {
  const parsed = parseJson(text.replace(/^\uFEFF/, ''));
  if (!isObject(parsed)) throw invalid('The configuration is not a JSON object.');
  return parsed;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const forgiven = text.replace(/"(?:[^"\\]|\\.)*"|,(?=\s*[}\]])/gs, (token) => (token === ',' ? '' : token));
    if (forgiven === text) throw invalid(`The configuration is not valid JSON${lineOf(error, text)}.`);
    return parseJson(forgiven);
  }
}

/** The parser's own message quotes the text, which may hold secrets. */
function lineOf(error: unknown, text: string): string {
  const position = /position (\d+)/.exec(error instanceof Error ? error.message : '')?.[1];
  return position === undefined ? '' : ` at line ${text.slice(0, Number(position)).split('\n').length}`;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isJson(path: string, text: string): boolean {
  return /\.json$/i.test(path) || (!/\.properties$/i.test(path) && /^\uFEFF?\s*\{/.test(text));
}

async function readText(path: string, signal?: AbortSignal): Promise<string> {
  try {
    return await readFile(path, { encoding: 'utf8', signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw new SluiceError('CONFIG_INVALID', `Cannot read ${path}: ${describeError(error)}`, { cause: error });
  }
}

/** Adds the file's path to what is wrong in it. */
function withFile<Result>(path: string, parse: () => Result): Result {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error;
    throw new SluiceError(error.code, `${path}: ${error.message}`, {
      context: error.context,
      cause: error,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
    });
  }
}

function invalid(message: string, key?: string): SluiceError {
  return new SluiceError('CONFIG_INVALID', message, key === undefined ? {} : { context: { key } });
}
