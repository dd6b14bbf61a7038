import avsc from 'avsc';
import fc from 'fast-check';
import { AVRO_DEFAULTS, type AvroOptions, compileAvro } from '../../../../connect/converters/avro/index.js';
import { Decimal, Instant, Struct } from '../../../../connect/data/value.js';
import { decodeRows, decodeValue, recordError, survives, writeText } from '../binary/decoding.js';

/** avsc reads and writes longs as bigints with this. */
const long = avsc.types.LongType.__with({
  fromBuffer: (bytes: Buffer) => bytes.readBigInt64LE(),
  toBuffer: (value: bigint) => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(value);
    return bytes;
  },
  fromJSON: BigInt,
  toJSON: Number,
  isValid: (value: unknown) => typeof value === 'bigint',
  compare: (one: bigint, other: bigint) => (one === other ? 0 : one < other ? -1 : 1),
});

/** avsc finds its own long where one is more than a name. */
function writerOf(schema: object) {
  const plain = JSON.parse(JSON.stringify(schema), (_, value) =>
    value?.type === 'long' && value.logicalType ? 'long' : value,
  );
  return avsc.Type.forSchema(plain, { registry: { long }, wrapUnions: true });
}

function decoderOf(schema: object, options: Partial<AvroOptions> = {}, references: object[] = []) {
  const texts = references.map((reference) => JSON.stringify(reference));
  const source = { schemaText: JSON.stringify(schema), references: texts };
  return compileAvro(source, { ...AVRO_DEFAULTS, rows: 'connect', trailingBytes: 'refuse', ...options }, writeText);
}

/** The row of a value, written by avsc and read here. */
function rowOf(schema: object, value: unknown, options: Partial<AvroOptions> = {}): unknown {
  const [row, ...more] = decodeRows(decoderOf(schema, options), writerOf(schema).toBuffer(value)) ?? [];
  expect(more).toEqual([]);
  return row;
}

const record = (...fields: object[]) => ({ type: 'record', name: 'Order', namespace: 'shop', fields });
const field = (name: string, type: unknown, more: object = {}) => ({ name, type, ...more });

