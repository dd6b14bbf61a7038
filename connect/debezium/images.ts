/** The images of rows with the settings that all of them share, and how rows are ended. */
import type { StructSchema } from '../data/schema.js';
import type { RowBuffer } from '../rows/index.js';
import type { DeleteSign } from './change-encoder.js';
import { type ChangeOutcome, DELETED, UPSERTED } from './events.js';
import { compileImage, type ImageOptions, type ImageWriter } from './image.js';
import { createSchemalessImage } from './schemaless.js';
import type { Dialect } from './source.js';
import { logicalBody, type TypeOptions } from './types/index.js';

export interface ImagesOptions
  extends Omit<TypeOptions, 'dialect'>,
    Pick<ImageOptions, 'onUnavailable' | 'placeholder' | 'replaceNullWithDefault'> {
  deleteSign: DeleteSign | undefined;
}

/** A span of an object, and where its row goes. */
export type WriteRow = (source: Buffer, start: number, end: number, out: RowBuffer) => ChangeOutcome;

interface RowOptions {
  /** Where the image is in the record, for messages. */
  path: string;
  dialect: Dialect;
  /** Fields that make no column. */
  without?: readonly string[];
  /** For images without a schema: the columns whose types are known. */
  columns?: StructSchema | undefined;
}

/** A row that is new has no values to keep; one that deletes needs no more than its key. */
type RowKind = 'create' | 'upsert' | 'delete';

/** Compile the rows of an image; without a schema they are written by the form of their values. */
export interface Images {
  upserts(schema: StructSchema | undefined, options: RowOptions): WriteRow;
  /** Rows that the table does not have, so that no value of theirs can be kept: all have to be in the event. */
  creates(schema: StructSchema | undefined, options: RowOptions): WriteRow;
  /** Rows of which only the key matters, so that null is right for all else. */
  deletes(schema: StructSchema | undefined, options: RowOptions): WriteRow;
}

export function createImages(options: ImagesOptions): Images {
  const { deleteSign } = options;
  const upsertMember = memberOf(deleteSign, deleteSign?.upsert);
  const deleteMember = memberOf(deleteSign, deleteSign?.delete);

  const onUnavailable = { create: 'fail', upsert: options.onUnavailable, delete: 'omit' } as const;

  function imageOf(schema: StructSchema | undefined, kind: RowKind, row: RowOptions): ImageWriter {
    const imageOptions: ImageOptions = {
      replaceNullWithDefault: options.replaceNullWithDefault,
      logicalBody: logicalBody({ ...options, dialect: row.dialect }),
      placeholder: options.placeholder,
      onUnavailable: onUnavailable[kind],
      lenient: kind === 'delete',
      without: row.without ?? [],
    };
    return schema === undefined
      ? createSchemalessImage(row.columns, row.path, imageOptions)
      : compileImage(schema, row.path, imageOptions);
  }

  function writing(kind: 'create' | 'upsert', schema: StructSchema | undefined, row: RowOptions): WriteRow {
    const image = imageOf(schema, kind, row);
    return (source, start, end, out) => {
      const unavailable = writeRow(image, source, start, end, out, upsertMember);
      return unavailable.length === 0 ? UPSERTED : { kind: 'upsert', unavailable };
    };
  }

  return {
    upserts: (schema, row) => writing('upsert', schema, row),
    creates: (schema, row) => writing('create', schema, row),

    deletes(schema, row) {
      const image = imageOf(schema, 'delete', row);
      return (source, start, end, out) => {
        writeRow(image, source, start, end, out, deleteMember);
        return DELETED;
      };
    },
  };
}

/** `"__DORIS_DELETE_SIGN__":"1"` */
function memberOf(sign: DeleteSign | undefined, value: string | undefined): Buffer {
  const text = sign === undefined ? '' : `${JSON.stringify(sign.column)}:${JSON.stringify(value)}`;
  return Buffer.from(text);
}

function writeRow(
  image: ImageWriter,
  source: Buffer,
  start: number,
  end: number,
  out: RowBuffer,
  lastMember: Buffer,
): readonly string[] {
  try {
    const unavailable = image(source, start, end, out, lastMember);
    out.endRow();
    return unavailable;
  } catch (error) {
    out.discardRow();
    throw error;
  }
}
