import type { Schema } from '../../data/schema.js';
import type { SchemaAndValue } from '../../data/value.js';
import { ChunkPool, RowBuffer } from '../../rows/index.js';
import type { TextWriter } from '../writers.js';
import type { ByteCursor } from './byte-cursor.js';
import type { ValueNode } from './value-node.js';

/** Reads the values of one schema. Holds buffers, hence for one reader at a time. */
export interface RecordDecoder {
  readonly schema: Schema | undefined;
  /** The value in Connect's data model. @throws SluiceError RECORD_INVALID */
  read(source: Buffer, start: number, end: number): SchemaAndValue;
  /**
   * Writes the value's rows and returns how many; undefined when the value is null.
   * @throws SluiceError RECORD_INVALID, with `out` as it was before
   */
  writeRows(source: Buffer, start: number, end: number, out: RowBuffer): number | undefined;
}

/** How the value at the root is cut out of its bytes. */
export interface RootReader {
  readonly node: ValueNode;
  readonly cursor: ByteCursor;
  /** What to do with bytes behind the value. */
  readonly trailingBytes: 'refuse' | 'ignore';
  /** Moves past the root and tells that it is null; moves nowhere and returns false when it is not. */
  readonly skipNull?: ((cursor: ByteCursor) => boolean) | undefined;
  /** The array at the root, where its items are rows. */
  readonly items?: ArrayItems | undefined;
}

export interface ArrayItems {
  readonly item: ValueNode;
  /** Moves to the first item, where something is before it. */
  readonly begin?: ((cursor: ByteCursor) => void) | undefined;
  /** How many items follow before it is to be asked again; 0 at the end. */
  nextBlock(cursor: ByteCursor): number;
}

/**
 * Makes a decoder of a compiled schema. A struct or a map with string keys makes one row, an array of them one row per
 * element, a string what its text holds; the text of anything else goes to `writeText`, which refuses it as JSON and
 * takes it as CSV. That is what the sink makes of JSON with a schema.
 */
export function createRecordDecoder(root: RootReader, writeText: TextWriter): RecordDecoder {
  const { node, cursor, trailingBytes } = root;
  const { schema } = node;
  const scratch = new RowBuffer(new ChunkPool({ chunkSizeBytes: 4096 }));

  function checkEnd(): void {
    if (trailingBytes === 'refuse' && cursor.remaining > 0) throw cursor.invalid(`${cursor.remaining} bytes too many`);
  }

  function read(source: Buffer, start: number, end: number): SchemaAndValue {
    cursor.open(source, start, end);
    const value = node.read(cursor);
    checkEnd();
    return { schema, value };
  }

  function writeRow(out: RowBuffer): number {
    try {
      node.write(cursor, out);
      checkEnd();
    } catch (error) {
      out.discardRow();
      throw error;
    }
    out.endRow();
    return 1;
  }

  function writeItems({ item, begin, nextBlock }: ArrayItems, out: RowBuffer): number {
    const mark = out.mark();
    let rows = 0;
    try {
      begin?.(cursor);
      for (let count = nextBlock(cursor); count > 0; count = nextBlock(cursor)) {
        for (let index = 0; index < count; index++, rows++) {
          item.write(cursor, out);
          out.endRow();
        }
      }
      checkEnd();
      return rows;
    } catch (error) {
      out.discardRow();
      out.reset(mark);
      throw error;
    }
  }

  function writeAsText(out: RowBuffer): number {
    const value = node.read(cursor);
    checkEnd();
    if (typeof value === 'string') {
      const text = Buffer.from(value);
      return writeText(text, 0, text.length, out);
    }
    cursor.rewind();
    node.write(cursor, scratch);
    scratch.endRow();
    const text = Buffer.concat(scratch.chunks()).subarray(0, -1);
    scratch.release();
    return writeText(text, 0, text.length, out);
  }

  return {
    schema,
    read,
    writeRows(source, start, end, out) {
      cursor.open(source, start, end);
      if (root.skipNull?.(cursor) === true) {
        checkEnd();
        return undefined;
      }
      if (isRow(schema)) return writeRow(out);
      if (root.items !== undefined) return writeItems(root.items, out);
      return writeAsText(out);
    },
  };
}

/** Whether values of the schema are objects, and hence rows. */
export function isRow(schema: Schema): boolean {
  return schema.type === 'STRUCT' || (schema.type === 'MAP' && schema.keys.type === 'STRING');
}
