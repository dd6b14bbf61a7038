import fc from 'fast-check';
import { ByteReader, ByteWriter } from '../../../../sandbox/olap/mysql/bytes.js';

test.each([
  [0n, '00'],
  [250n, 'fa'],
  [251n, 'fcfb00'],
  [0xffffn, 'fcffff'],
  [0x1_0000n, 'fd000001'],
  [0xff_ffffn, 'fdffffff'],
  [0x100_0000n, 'fe0000000100000000'],
])('%s is a length-encoded integer of %s', (value, hex) => {
  const bytes = new ByteWriter().lenencInt(value).build();
  expect(bytes.toString('hex')).toBe(hex);
  expect(new ByteReader(bytes).lenencInt()).toBe(value);
});

test('what is written is read', () => {
  fc.assert(
    fc.property(
      fc.bigInt(0n, 2n ** 64n - 1n),
      fc.string({ unit: 'grapheme' }),
      fc.integer({ min: 0, max: 0xffff }),
      (wide, text, short) => {
        const reader = new ByteReader(new ByteWriter().lenencInt(wide).lenencString(text).uint16(short).build());
        expect(reader.lenencInt()).toBe(wide);
        expect(reader.lenencBytes().toString('utf8')).toBe(text);
        expect(reader.uint16()).toBe(short);
        expect(reader.left).toBe(0);
      },
    ),
  );
});

test('a read past the end is a malformed packet', () => {
  const malformed = expect.objectContaining({ errno: 1835 });
  for (const read of [
    () => new ByteReader(Buffer.of(1)).uint16(),
    () => new ByteReader(Buffer.of(5, 1)).lenencBytes(),
    () => new ByteReader(Buffer.from('no end')).nulString(),
    () => new ByteReader(Buffer.of(0xff)).lenencInt(),
  ]) {
    expect(read).toThrow(malformed);
  }
});
