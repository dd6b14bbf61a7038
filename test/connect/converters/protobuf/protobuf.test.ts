import fc from 'fast-check';
import protobuf from 'protobufjs';
import {
  compileProtobuf,
  PROTOBUF_DEFAULTS,
  type ProtobufOptions,
  type ProtoFile,
} from '../../../../connect/converters/protobuf/index.js';
import { Decimal, Instant, Struct } from '../../../../connect/data/value.js';
import { decodeRows, decodeValue, recordError, survives, writeText } from '../binary/decoding.js';

type Options = Partial<ProtobufOptions> & { indexes?: number[]; references?: ProtoFile[] };

function decoderOf(schemaText: string, { indexes = [0], references = [], ...options }: Options = {}) {
  return compileProtobuf({ schemaText, references }, { ...PROTOBUF_DEFAULTS, ...options }, writeText).decoderAt(
    indexes,
  );
}

function encode(schemaText: string, message: string, value: object): Uint8Array {
  const { root } = protobuf.parse(schemaText, new protobuf.Root(), { keepCase: true });
  for (const name of ['google/protobuf/timestamp.proto', 'google/protobuf/wrappers.proto']) {
    root.addJSON(protobuf.common.get(name)?.nested ?? {});
  }
  const type = root.lookupType(message);
  return type.encode(type.fromObject(value)).finish();
}

/** The row of a value that protobufjs wrote. */
function rowOf(schemaText: string, value: object, options: Options = {}): unknown {
  const [row, ...more] = decodeRows(decoderOf(schemaText, options), encode(schemaText, 'shop.Order', value)) ?? [];
  expect(more).toEqual([]);
  return JSON.parse(String(row));
}

const proto3 = (body: string, imports = '') => `syntax = "proto3"; package shop; ${imports} message Order { ${body} }`;

