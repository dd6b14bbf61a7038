import fc from 'fast-check';
import { ByteCursor } from '../../../../connect/converters/binary/byte-cursor.js';

/** A varint as the specifications of Avro and Protobuf write it. */
function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return Buffer.of(...bytes, Number(rest));
}

function cursorAt(bytes: Buffer): ByteCursor {
  const cursor = new ByteCursor('Test');
  cursor.open(Buffer.concat([Buffer.of(0xff), bytes, Buffer.of(0xff)]), 1, 1 + bytes.length);
  return cursor;
}

/** Numbers of every length in bits. */
const edges = fc.constantFrom(2n ** 53n, 2n ** 53n - 1n, -(2n ** 53n), -(2n ** 53n) - 1n, 1n - 2n ** 53n);
const anyInt64 = fc
  .tuple(fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }), fc.integer({ min: 0, max: 63 }))
  .map(([value, shift]) => value >> BigInt(shift));

const int64 = fc.oneof({ weight: 20, arbitrary: anyInt64 }, edges);

const isExact = (value: number | bigint) => typeof value === 'bigint' || Number.isSafeInteger(value);

test('varints of up to 64 bits, with every digit', () => {
  fc.assert(
    fc.property(int64, (value) => {
      const cursor = cursorAt(varint(value));
      const read = cursor.unsigned();
      expect(BigInt(read)).toBe(BigInt.asUintN(64, value));
      expect(isExact(read)).toBe(true);
      expect(cursor.remaining).toBe(0);
    }),
    { numRuns: 2_000 },
  );
});

test('zigzag varints of up to 64 bits, with every digit and their sign', () => {
  fc.assert(
    fc.property(int64, (value) => {
      const cursor = cursorAt(varint((value << 1n) ^ (value >> 63n)));
      const read = cursor.zigzag();
      expect(BigInt(read)).toBe(value);
      expect(isExact(read)).toBe(true);
      expect(cursor.remaining).toBe(0);
    }),
    { numRuns: 2_000 },
  );
});

test.each([
  ['80', 'it ends within a number'],
  ['', 'it ends within a number'],
  ['80808080808080808080', 'a number of more than ten bytes'],
  ['8080808080808080808001', 'a number of more than ten bytes'],
])('the bytes %s are no number', (hex, reason) => {
  for (const read of ['unsigned', 'zigzag'] as const) {
    expect(() => cursorAt(Buffer.from(hex, 'hex'))[read]()).toThrow(reason);
  }
});

test('bits above 64 are cut off', () => {
  expect(cursorAt(Buffer.from('ffffffffffffffffff7f', 'hex')).unsigned()).toBe(2n ** 64n - 1n);
});
