/** Values of records, damaged and hostile, through every converter: rows that are what they were, or a typed error. */
import fc from 'fast-check';
import { createRowEncoder, type RowEncoderOptions } from '../../connect/converters/index.js';
import { SluiceError } from '../../connect/errors.js';
import { ChunkPool, RowBuffer } from '../../connect/rows/index.js';
import { encoding } from '../connect/converters/encoding.js';
import { damaged, damages, FUZZ_TIMEOUT_MS, HOSTILE_TEXTS, runs, typedOutcome } from './support/fuzz.js';

const CONVERTERS: [string, RowEncoderOptions['value'], Partial<RowEncoderOptions>][] = [
  ['String', { converter: 'string' }, {}],
  ['String, CSV', { converter: 'string' }, { format: 'csv' }],
  ['Json without schema', { converter: 'json', schemasEnable: false }, {}],
  ['Json with schema', { converter: 'json', schemasEnable: true }, {}],
  ['Json with schema, nulls kept', { converter: 'json', schemasEnable: true, replaceNullWithDefault: false }, {}],
];
const withSchema = CONVERTERS.filter(([name]) => name.includes('with schema'));

const schema = {
  type: 'struct',
  fields: [
    { field: 'id', type: 'int64', optional: false },
    { field: 'small', type: 'int8', optional: true },
    {
      field: 'price',
      type: 'bytes',
      name: 'org.apache.kafka.connect.data.Decimal',
      parameters: { scale: '2' },
      optional: true,
    },
    { field: 'day', type: 'int32', name: 'org.apache.kafka.connect.data.Date', optional: true },
    { field: 'ratio', type: 'double', optional: true, default: 1.5 },
    { field: 'tags', type: 'array', items: { type: 'string' }, optional: true },
    { field: 'attributes', type: 'map', keys: { type: 'string' }, values: { type: 'int32' }, optional: true },
    { field: '__proto__', type: 'string', optional: true },
    { field: 'inner', type: 'struct', fields: [{ field: 'ok', type: 'boolean', optional: true }], optional: true },
  ],
};
const payload =
  '{"id":9007199254740993,"small":-128,"price":"AfQ=","day":19000,"ratio":1e300,"tags":["a","ü\\u0041"],"attributes":{"k":1},"__proto__":"p","inner":{"ok":true}}';
const whole = Buffer.from(`{"schema":${JSON.stringify(schema)},"payload":${payload}}`);
const TELLING = [
  ...['"', '\\', '{', '}', '[', ']', ',', ':', '\n', '\0', 'null', 'true', '-', '.', 'e', '0', '1e400', '-1e400'],
  ...['9223372036854775808', '"int32"', '"struct"', '"schema":', '"payload":', '\\ud800', '\\u0000', '"__proto__":1,'],
  ...HOSTILE_TEXTS,
  Buffer.from([0xed, 0xa0, 0x80]),
  Buffer.from([0xc0, 0x80]),
  Buffer.from([0xf4, 0x90, 0x80, 0x80]),
];

/** Encodes one value; what has been written is whole lines, and none of them when the value is refused. */
function encodeOne(value: RowEncoderOptions['value'], options: Partial<RowEncoderOptions>, bytes: Buffer): string[] {
  const { encode, explain, lines, rows } = encoding(value, options);
  const outcome = typedOutcome(() => encode(bytes));
  if (outcome instanceof SluiceError) {
    expect(rows()).toBe(0);
    expect(outcome.message.length).toBeLessThan(8_100);
  } else {
    expect(rows()).toBe(outcome);
  }
  typedOutcome(() => explain(bytes));
  return lines();
}

test.each(CONVERTERS)(
  '%s: a damaged envelope',
  (_name, value, options) => {
    fc.assert(
      fc.property(damages(TELLING), (damage) => {
        encodeOne(value, options, damaged(whole, damage));
      }),
      runs(1_000),
    );
  },
  FUZZ_TIMEOUT_MS,
);

test.each(withSchema)(
  '%s: what is written from a damaged payload is JSON, of the columns of the schema',
  (_name, value) => {
    const head = `{"schema":${JSON.stringify(schema)},"payload":`;
    fc.assert(
      fc.property(damages(TELLING), (damage) => {
        const bytes = Buffer.concat([Buffer.from(head), damaged(Buffer.from(payload), damage), Buffer.from('}')]);
        for (const line of encodeOne(value, {}, bytes)) {
          expect(Object.keys(JSON.parse(line) as object)).toEqual(schema.fields.map(({ field }) => field));
        }
      }),
      runs(1_000),
    );
  },
  FUZZ_TIMEOUT_MS,
);

