/** Configurations, loads and drivers for tests of the Doris sink. */
import { SluiceError } from '../../../../connect/errors.js';
import { parseDorisSinkConfig } from '../../../../connectors/doris/config.js';
import { DorisDriver } from '../../../../connectors/doris/driver.js';
import type { Load, PreparedLoad } from '../../../../connectors/sink-driver.js';

/** A configuration that loads topic `t` into table `db.t`. */
export function rawConfig(fePort: number, changes: Readonly<Record<string, string>> = {}): Record<string, string> {
  return {
    name: 'test',
    'connector.class': 'org.apache.doris.kafka.connector.DorisSinkConnector',
    topics: 't',
    'doris.urls': '127.0.0.1',
    'doris.http.port': String(fePort),
    'doris.query.port': '9030',
    'doris.user': 'root',
    'doris.database': 'db',
    'value.converter': 'org.apache.kafka.connect.storage.StringConverter',
    ...changes,
  };
}

export function openDriver(fePort: number, changes: Readonly<Record<string, string>> = {}): DorisDriver {
  return new DorisDriver(parseDorisSinkConfig(rawConfig(fePort, changes)));
}

/** One load of the given lines, in one chunk. */
export function loadOf(label: string, lines: readonly string[], table = 't'): Load {
  return loadOfChunks(label, [Buffer.from(lines.map((line) => `${line}\n`).join(''))], lines.length, table);
}

export function loadOfChunks(label: string, chunks: readonly Buffer[], rows: number, table = 't'): Load {
  const sizeBytes = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  return { database: 'db', table, label, body: { chunks, sizeBytes, rows } };
}

/** What was prepared; anything else fails the test. */
export function prepared(result: PreparedLoad | 'unknown'): PreparedLoad {
  if (result === 'unknown') throw new Error('the label is unknown to the database');
  return result;
}

/** The error that a promise is rejected with; anything but a SluiceError fails the test. */
export async function failureOf(promise: Promise<unknown>): Promise<SluiceError> {
  const outcome = await promise.then(
    (value) => ({ value }),
    (error: unknown) => error,
  );
  if (outcome instanceof SluiceError) return outcome;
  throw outcome instanceof Error ? outcome : new Error(`nothing was thrown, but ${JSON.stringify(outcome)} came back`);
}