describe('rows', () => {
  test('of every scalar', () => {
    const schema = proto3(`
      int32 a = 1; sint32 b = 2; sfixed32 c = 3; uint32 d = 4; fixed32 e = 5; int64 f = 6; sint64 g = 7;
      sfixed64 h = 8; uint64 i = 9; fixed64 j = 10; float k = 11; double l = 12; bool m = 13; string n = 14;
      bytes o = 15;`);
    const value = {
      a: -1,
      b: -2_147_483_648,
      c: -3,
      d: 4_294_967_295,
      e: 4_294_967_295,
      f: '-9223372036854775808',
      g: '-9223372036854775808',
      h: '9223372036854775807',
      i: '18446744073709551615',
      j: '9007199254740993',
      k: 0.1,
      l: 1.5,
      m: true,
      n: 'Größe "1"',
      o: Buffer.from([255, 0]),
    };
    const [row] = decodeRows(decoderOf(schema), encode(schema, 'shop.Order', value)) ?? [];
    // Connect has no unsigned numbers of 64 bits: the largest are negative there.
    expect(row).toBe(
      '{"a":-1,"b":-2147483648,"c":-3,"d":4294967295,"e":4294967295,"f":-9223372036854775808,' +
        '"g":-9223372036854775808,"h":9223372036854775807,"i":-1,"j":9007199254740993,"k":0.1,"l":1.5,"m":true,' +
        '"n":"Größe \\"1\\"","o":"/wA="}',
    );
  });

  test('of fields that are not set: zero, or null where they are optional or messages', () => {
    const schema = proto3(
      'int32 n = 1; string s = 2; bool b = 3; bytes y = 4; E e = 5; repeated int32 r = 6; map<string, int32> m = 7; ' +
        'optional int32 o = 8; Order child = 9; oneof pick { string one = 10; int32 two = 11; } enum E { ZERO = 0; }',
    );
    const row = { n: 0, s: '', b: false, y: '', e: 'ZERO', r: [], m: {}, o: null, child: null };
    expect(rowOf(schema, {})).toEqual({ pick_0: null, ...row });
    expect(rowOf(schema, {}, { flattenUnions: true })).toEqual({ one: null, two: null, ...row });
    const struct = { generateStructForNulls: true };
    const inner = 'message Inner { int32 n = 1; }';
    expect(rowOf(proto3(`Inner i = 1; ${inner}`), {}, struct)).toEqual({ i: { n: 0 } });
  });

  test('of a oneof: a struct before the other fields, with one field set', () => {
    const schema = proto3('int32 id = 1; oneof pick { string one = 2; int64 two = 3; Order three = 4; }');
    const decoder = decoderOf(schema);
    const bytes = encode(schema, 'shop.Order', { id: 7, two: '0' });
    expect(decodeRows(decoder, bytes)).toEqual(['{"pick_0":{"one":null,"two":0,"three":null},"id":7}']);
    expect(rowOf(schema, { one: 'x' }, { generateIndexForUnions: false })).toEqual({
      pick: { one: 'x', two: null, three: null },
      id: 0,
    });
    // Two members: the later one counts.
    const both = Buffer.concat([encode(schema, 'shop.Order', { one: 'x' }), encode(schema, 'shop.Order', { two: 5 })]);
    expect(decodeRows(decoder, both)).toEqual(['{"pick_0":{"one":null,"two":5,"three":null},"id":0}']);
    expect(decodeRows(decoderOf(schema, { flattenUnions: true }), both)).toEqual([
      '{"one":null,"two":5,"three":null,"id":0}',
    ]);
  });

  test('of enums: names, numbers, and what the schema does not know', () => {
    const schema = proto3(
      'Color c = 1; repeated Color d = 2; enum Color { RED = 0; BLUE = 5; NAVY = 5; option allow_alias = true; }',
    );
    expect(rowOf(schema, { c: 5, d: [0, 5] })).toEqual({ c: 'BLUE', d: ['RED', 'BLUE'] });
    expect(rowOf(schema, { c: 5 }, { intForEnums: true })).toEqual({ c: 5, d: [] });
    expect(decodeRows(decoderOf(schema), Buffer.from([8, 7]))).toEqual(['{"c":"UNKNOWN_ENUM_VALUE_Color_7","d":[]}']);
  });

  test('of maps: objects, or pairs where the keys are no strings', () => {
    const schema = proto3('map<string, Inner> a = 1; map<int32, string> b = 2; message Inner { int32 n = 1; }');
    expect(rowOf(schema, { a: { x: { n: 1 }, y: {} }, b: { 3: 'three' } })).toEqual({
      a: { x: { n: 1 }, y: { n: 0 } },
      b: [[3, 'three']],
    });
    // An entry without key and value has the zeros of both.
    expect(decodeRows(decoderOf(schema), Buffer.from([10, 0, 18, 0]))).toEqual(['{"a":{"":{"n":0}},"b":[[0,""]]}']);
  });

  test('of maps whose keys come twice: the last value, in the place of the first', () => {
    const schema = proto3('map<string, int32> a = 1;');
    const parts = [{ a: { x: 1, y: 2 } }, { a: { x: 3 } }].map((value) => encode(schema, 'shop.Order', value));
    expect(decodeRows(decoderOf(schema), Buffer.concat(parts))?.map(String)).toEqual(['{"a":{"x":3,"y":2}}']);
  });

  test('of numbers packed or not, whatever the schema says', () => {
    const schema = proto3('repeated int32 n = 1; repeated fixed32 f = 2; string s = 3;');
    const mixed = Buffer.from([8, 1, 10, 2, 2, 3, 26, 1, 0x61, 8, 4, 21, 9, 0, 0, 0]);
    expect(decodeRows(decoderOf(schema), mixed)).toEqual(['{"n":[1,2,3,4],"f":[9],"s":"a"}']);
  });

  test('of a message in two parts: their sum', () => {
    const schema = proto3('Inner i = 1; message Inner { int32 a = 1; int32 b = 2; repeated int32 c = 3; }');
    const parts = [{ i: { a: 1, b: 1, c: [1] } }, { i: { b: 2, c: [2] } }].map((value) =>
      encode(schema, 'shop.Order', value),
    );
    expect(decodeRows(decoderOf(schema), Buffer.concat(parts))).toEqual(['{"i":{"a":1,"b":2,"c":[1,2]}}']);
  });

  test('of nested and second messages, by their indexes', () => {
    const schema = `${proto3('message First { int32 n = 1; } enum E { A = 0; } message Second { string s = 1; }')}
      message Other { bool b = 1; }`;
    const bytes = Buffer.from([10, 1, 0x61]);
    expect(decodeRows(decoderOf(schema, { indexes: [0, 1] }), bytes)).toEqual(['{"s":"a"}']);
    expect(decodeRows(decoderOf(schema, { indexes: [1] }), Buffer.from([8, 1]))).toEqual(['{"b":true}']);
    expect(recordError(() => decoderOf(schema, { indexes: [2] }))).toContain('no message with the indexes [2]');
  });

  test('of imported messages, Google’s and Confluent’s among them', () => {
    const imports =
      'import "google/protobuf/timestamp.proto"; import "google/type/date.proto"; import "google/type/timeofday.proto";' +
      'import "confluent/type/decimal.proto"; import "confluent/meta.proto"; import "common/address.proto";' +
      'import "google/protobuf/wrappers.proto";';
    const schema = proto3(
      'google.protobuf.Timestamp at = 1; google.type.Date day = 2; google.type.TimeOfDay clock = 3; ' +
        'confluent.type.Decimal price = 4 [(confluent.field_meta) = { params: [{ key: "scale", value: "2" }] }]; ' +
        'common.Address to = 5; google.protobuf.StringValue note = 6; google.protobuf.Int64Value count = 7;',
      imports,
    );
    const references = [
      { name: 'common/address.proto', text: 'syntax = "proto3"; package common; message Address { string city = 1; }' },
    ];
    // 1.5 s before 1970; 2024-02-29; 23:59:59.999; -1.00; Ü; an empty text; no count
    const value = Buffer.concat([
      field(1, Buffer.from('08feffffffffffffffff011080cab5ee01', 'hex')),
      field(2, Buffer.from([8, 0xe8, 0x0f, 16, 2, 24, 29])),
      field(3, Buffer.from([8, 23, 16, 59, 24, 59, 32, 0xff, 0x93, 0xeb, 0xdc, 3])),
      field(4, Buffer.from([10, 1, 0x9c, 24, 2])),
      field(5, Buffer.from([10, 2, 0xc3, 0x9c])),
      field(6, Buffer.alloc(0)),
    ]);
    const decoder = decoderOf(schema, { references });
    expect(decodeRows(decoder, value)).toEqual([
      '{"at":-1500,"day":19782,"clock":86399999,"price":-1.00,"to":{"city":"Ü"},"note":"","count":null}',
    ]);
    const read = decodeValue(decoder, value);
    expect(read.value instanceof Struct && read.value.values.slice(0, 4)).toEqual([
      new Instant(-1500n),
      new Instant(19_782n * 86_400_000n),
      new Instant(86_399_999n),
      new Decimal(-100n, 2),
    ]);
    expect(recordError(() => decoderOf(schema))).toContain('the import "common/address.proto" is not known');
  });

  test('of proto2: optional, defaults, groups, required fields, enums that are closed', () => {
    const schema = `syntax = "proto2"; package shop;
      message Order {
        required int32 id = 1; optional string s = 2 [default = "d"]; optional E e = 3 [default = B];
        repeated group Line = 4 { optional int32 n = 1; } repeated E es = 5;
        enum E { A = 1; B = 2; }
      }`;
    const bytes = Buffer.from([8, 1, 0x23, 8, 5, 0x24, 0x23, 0x24, 24, 9, 40, 1, 40, 9, 40, 2]);
    expect(decodeRows(decoderOf(schema), bytes)).toEqual([
      '{"id":1,"s":null,"e":null,"line":[{"n":5},{"n":null}],"es":["A","B"]}',
    ]);
    expect(decodeRows(decoderOf(schema, { optionalForProto2: false }), Buffer.from([8, 1]))).toEqual([
      '{"id":1,"s":"d","e":"B","line":[],"es":[]}',
    ]);
    expect(recordError(() => decodeRows(decoderOf(schema), Buffer.alloc(0)))).toContain(
      'the required field id is missing',
    );
  });

  test('of a wrapper message at the root: the text of its value', () => {
    const schema = 'syntax = "proto3"; package google.protobuf; message StringValue { string value = 1; }';
    const json = Buffer.from('{"a":1}');
    expect(decodeRows(decoderOf(schema), Buffer.concat([Buffer.from([10, json.length]), json]))).toEqual(['{"a":1}']);
  });
});

