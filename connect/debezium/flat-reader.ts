/** Reads events that Debezium's transform ExtractNewRecordState has flattened to their row. */

import { mismatch } from '../converters/codec.js';
import type { PayloadReader } from '../converters/envelope.js';
import { checkEnd } from '../converters/payload-rows.js';
import type { StructSchema } from '../data/schema.js';
import { LEFT_BRACE, LOWER_T, QUOTE } from '../json/bytes.js';
import { walkObject } from '../json/index.js';
import type { Reading } from './change-encoder.js';
import { type ChangeOutcome, skipped } from './events.js';
import { isNamed } from './parts.js';
import type { Dialect } from './source.js';

/** What `delete.tombstone.handling.mode=rewrite` adds: "true" in the event of a delete. */
const DELETED_FIELD = '__deleted';
const DELETED_NAME = Buffer.from(DELETED_FIELD);

/**
 * Compiles the reader of rows of this schema; without one, of any row. Fields that the transform was told to add, such
 * as `__op`, are columns like any other. `__deleted` is one only where it is all that is to be known of a delete.
 */
export function flatReader(
  schema: StructSchema | undefined,
  dialect: Dialect,
  { images, options }: Reading,
): PayloadReader<ChangeOutcome> {
  const deletes = options.deleteSign !== undefined;
  const soft = !deletes && options.softDelete === true;
  const without = soft ? [] : [DELETED_FIELD];
  const row = schema && { ...schema, fields: schema.fields.filter(({ name }) => !without.includes(name)) };
  const rowSchema = row && { row, dialect };
  const path = schema === undefined ? 'value' : 'payload';
  const writeUpsert = images.upserts(schema, { path, dialect, without, columns: options.columns });
  const writeDelete = images.deletes(schema, { path, dialect, without, columns: options.columns });
  const marked = schema === undefined || schema.fields.some(({ name }) => name === DELETED_FIELD);

  return (source, start, end, out) => {
    if (source[start] !== LEFT_BRACE && schema !== undefined) throw mismatch(schema, path, source, start, end);
    const isUpsert = soft || !marked || !isDeleted(source, start, end);
    if (!isUpsert && !deletes) return skipped('delete');
    if (rowSchema !== undefined) options.onSchema?.(rowSchema);
    return isUpsert ? writeUpsert(source, start, end, out) : writeDelete(source, start, end, out);
  };
}

function isDeleted(source: Buffer, start: number, end: number): boolean {
  let deleted = false;
  const after = walkObject(source, start, end, (nameStart, nameEnd, valueStart) => {
    if (!isNamed(source, nameStart, nameEnd, DELETED_NAME)) return;
    deleted = source[source[valueStart] === QUOTE ? valueStart + 1 : valueStart] === LOWER_T;
  });
  checkEnd(after, end);
  return deleted;
}
