/**
 * The rows of a range by table. Mostly there is one table, that of the range's topic; where records name their tables
 * (`record.tablename.field`), each of their rows goes to the buffer of its own.
 */
import { eachLine, memberText, type RowEncoder, type RowWriter } from '../connect/converters/index.js';
import { ChunkPool, type ChunkSource, type RecordView, RowBuffer } from '../connect/rows/index.js';
import type { Sink, TableName } from '../connectors/sink.js';

export interface TableRows {
  readonly table: TableName;
  readonly rows: RowBuffer;
}

/** Where the rows of a range are gathered. */
export interface RangeRows {
  readonly range: { readonly topic: string };
  /** Those of the topic's own table. */
  readonly rows: RowBuffer;
  /** Those of tables that records have named. */
  readonly named: TableRows[];
  /** Where the buffers of further tables take their memory from. */
  readonly chunks: ChunkSource;
}

/** Writes a record's rows to where they belong. */
export type RecordWriter = (record: RecordView, target: RangeRows) => void;

/**
 * @param encoder makes JSON rows, one a line
 * @param writeRow the form in which they are loaded; absent: as they are
 */
export function routingWriter(
  sink: Pick<Sink, 'tableOf'>,
  field: string,
  encoder: RowEncoder,
  writeRow: RowWriter = (source, start, end, out) => out.appendLine(source, start, end),
): RecordWriter {
  const scratch = new RowBuffer(new ChunkPool());
  return (record, target) => {
    const marks = [target, ...target.named].map(({ rows }) => ({ rows, mark: rows.mark() }));
    try {
      encoder.encode(record, scratch);
      eachLine(scratch, (source, start, end) => {
        const name = memberText(source, start, end, field);
        writeRow(source, start, end, name === undefined || name === '' ? target.rows : rowsOf(sink, target, name));
      });
    } catch (error) {
      for (const { rows, mark } of marks) rows.reset(mark);
      for (const { rows } of target.named.splice(marks.length - 1)) rows.release();
      throw error;
    } finally {
      scratch.release();
    }
  };
}

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

function rowsOf(sink: Pick<Sink, 'tableOf'>, { range, rows, named, chunks }: RangeRows, name: string): RowBuffer {
  const table = sink.tableOf(range.topic, name);
  const own = sink.tableOf(range.topic);
  if (isSame(table, own)) return rows;
  const known = named.find((part) => isSame(part.table, table));
  if (known !== undefined) return known.rows;
  const added = { table, rows: new RowBuffer(chunks) };
  named.push(added);
  return added.rows;
}

function isSame(one: TableName, other: TableName): boolean {
  return one.database === other.database && one.table === other.table;
}
