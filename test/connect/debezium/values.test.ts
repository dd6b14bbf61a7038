/** Records that another converter has read: the same rows as from JSON. */
import { parseJsonSchema } from '../../../connect/converters/json-schema.js';
import type { Schema } from '../../../connect/data/schema.js';
import { Decimal, Instant, type SchemaAndValue, Struct, type Value } from '../../../connect/data/value.js';
import { createChangeEncoder } from '../../../connect/debezium/index.js';
import { ChunkPool, RowBuffer } from '../../../connect/rows/index.js';
import { readCapture } from './captured.js';
import { changeEncoding, DORIS_SIGN } from './encoding.js';

const OPTIONS = {
  valueSchemasEnable: true,
  keySchemasEnable: true,
  deleteSign: DORIS_SIGN,
  onUnavailable: 'omit',
  outOfRange: 'clamp',
} as const;

/** A JSON text whose numbers are texts, so that they keep their digits. */
function parseExactly(json: string): unknown {
  return JSON.parse(
    json.replace(
      /("(?:[^"\\]|\\.)*")|(-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)/g,
      (_, text, number) => text ?? `"#${number}"`,
    ),
  );
}

/** What a converter makes of a value of the schema. */
function toValue(json: unknown, schema: Schema): Value {
  if (json === null || json === undefined) return null;
  const text = String(json).replace(/^#/, '');
  switch (schema.name) {
    case 'org.apache.kafka.connect.data.Decimal': {
      const bytes = Buffer.from(text, 'base64');
      return new Decimal(
        BigInt.asIntN(bytes.length * 8, BigInt(`0x${bytes.toString('hex')}`)),
        Number(schema.parameters?.scale),
      );
    }
    case 'org.apache.kafka.connect.data.Date':
      return new Instant(BigInt(text) * 86_400_000n);
    case 'org.apache.kafka.connect.data.Time':
    case 'org.apache.kafka.connect.data.Timestamp':
      return new Instant(BigInt(text));
  }
  switch (schema.type) {
    case 'STRUCT':
      return new Struct(
        schema,
        schema.fields.map((field) => toValue((json as Record<string, unknown>)[field.name], field.schema)),
      );
    case 'ARRAY':
      return (json as unknown[]).map((element) => toValue(element, schema.items));
    case 'MAP':
      return new Map(Object.entries(json as object).map(([key, value]) => [key, toValue(value, schema.values)]));
    case 'BYTES':
      return Buffer.from(text, 'base64');
    case 'BOOLEAN':
      return json === true;
    case 'STRING':
      return String(json);
    case 'INT64':
      return BigInt(text);
    default:
      return Number(text);
  }
}

function convert(json: string | null): SchemaAndValue {
  if (json === null) return { schema: undefined, value: null };
  const { schema, payload } = parseExactly(json) as { schema: unknown; payload: unknown };
  const text = Buffer.from(JSON.stringify(schema).replace(/"#(-?[\d.]+)"/g, '$1'));
  const parsed = parseJsonSchema(text, 0, text.length);
  return parsed === null ? { schema: undefined, value: null } : { schema: parsed, value: toValue(payload, parsed) };
}

test.each(['pg-adaptive', 'pg-connect', 'pg-iso', 'my-micro', 'my-connect', 'pg-unwrap'])('%s', (name) => {
  const { encode, lines } = changeEncoding(OPTIONS);
  const encoder = createChangeEncoder(OPTIONS);
  const out = new RowBuffer(new ChunkPool());
  for (const { key, value } of readCapture(name).records) {
    const record = { key: convert(key), value: convert(value) };
    expect(encoder.encodeValues(record, out)).toEqual(encode(key, value));
  }
  expect(Buffer.concat(out.chunks()).toString().replaceAll('😀', '\\uD83D\\uDE00').split('\n').slice(0, -1)).toEqual(
    lines(),
  );
});

test('without a schema, and by the key alone', () => {
  const encoder = createChangeEncoder(OPTIONS);
  const out = new RowBuffer(new ChunkPool());
  const plain = (entries: readonly (readonly [string, Value])[]): SchemaAndValue => ({
    schema: undefined,
    value: new Map(entries),
  });
  const source = new Map<Value, Value>([['connector', 'mysql']]);
  const event = (op: string, after: Value) =>
    plain([
      ['before', null],
      ['after', after],
      ['source', source],
      ['op', op],
    ]);
  const key = plain([['id', 9007199254740993n]]);
  expect(encoder.encodeValues({ key, value: event('c', new Map([['id', 1n]])) }, out).kind).toBe('upsert');
  expect(encoder.encodeValues({ key, value: event('d', null) }, out).kind).toBe('delete');
  expect(Buffer.concat(out.chunks()).toString()).toBe(
    '{"id":1,"__DORIS_DELETE_SIGN__":"0"}\n{"id":9007199254740993,"__DORIS_DELETE_SIGN__":"1"}\n',
  );
});