describe('rows', () => {
  test('of every primitive type', () => {
    const schema = record(
      field('flag', 'boolean'),
      field('small', 'int'),
      field('big', 'long'),
      field('single', 'float'),
      field('exact', 'double'),
      field('raw', 'bytes'),
      field('text', 'string'),
    );
    const value = {
      flag: true,
      small: -7,
      big: 9_223_372_036_854_775_807n,
      single: Math.fround(0.1),
      exact: 1e100,
      raw: Buffer.from([0xff, 0]),
      text: 'Größe "1"\n\u0000',
    };
    expect(rowOf(schema, value)).toBe(
      '{"flag":true,"small":-7,"big":9223372036854775807,"single":0.1,"exact":1e+100,"raw":"/wA=",' +
        '"text":"Größe \\"1\\"\\n\\u0000"}',
    );
  });

  test('of numbers that JSON does not have', () => {
    const schema = record(field('a', 'double'), field('b', 'float'), field('c', 'double'));
    expect(rowOf(schema, { a: Number.NaN, b: Number.NEGATIVE_INFINITY, c: -0 })).toBe(
      '{"a":"NaN","b":"-Infinity","c":-0.0}',
    );
  });

  test('of logical types: decimals with every digit, dates and times as numbers', () => {
    const schema = record(
      field('price', { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 4 }),
      field('rate', { type: 'fixed', name: 'Rate', size: 4, logicalType: 'decimal', precision: 8, scale: 2 }),
      field('day', { type: 'int', logicalType: 'date' }),
      field('clock', { type: 'int', logicalType: 'time-millis' }),
      field('at', { type: 'long', logicalType: 'timestamp-millis' }),
      field('micros', { type: 'long', logicalType: 'timestamp-micros' }),
      field('local', { type: 'long', logicalType: 'local-timestamp-millis' }),
      field('id', { type: 'string', logicalType: 'uuid' }),
    );
    const value = {
      price: Buffer.from('0de0b6b3a763ffff0000', 'hex'),
      rate: Buffer.from('ffffff9c', 'hex'),
      day: 19_000,
      clock: 1,
      at: 1_700_000_000_123n,
      micros: -1n,
      local: 3n,
      id: 'e7c5',
    };
    expect(rowOf(schema, value)).toBe(
      '{"price":6553599999999999993.4464,"rate":-1.00,"day":19000,"clock":1,"at":1700000000123,"micros":-1,' +
        '"local":3,"id":"e7c5"}',
    );
    const { value: read } = decodeValue(decoderOf(schema), writerOf(schema).toBuffer(value));
    expect(read instanceof Struct && read.values).toEqual([
      new Decimal(BigInt('0x0de0b6b3a763ffff0000'), 4),
      new Decimal(-100n, 2),
      new Instant(19_000n * 86_400_000n),
      new Instant(1n),
      new Instant(1_700_000_000_123n),
      -1n,
      3n,
      'e7c5',
    ]);
  });

  test('of containers, enums, fixed and nullable values', () => {
    const schema = record(
      field('tags', { type: 'array', items: 'string' }),
      field('counts', { type: 'map', values: 'long' }),
      field('color', { type: 'enum', name: 'Color', symbols: ['RED', 'BLUE'] }),
      field('hash', { type: 'fixed', name: 'Hash', size: 2 }),
      field('note', ['null', 'string']),
      field('other', ['string', 'null']),
      field('lines', { type: 'array', items: { type: 'record', name: 'Line', fields: [field('n', 'int')] } }),
      field('again', ['null', 'Line']),
    );
    const value = {
      tags: ['a', 'b'],
      counts: { x: 1n, y: 2n },
      color: 'BLUE',
      hash: Buffer.from([1, 2]),
      note: null,
      other: { string: 'o' },
      lines: [{ n: 1 }, { n: 2 }],
      again: { 'shop.Line': { n: 3 } },
    };
    expect(rowOf(schema, value)).toBe(
      '{"tags":["a","b"],"counts":{"x":1,"y":2},"color":"BLUE","hash":"AQI=","note":null,"other":"o",' +
        '"lines":[{"n":1},{"n":2}],"again":{"n":3}}',
    );
  });

  test('of unions: a field per branch', () => {
    const item = { type: 'record', name: 'Item', namespace: 'other.shop', fields: [field('n', 'int')] };
    const schema = record(field('what', ['null', 'int', 'string', item]));
    expect(rowOf(schema, { what: null })).toBe('{"what":null}');
    expect(rowOf(schema, { what: { int: 5 } })).toBe('{"what":{"int":5,"string":null,"Item":null}}');
    expect(rowOf(schema, { what: { 'other.shop.Item': { n: 1 } } })).toBe(
      '{"what":{"int":null,"string":null,"Item":{"n":1}}}',
    );
    expect(rowOf(schema, { what: { string: 's' } }, { enhancedAvroSchemaSupport: true })).toBe(
      '{"what":{"int":null,"string":"s","other.shop.Item":null}}',
    );
    expect(rowOf(schema, { what: { int: 5 } }, { generalizedSumTypeSupport: true })).toBe(
      '{"what":{"connect_union_field_1":5,"connect_union_field_2":null,"connect_union_field_3":null}}',
    );
  });

  test('of a record inside itself', () => {
    const schema = record(field('n', 'int'), field('next', ['null', 'Order']));
    const value = { n: 1, next: { 'shop.Order': { n: 2, next: null } } };
    expect(rowOf(schema, value)).toBe('{"n":1,"next":{"n":2,"next":null}}');
    const { value: read } = decodeValue(decoderOf(schema), writerOf(schema).toBuffer(value));
    expect(read instanceof Struct && (read.get('next') as Struct).get('n')).toBe(2);
  });

  test('of maps that Connect wrote as arrays, because their keys are no strings', () => {
    const entry = {
      type: 'record',
      name: 'MapEntry',
      namespace: 'io.confluent.connect.avro',
      fields: [field('key', 'int'), field('value', 'string')],
    };
    const schema = record(field('names', { type: 'array', items: entry }));
    const value = { names: [{ key: 1, value: 'one' }] };
    expect(rowOf(schema, value)).toBe('{"names":[[1,"one"]]}');
    const { value: read } = decodeValue(decoderOf(schema), writerOf(schema).toBuffer(value));
    expect(read instanceof Struct && read.get('names')).toEqual(new Map([[1, 'one']]));
  });

  test('of an array of records: one each; of a union with null: none for null', () => {
    const items = record(field('n', 'int'));
    const array = { type: 'array', items };
    expect(decodeRows(decoderOf(array), writerOf(array).toBuffer([{ n: 1 }, { n: 2 }]))).toEqual([
      '{"n":1}',
      '{"n":2}',
    ]);
    const nullable = ['null', array];
    const bytes = writerOf(nullable).toBuffer({ array: [{ n: 1 }] });
    expect(decodeRows(decoderOf(nullable), bytes)).toEqual(['{"n":1}']);
    expect(decodeRows(decoderOf(nullable), writerOf(nullable).toBuffer(null))).toBeUndefined();
  });

  test('of a string: the JSON in it', () => {
    const schema = { type: 'string' };
    expect(decodeRows(decoderOf(schema), writerOf(schema).toBuffer('{"a":1}'))).toEqual(['{"a":1}']);
    expect(recordError(() => decodeRows(decoderOf({ type: 'int' }), Buffer.from([2])))).toContain(
      'has to be an object',
    );
  });

  test('of values in blocks with their sizes, as some writers make them', () => {
    const schema = { type: 'array', items: record(field('n', 'int')) };
    // Two items in a block of two bytes, then one more, then the end.
    expect(decodeRows(decoderOf(schema), Buffer.from([3, 4, 2, 4, 2, 6, 0]))).toEqual([
      '{"n":1}',
      '{"n":2}',
      '{"n":3}',
    ]);
  });

  test('with references to types of other schemas', () => {
    const address = { type: 'record', name: 'Address', namespace: 'shop', fields: [field('city', 'string')] };
    const schema = record(field('to', 'shop.Address'), field('from', ['null', 'Address']));
    const bytes = Buffer.from([2, 0x41, 2, 2, 0x42]);
    expect(decodeRows(decoderOf(schema, {}, [address]), bytes)).toEqual(['{"to":{"city":"A"},"from":{"city":"B"}}']);
    expect(recordError(() => decoderOf(schema))).toContain('the type "shop.Address" is not defined');
  });

  test('with the default that Connect gives for null', () => {
    const schema = record(field('n', ['null', { type: 'int', 'connect.default': 42 }]));
    expect(rowOf(schema, { n: null })).toBe('{"n":42}');
  });
});