test('wrappers stay messages only where both settings are off', () => {
  const schema = proto3('google.protobuf.Int32Value n = 1;', 'import "google/protobuf/wrappers.proto";');
  expect(rowOf(schema, { n: { value: 3 } })).toEqual({ n: 3 });
  expect(rowOf(schema, { n: { value: 3 } }, { wrapperForRawPrimitives: false })).toEqual({ n: { value: 3 } });
  const wrapped = decoderOf(schema, { wrapperForRawPrimitives: false, wrapperForNullables: true });
  expect(wrapped.schema).toMatchObject({ fields: [{ schema: { type: 'INT32', optional: true } }] });
});

describe('schemas', () => {
  test('have the names and parameters of ProtobufData', () => {
    const schema = proto3(
      'uint32 u = 1; E e = 2; repeated string r = 3; map<string, E> m = 4; oneof pick { Order o = 5; } enum E { A = 0; B = 1; }',
    );
    const tag = (number: number) => ({ 'io.confluent.connect.protobuf.Tag': String(number) });
    const enumeration = {
      'io.confluent.connect.protobuf.Enum': 'E',
      'io.confluent.connect.protobuf.Enum.A': '0',
      'io.confluent.connect.protobuf.Enum.B': '1',
    };
    expect(decoderOf(schema).schema).toMatchObject({
      type: 'STRUCT',
      name: 'Order',
      optional: false,
      fields: [
        {
          name: 'pick_0',
          schema: { name: 'io.confluent.connect.protobuf.Union.pick', optional: true, fields: [{ name: 'o' }] },
        },
        {
          name: 'u',
          schema: {
            type: 'INT64',
            optional: true,
            parameters: { 'io.confluent.connect.protobuf.Type': 'uint32', ...tag(1) },
          },
        },
        { name: 'e', schema: { type: 'STRING', name: 'E', parameters: { ...enumeration, ...tag(2) } } },
        { name: 'r', schema: { type: 'ARRAY', items: { type: 'STRING', optional: true }, parameters: tag(3) } },
        { name: 'm', schema: { type: 'MAP', name: 'm', keys: { type: 'STRING', parameters: tag(1) } } },
      ],
    });
    const required = decoderOf(schema, { optionalForNullables: true, enhancedProtobufSchemaSupport: true }).schema;
    expect(required).toMatchObject({
      name: 'shop.Order',
      fields: [{}, { name: 'u', schema: { optional: false } }, {}, {}, {}],
    });
  });
});

