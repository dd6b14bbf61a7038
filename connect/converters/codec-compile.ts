import { DECIMAL, type Schema } from '../data/schema.js';
import { LOWER_N } from '../json/bytes.js';
import { isNull } from '../json/index.js';
import { ChunkPool, RowBuffer } from '../rows/index.js';
import { type CodecOptions, type Compile, NO_MATCH, type ValueBody, type ValueCodec, writeNull } from './codec.js';
import { arrayBody, mapBody, structBody } from './codec-containers.js';
import { decimalBody } from './codec-decimal.js';
import { scalarBody } from './codec-scalars.js';

const NULL = Buffer.from('null');

/**
 * Compiles a schema to a codec: one closure per field, no look at the schema per record.
 * @throws SluiceError RECORD_INVALID when the schema itself is wrong
 */
export function compileCodec(schema: Schema, path: string, options: CodecOptions): ValueCodec {
  const compile: Compile = (part, partPath) => compileCodec(part, partPath, options);
  const body = options.logicalBody?.(schema, path, compile) ?? compileBody(schema, path, compile);
  const defaultJson = options.replaceNullWithDefault ? schema.defaultJson : undefined;
  const nullText = defaultJson !== undefined ? renderDefault(body, defaultJson) : schema.optional ? NULL : undefined;
  const nullMatches = nullText === NULL;

  function match(source: Buffer, position: number, end: number): number {
    if (source[position] !== LOWER_N) return body.match(source, position, end);
    return nullMatches && isNull(source, position, end) ? position + NULL.length : NO_MATCH;
  }

  function write(source: Buffer, position: number, end: number, out: RowBuffer): number {
    if (!isNull(source, position, end)) {
      return body.write(source, position, end, out);
    }
    writeNull(codec, out);
    return position + NULL.length;
  }

  const codec: ValueCodec = { match, write, nullText, schema, path, rewrites: body.rewrites };
  return codec;
}

function compileBody(schema: Schema, path: string, compile: Compile): ValueBody {
  switch (schema.type) {
    case 'STRUCT':
      return structBody(schema, path, compile);
    case 'ARRAY':
      return arrayBody(schema, path, compile);
    case 'MAP':
      return mapBody(schema, path, compile);
    default:
      return schema.name === DECIMAL ? decimalBody(schema, path) : scalarBody(schema, path);
  }
}

/** The default as it is to appear in rows, made once. */
function renderDefault(body: ValueBody, defaultJson: string): Buffer {
  const source = Buffer.from(defaultJson);
  const rendered = new RowBuffer(new ChunkPool({ chunkSizeBytes: 4096 }));
  body.write(source, 0, source.length, rendered);
  rendered.endRow();
  return Buffer.concat(rendered.chunks()).subarray(0, -1);
}
