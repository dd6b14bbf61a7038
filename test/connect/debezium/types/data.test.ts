import fc from 'fast-check';
import { unscaledBytes } from '../../converters/model.js';
import { rowOf } from '../fields.js';

const base64 = (bytes: Uint8Array | number[]) => JSON.stringify(Buffer.from(bytes).toString('base64'));
const BITS = { type: 'bytes', name: 'io.debezium.data.Bits', parameters: { length: '12' } };

describe('bytes and bits', () => {
  test('bytes are hexadecimal', () => {
    expect(rowOf({ type: 'bytes' }, base64([0, 255, 16]))).toBe('"00FF10"');
    expect(rowOf({ type: 'bytes' }, '""')).toBe('""');
    expect(() => rowOf({ type: 'bytes' }, '"*"')).toThrow('is BYTES in the schema, but its value is');
  });

  test('bits are a number, and in PostgreSQL a string of bits', () => {
    expect(rowOf(BITS, base64([0xaa, 0x0a]), {}, 'mysql')).toBe('2730');
    expect(rowOf(BITS, base64([1]), {}, 'postgresql')).toBe('"000000000001"');
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (value) => {
        const bytes = Buffer.alloc(8);
        bytes.writeBigUInt64LE(value);
        expect(rowOf(BITS, base64(bytes), {}, 'mariadb')).toBe(value.toString());
      }),
      { numRuns: 30 },
    );
  });
});

describe('decimals', () => {
  const schema = {
    type: 'struct',
    name: 'io.debezium.data.VariableScaleDecimal',
    fields: [
      { field: 'scale', type: 'int32', optional: false },
      { field: 'value', type: 'bytes', optional: false },
    ],
  };

  test('of a variable scale keep every digit', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }), fc.nat(40), (unscaled, scale) => {
        const row = rowOf(schema, `{"scale":${scale},"value":${base64(unscaledBytes(unscaled))}}`);
        const [, sign, whole = '', fraction = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(row) ?? [];
        expect(fraction).toHaveLength(scale);
        expect(BigInt(`${sign}${whole}${fraction}`)).toBe(unscaled);
      }),
      { numRuns: 50 },
    );
    expect(rowOf(schema, '{"value":"AQ==","scale":-2}')).toBe('100');
    expect(() => rowOf(schema, '{"scale":1}')).toThrow('VariableScaleDecimal');
  });

  test('BIGINT UNSIGNED is unsigned where the source tells its type', () => {
    const unsigned = { type: 'int64', parameters: { '__debezium.source.column.type': 'BIGINT UNSIGNED' } };
    expect(rowOf(unsigned, '-1')).toBe('18446744073709551615');
    expect(rowOf(unsigned, '9223372036854775807')).toBe('9223372036854775807');
    expect(rowOf({ type: 'int64' }, '-1')).toBe('-1');
  });
});

describe('members of ENUM and SET', () => {
  const schema = { type: 'string', name: 'io.debezium.data.Enum' };

  test('lose the escapes that MySQL and MariaDB give them', () => {
    expect(rowOf(schema, JSON.stringify('b\\,c'), {}, 'mysql')).toBe('"b,c"');
    expect(rowOf(schema, JSON.stringify('f\\\\g'), {}, 'mariadb')).toBe('"f\\\\g"');
    expect(rowOf(schema, '"ä"', {}, 'mysql')).toBe('"ä"');
  });

  test('are what they are in PostgreSQL', () => {
    expect(rowOf(schema, JSON.stringify('b\\,c'), {}, 'postgresql')).toBe(JSON.stringify('b\\,c'));
  });
});

describe('containers', () => {
  test('arrays are arrays of what their elements are', () => {
    const dates = { type: 'array', items: { type: 'int32', optional: true, name: 'io.debezium.time.Date' } };
    expect(rowOf(dates, '[0, null,\n1]')).toBe('["1970-01-01",null,"1970-01-02"]');
  });

  test('maps are objects', () => {
    const hstore = { type: 'map', keys: { type: 'string' }, values: { type: 'string', optional: true } };
    expect(rowOf(hstore, '{"a":"1","b":null}')).toBe('{"a":"1","b":null}');
  });
});