test(
  'any schema with any payload',
  () => {
    const type = fc.constantFrom(
      'int8',
      'int64',
      'float',
      'double',
      'boolean',
      'string',
      'bytes',
      'struct',
      'map',
      'array',
      'STRUCT',
      '',
    );
    const anything = fc.json({ maxDepth: 3 });
    const name = fc.constantFrom(
      'org.apache.kafka.connect.data.Decimal',
      'io.debezium.time.MicroTimestamp',
      ...HOSTILE_TEXTS,
    );
    const one = fc.record(
      {
        type,
        name,
        optional: fc.constantFrom(true, 'x', 1),
        default: fc.jsonValue({ maxDepth: 1 }),
        fields: fc.jsonValue({ maxDepth: 2 }),
        items: fc.jsonValue({ maxDepth: 1 }),
        parameters: fc.jsonValue({ maxDepth: 1 }),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(
        fc.oneof(
          one.map((made) => JSON.stringify(made)),
          anything,
        ),
        anything,
        (written, value) => {
          encodeOne({ converter: 'json' }, {}, Buffer.from(`{"schema":${written},"payload":${value}}`));
        },
      ),
      runs(1_500),
    );
  },
  FUZZ_TIMEOUT_MS,
);

describe('in particular', () => {
  const int64 = (written: string) =>
    `{"schema":{"type":"struct","fields":[{"field":"n","type":"int64"}]},"payload":{"n":${written}}}`;
  const double = (written: string) => int64(written).replace('int64', 'double');

  test.each(['9223372036854775807', '-9223372036854775808', '9007199254740993'])('%s keeps its digits', (digits) => {
    expect(encodeOne({ converter: 'json' }, {}, Buffer.from(int64(digits)))).toEqual([`{"n":${digits}}`]);
    const plain = `{"n":${digits}}`;
    expect(encodeOne({ converter: 'json', schemasEnable: false }, {}, Buffer.from(plain))).toEqual([plain]);
  });

  test.each(['9223372036854775808', '-9223372036854775809', '1e400', '1e999999999', '0.5', '"1"', '1'.repeat(100_000)])(
    'no INT64: %s',
    (written) => {
      expect(encodeOne({ converter: 'json' }, {}, Buffer.from(int64(written)))).toEqual([]);
    },
  );

  test.each(['1e400', '-1e400'])('a DOUBLE of %s is told or kept, never another number', (written) => {
    const lines = encodeOne({ converter: 'json' }, {}, Buffer.from(double(written)));
    for (const line of lines) expect([`{"n":${written}}`, '{"n":null}']).toContain(line);
  });

  test.each(CONVERTERS.filter(([name]) => !name.includes('CSV')))('%s: nested 100,000 deep', (_name, value) => {
    const depth = 100_000;
    const nested = `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
    const envelope = `{"schema":{"type":"struct","fields":[{"field":"a","type":"string","optional":true}]},"payload":${nested}}`;
    const deepSchema = `{"schema":${'{"type":"array","items":'.repeat(depth)}{"type":"string"}${'}'.repeat(depth)},"payload":[]}`;
    for (const text of [nested, envelope, deepSchema, '['.repeat(depth), '{"schema":'.repeat(depth)]) {
      encodeOne(value, {}, Buffer.from(text));
      const { explain } = encoding(value);
      if (value.converter === 'string') expect(explain(text)).toMatchObject({ code: 'RECORD_INVALID' });
    }
  });

  test('10,000 columns, with schema: each in its place', () => {
    const names = Array.from({ length: 10_000 }, (_, index) => `column_${index}`);
    const fields = names.map((field) => ({ field, type: 'int32', optional: true }));
    const row = Object.fromEntries(names.map((name, index) => [name, index]).reverse());
    const text = JSON.stringify({ schema: { type: 'struct', fields }, payload: row });
    const [line = ''] = encodeOne({ converter: 'json' }, {}, Buffer.from(text));
    expect(Object.keys(JSON.parse(line) as object)).toEqual(names);
  });

  test('keys that JavaScript objects have are columns like any other', () => {
    const written = '{"__proto__":{"polluted":1},"constructor":2,"toString":3}';
    const fields = ['__proto__', 'constructor', 'toString'].map((field) => ({
      field,
      type: field === '__proto__' ? 'map' : 'int32',
      keys: { type: 'string' },
      values: { type: 'int32' },
    }));
    const text = `{"schema":${JSON.stringify({ type: 'struct', fields })},"payload":${written}}`;
    expect(encodeOne({ converter: 'json' }, {}, Buffer.from(text))).toEqual([written]);
    expect(
      encodeOne(
        { converter: 'json' },
        {},
        Buffer.from(
          '{"schema":{"type":"struct","fields":[{"field":"toString","type":"int32","optional":true}]},"payload":{}}',
        ),
      ),
    ).toEqual(['{"toString":null}']);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  test('a million newlines make no row each', () => {
    const text = `{"a":1}${'\n'.repeat(1_000_000)}{"a":2}`;
    expect(encodeOne({ converter: 'string' }, {}, Buffer.from(text))).toEqual(['{"a":1}', '{"a":2}']);
  });

  test('one row of 200 MB is copied once', () => {
    const row = Buffer.alloc(200 << 20, 'x');
    row.write('{"a":"');
    row.write('"}', row.length - 2);
    const rows = new RowBuffer(new ChunkPool());
    const encoder = createRowEncoder({ value: { converter: 'string' }, format: 'json', onNull: 'fail' });
    const before = process.memoryUsage().arrayBuffers;
    encoder.encode({ buffer: row, valueStart: 0, valueEnd: row.length }, rows);
    expect(rows.sizeBytes).toBe(row.length + 1);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1.1 * row.length);
  });
});
