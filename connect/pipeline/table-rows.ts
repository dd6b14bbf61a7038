/**
 * The rows of a range by table. Mostly there is one table, that of the range's topic; where records name their tables, or
 * transforms change the topic, the rows of each further one go to a buffer of its own.
 */
import { type ChunkSource, RowBuffer } from '../rows/index.js';
import type { TableName } from './tables.js';
import type { Wave } from './waves.js';

export interface TableRows {
  readonly table: TableName;
  readonly rows: RowBuffer;
  /** Where rows of the table are loaded one after the other; those of the first wave have none. */
  readonly wave?: Wave;
}

/** Where the rows of a range are gathered. */
export interface RangeRows {
  readonly range: { readonly topic: string; readonly partition: number };
  /** Those of the topic's own table. */
  readonly rows: RowBuffer;
  /** Those of other tables. */
  readonly named: TableRows[];
  /** Where the buffers of further tables take their memory from. */
  readonly chunks: ChunkSource;
}

/** The buffer for rows of a table; `own` is the table of the range's topic. */
export function rowsOfTable({ rows, named, chunks }: RangeRows, table: TableName, own: TableName): RowBuffer {
  if (isSame(table, own)) return rows;
  const known = named.find((part) => part.wave === undefined && isSame(part.table, table));
  if (known !== undefined) return known.rows;
  const added = { table, rows: new RowBuffer(chunks) };
  named.push(added);
  return added.rows;
}

/** The buffer for rows of a wave of a table. */
export function rowsOfWave({ named, chunks }: RangeRows, table: TableName, wave: Wave): RowBuffer {
  const known = named.find((part) => part.wave === wave);
  if (known !== undefined) return known.rows;
  const added = { table, wave, rows: new RowBuffer(chunks) };
  named.push(added);
  return added.rows;
}

function isSame(one: TableName, other: TableName): boolean {
  return one === other || (one.database === other.database && one.table === other.table);
}

/** Runs `write`; when it throws, the rows are what they were. */
export function unlessThrown(target: RangeRows, write: () => void): void {
  const marks = [target, ...target.named].map(({ rows }) => ({ rows, mark: rows.mark() }));
  try {
    write();
  } catch (error) {
    for (const { rows, mark } of marks) rows.reset(mark);
    for (const { rows } of target.named.splice(marks.length - 1)) rows.release();
    throw error;
  }
}