describe('wrong bytes', () => {
  const schema = record(field('n', 'int'), field('tags', { type: 'array', items: 'string' }));

  test.each([
    ['nothing', [], 'it ends too early|ends within a number'],
    [
      'a number that does not end',
      [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80],
      'more than ten bytes',
    ],
    ['an int of 64 bits', [0xff, 0xff, 0xff, 0xff, 0xff, 0x7f], 'more than 32 bits'],
    ['2^60 items', [0, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x20], 'items at byte 10'],
    ['a text of negative length', [0, 2, 1], 'a length of -1 bytes'],
    ['a text longer than the value', [0, 2, 0xfe, 0xff, 0xff, 0x0f], 'a length of 16777215 bytes'],
    ['more than the schema says', [0, 0, 7], '1 bytes too many'],
  ])('%s is refused', (_, bytes, message) => {
    expect(recordError(() => decodeRows(decoderOf(schema), Buffer.from(bytes)))).toMatch(new RegExp(message));
    expect(recordError(() => decodeValue(decoderOf(schema), Buffer.from(bytes)))).toMatch(new RegExp(message));
  });

  test('records nested without end are refused, and items without bytes are bounded', () => {
    const endless = record(field('next', ['null', 'Order']));
    expect(recordError(() => decodeRows(decoderOf(endless), Buffer.alloc(1000, 2)))).toContain(
      'deeper than 100 levels',
    );
    const empty = { type: 'array', items: { type: 'record', name: 'Nothing', fields: [] } };
    const million = Buffer.from([0x80, 0x89, 0x7a, 0]);
    expect(recordError(() => decodeRows(decoderOf(empty), million))).toContain('1000000 items');
  });

  test('any bytes make a value or a RECORD_INVALID, and rows and value agree', () => {
    const all = record(
      field('u', ['null', 'long', { type: 'map', values: 'double' }]),
      field('next', ['null', 'Order']),
      field('e', { type: 'enum', name: 'E', symbols: ['A', 'B'] }),
      field('d', { type: 'bytes', logicalType: 'decimal', precision: 9, scale: 2 }),
      field('f', { type: 'fixed', name: 'F', size: 1 }),
      field('s', { type: 'array', items: ['null', 'string'] }),
    );
    const decoder = decoderOf(all);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        const refused = survives(() => decodeValue(decoder, bytes));
        expect(survives(() => decodeRows(decoder, bytes))).toBe(refused);
      }),
      { numRuns: 3000 },
    );
  });
});

test('every long and int is read as it was written', () => {
  const schema = record(field('l', 'long'), field('i', 'int'));
  const writer = writerOf(schema);
  const decoder = decoderOf(schema);
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.nat(63), fc.integer(), (l, shift, i) => {
      const value = { l: l >> BigInt(shift), i };
      expect(decodeRows(decoder, writer.toBuffer(value))).toEqual([`{"l":${value.l},"i":${i}}`]);
    }),
    { numRuns: 1000 },
  );
});

test('any text is read as it was written', () => {
  const decoder = decoderOf(record(field('s', 'string')));
  const writer = writerOf(record(field('s', 'string')));
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), (s) => {
      expect(decodeRows(decoder, writer.toBuffer({ s }))?.map((row) => JSON.parse(row))).toEqual([{ s }]);
    }),
  );
});
