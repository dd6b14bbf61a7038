/** What a batch needs changed of its tables before it can be loaded: how that is told, and known again. */
import type { TableChange } from '../../connect/pipeline/index.js';
import type { LogPlace } from './model.js';

/** Temporal shows summaries of no more than so many bytes. */
const MAX_SUMMARY_BYTES = 200;
/** Of each statement that the ledger keeps. */
const MAX_LEDGER_CHARACTERS = 500;

/** One line for the Web UI: the DDL, as far as there is room. */
export function summaryOf(change: TableChange): string {
  return clipped(statementsOf(change).join('; ').replace(/\s+/g, ' '), MAX_SUMMARY_BYTES);
}

export function inLedger(statement: string): string {
  const line = statement.replace(/\s+/g, ' ');
  return line.length <= MAX_LEDGER_CHARACTERS ? line : `${line.slice(0, MAX_LEDGER_CHARACTERS - 1)}…`;
}

/** The same for the same change, however the table looked when it was asked for. */
export function changeKey(change: TableChange): string {
  return JSON.stringify(change.kind === 'schema' ? { ...change, statements: [] } : change);
}

/** Where the event is that a change carries out; undefined for one that follows from the schema of rows. */
export function placeOf(change: TableChange): LogPlace | undefined {
  if (change.kind !== 'truncate') return undefined;
  const { topic, partition, offset } = change;
  return { topic, partition, offset };
}

export function stillNeeded(change: TableChange): string {
  return (
    `${change.database}.${change.table} was changed, and its rows need the same change again: ${summaryOf(change)}. ` +
    'Somebody may be taking it back: look at the table with SHOW CREATE TABLE, then restart the connector.'
  );
}

function statementsOf(change: TableChange): readonly string[] {
  return change.kind === 'schema' ? change.statements : [`TRUNCATE TABLE ${change.database}.${change.table}`];
}

function clipped(text: string, maxBytes: number): string {
  let room = maxBytes - bytesOf('…');
  let end = 0;
  for (const character of text) {
    room -= bytesOf(character);
    if (room < 0) return bytesIn(text) <= maxBytes ? text : `${text.slice(0, end)}…`;
    end += character.length;
  }
  return text;
}

function bytesIn(text: string): number {
  let sum = 0;
  for (const character of text) sum += bytesOf(character);
  return sum;
}

/** Of one character in UTF-8. */
function bytesOf(character: string): number {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x80) return 1;
  if (code < 0x800) return 2;
  return code < 0x10000 ? 3 : 4;
}
