/** Reads change events: `before`, `after`, `op` and what else Debezium puts around a row. */
import { recordInvalid } from '../converters/invalid.js';
import type { StructSchema } from '../data/schema.js';
import { LEFT_BRACE, QUOTE } from '../json/bytes.js';
import type { RowBuffer } from '../rows/index.js';
import type { Reading } from './change-encoder.js';
import { type ChangeOutcome, skipped, TRUNCATED } from './events.js';
import type { WriteRow } from './images.js';
import { isStruct } from './kinds.js';
import type { EventParts } from './parts.js';
import type { Dialect } from './source.js';

/** Takes the parts of an event in `source`. */
export type ChangeReader = (parts: EventParts, source: Buffer, out: RowBuffer) => ChangeOutcome;

/**
 * Compiles the reader of events whose envelope is of this schema; without one, of any event.
 *
 * Creates, updates and rows of a snapshot become upserts. A delete is the `before` image, or, where there is none, the
 * record's key. A changed primary key needs nothing of its own: Debezium sends a delete and a create for it.
 * @throws SluiceError RECORD_INVALID when the schema has no image of the row
 */
export function changeReader(
  schema: StructSchema | undefined,
  dialect: Dialect,
  { images, options, deleteByKey }: Reading,
): ChangeReader {
  const after = imageSchema(schema, 'after');
  const before = imageSchema(schema, 'before') ?? after;
  const rowSchema = after && { row: after, dialect };
  const path = schema === undefined ? '' : 'payload.';
  const { columns } = options;
  const writeUpdate: WriteRow = images.upserts(after, { path: `${path}after`, dialect, columns });
  const writeCreate: WriteRow = images.creates(after, { path: `${path}after`, dialect, columns });
  const writeDelete: WriteRow = images.deletes(before, { path: `${path}before`, dialect, columns });

  function upsert(parts: EventParts, source: Buffer, out: RowBuffer, op: string): ChangeOutcome {
    const { afterStart, afterEnd } = parts;
    if (afterStart < 0 || source[afterStart] !== LEFT_BRACE) throw withoutRow(op);
    if (rowSchema !== undefined) options.onSchema?.(rowSchema);
    return op === 'u' ? writeUpdate(source, afterStart, afterEnd, out) : writeCreate(source, afterStart, afterEnd, out);
  }

  return (parts, source, out) => {
    const op = operationOf(source, parts);
    switch (op) {
      case 'c':
      case 'u':
      case 'r':
        return upsert(parts, source, out, op);
      case 'd': {
        if (options.deleteSign === undefined) return skipped('delete');
        const { beforeStart, beforeEnd } = parts;
        const hasBefore = beforeStart >= 0 && source[beforeStart] === LEFT_BRACE;
        if (rowSchema !== undefined) options.onSchema?.(rowSchema);
        return hasBefore ? writeDelete(source, beforeStart, beforeEnd, out) : deleteByKey(out);
      }
      case 't':
        return options.truncate === true ? TRUNCATED : skipped('truncate');
      case 'm':
        return skipped('message');
      default:
        throw recordInvalid(
          `The change event has the unknown operation ${JSON.stringify(op)}.`,
          'Let the connector read topics of Debezium only.',
        );
    }
  };
}

function imageSchema(envelope: StructSchema | undefined, side: 'before' | 'after'): StructSchema | undefined {
  if (envelope === undefined) return undefined;
  const schema = envelope.fields.find(({ name }) => name === side)?.schema;
  if (isStruct(schema)) return schema;
  if (side === 'before') return undefined;
  throw recordInvalid(
    "Received an unexpected message type that does not have an 'after' Debezium block.",
    'Let the connector read topics of Debezium only, or set converter.mode=normal.',
  );
}

const OPERATION_BYTES = 3;

/** The letter between the quotes, without a string being made of it for the usual ones. */
function operationOf(source: Buffer, { opStart, opEnd }: EventParts): string {
  if (opStart < 0) return '';
  if (opEnd - opStart !== OPERATION_BYTES || source[opStart] !== QUOTE) return source.toString('utf8', opStart, opEnd);
  return OPERATIONS[source[opStart + 1] ?? 0] ?? source.toString('utf8', opStart + 1, opEnd - 1);
}

const OPERATIONS: readonly (string | undefined)[] = Array.from({ length: 128 }, (_, code) =>
  'crudtm'.includes(String.fromCharCode(code)) ? String.fromCharCode(code) : undefined,
);

function withoutRow(op: string): Error {
  return recordInvalid(
    `The change event (op ${op}) has no row in its 'after' block.`,
    'Let the connector read topics of Debezium only.',
  );
}