function field(number: number, bytes: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([number * 8 + 2, bytes.length]), bytes]);
}

describe('wrong bytes', () => {
  const schema = proto3(
    'int32 n = 1; string s = 2; Order child = 3; repeated int32 r = 4; map<string, Order> m = 5; oneof o { Order x = 6; bool y = 7; } repeated Order z = 8;',
  );

  test.each([
    ['a field with the number 0', [0, 1], 'impossible number'],
    ['a text longer than the value', [18, 5, 0x61], 'a length of 5 bytes'],
    ['a text that is not UTF-8', [18, 1, 0xff], 'not UTF-8'],
    ['a group that does not end', [0x0b, 8, 1], 'ends'],
    ['the wire type 7', [0x0f], 'the wire type 7'],
    ['a tag of 64 bits', [0xf8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 0], 'impossible number'],
  ])('%s is refused', (_, bytes, message) => {
    expect(recordError(() => decodeRows(decoderOf(schema), Buffer.from(bytes)))).toContain(message);
  });

  test('messages nested without end are refused, as are groups', () => {
    let nested = Buffer.alloc(0);
    for (let depth = 0; depth < 120; depth++) {
      nested = Buffer.concat([encodeLength(3, nested.length), nested]);
    }
    expect(recordError(() => decodeRows(decoderOf(schema), nested))).toContain('deeper than 100 levels');
    expect(recordError(() => decodeRows(decoderOf(schema), Buffer.alloc(500, 0x7b)))).toContain(
      'deeper than 100 levels',
    );
  });

  test('any bytes make a value or a RECORD_INVALID, and rows and value agree', () => {
    const decoder = decoderOf(schema);
    const byte = fc.oneof(fc.constantFrom(8, 18, 26, 34, 42, 50, 56, 66, 0, 1, 2, 3), fc.nat(255));
    fc.assert(
      fc.property(fc.array(byte, { maxLength: 60 }), (bytes) => {
        const refused = survives(() => decodeValue(decoder, Buffer.from(bytes)));
        expect(survives(() => decodeRows(decoder, Buffer.from(bytes)))).toBe(refused);
      }),
      { numRuns: 3000 },
    );
  });
});

function encodeLength(number: number, sizeBytes: number): Buffer {
  return Buffer.from(
    sizeBytes < 128 ? [number * 8 + 2, sizeBytes] : [number * 8 + 2, (sizeBytes & 127) | 128, sizeBytes >> 7],
  );
}

test('every integer is read as it was written', () => {
  const schema = proto3('int64 a = 1; sint64 b = 2; fixed64 c = 3; int32 d = 4; sint32 e = 5;');
  const decoder = decoderOf(schema);
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.nat(63), fc.integer(), (wide, shift, n) => {
      const big = wide >> BigInt(shift);
      const bytes = encode(schema, 'shop.Order', {
        a: String(big),
        b: String(big),
        c: String(BigInt.asUintN(64, big)),
        d: n,
        e: n,
      });
      expect(decodeRows(decoder, bytes)).toEqual([`{"a":${big},"b":${big},"c":${big},"d":${n},"e":${n}}`]);
    }),
    { numRuns: 300 },
  );
});

test('texts that are no schema are told', () => {
  expect(recordError(() => decoderOf('message {'))).toContain("illegal type name '{'");
  expect(recordError(() => decoderOf('syntax = "proto3"; message A { Unknown u = 1; }'))).toContain('Unknown');
});
