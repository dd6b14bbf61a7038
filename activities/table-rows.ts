/** The rows of a range by table, as loads are made of them. */
import type { RangeRows, TableRows } from '../connect/pipeline/index.js';
import type { Sink } from '../connectors/sink.js';

/** Bytes of all rows. */
export function sizeOf({ rows, named }: RangeRows): number {
  let { sizeBytes } = rows;
  // Asked for every record: mostly there are no others.
  if (named.length === 0) return sizeBytes;
  for (const other of named) sizeBytes += other.rows.sizeBytes;
  return sizeBytes;
}

/** The buffers that hold rows, with their tables. */
export function tablesIn(sink: Pick<Sink, 'tableOf'>, { range, rows, named }: RangeRows): TableRows[] {
  return [{ table: sink.tableOf(range.topic), rows }, ...named].filter((part) => part.rows.rows > 0);
}
