/**
 * The walk-through of the Doris documentation as it lies in examples/doris-json: table, records, connector.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkoutDir } from '../../sandbox/world/paths.js';

const FOLDER = join(checkoutDir(), 'examples', 'doris-json');

/** The sandbox that the demo owns. */
export const DEMO_SANDBOX = 'demo';

export const CONNECTOR_FILE = join(FOLDER, 'connector.json');
export const TOPIC = 'test-data-topic';
export const TABLE = 'test_db.test_kafka_connector_tbl';
export const COLUMNS = ['user_id', 'name', 'age'] as const;

/** A row as text, in the order of the table's columns: what a MySQL client prints. */
export type TextRow = readonly string[];

/** The statements that make database and table. */
export async function tableStatements(): Promise<string[]> {
  const text = await readFile(join(FOLDER, 'table.sql'), 'utf8');
  return text
    .split(';')
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '');
}

/** The records as they are produced, one JSON document each. */
export async function readRecords(): Promise<string[]> {
  const text = await readFile(join(FOLDER, 'rows.jsonl'), 'utf8');
  return text.split('\n').filter((line) => line.trim() !== '');
}

/** The row that a record is to become. */
export function expectedRow(record: string): TextRow {
  const fields = JSON.parse(record) as Record<string, unknown>;
  return COLUMNS.map((column) => String(fields[column]));
}
