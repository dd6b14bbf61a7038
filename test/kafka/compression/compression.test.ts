import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { decompress } from '../../../kafka/compression/index.js';
import { lz4Compress, snappyCompress } from '../support/compressors.js';

const LIMIT = 1 << 20;

/** Text that repeats itself and text that does not, so that all kinds of back references occur. */
const content = fc
  .array(fc.oneof(fc.string({ maxLength: 40 }), fc.constantFrom('a', 'abc', 'name":"value"', 'x'.repeat(300))), {
    maxLength: 400,
  })
  .map((parts) => Buffer.from(parts.join('')));

const CODECS = [
  { name: 'gzip', number: 1, compress: (data: Buffer) => gzipSync(data) },
  { name: 'snappy', number: 2, compress: snappyCompress },
  { name: 'lz4', number: 3, compress: lz4Compress },
];

describe.each(CODECS)('$name', ({ number, compress }) => {
  test('unpacks what was packed', () => {
    fc.assert(fc.property(content, (data) => decompress(number, compress(data), LIMIT).equals(data)));
  });

  test('stops at the limit', () => {
    const packed = compress(Buffer.alloc(100_000));
    expect(() => decompress(number, packed, 99_999)).toThrow(expect.objectContaining({ code: 'RECORD_TOO_LARGE' }));
    expect(decompress(number, packed, 100_000)).toHaveLength(100_000);
  });

  test('rejects damaged data, or unpacks it to something within the limit', () => {
    fc.assert(
      fc.property(content, fc.nat(), fc.integer({ min: 0, max: 255 }), (data, position, byte) => {
        const packed = Buffer.from(compress(data));
        packed[position % packed.length] = byte;
        try {
          expect(decompress(number, packed, LIMIT).length).toBeLessThanOrEqual(LIMIT);
        } catch (error) {
          expect(error).toMatchObject({ code: expect.stringMatching(/^(KAFKA_CORRUPT_RECORD|RECORD_TOO_LARGE)$/) });
        }
      }),
    );
  });
});

describe('zstd', () => {
  // `zstd -c --no-check` of the text below, read from a pipe: a stream, so without a content size.
  const packed = Buffer.from('KLUv/QBYlQAAWGhlbGxvIHpzdGQgAQA++C9e', 'base64');
  const unpacked = 'hello zstd '.repeat(100);

  test('unpacks a stream', () => {
    expect(decompress(4, packed, LIMIT).toString()).toBe(unpacked);
  });

  test('stops at the limit', () => {
    expect(() => decompress(4, packed, unpacked.length - 1)).toThrow(
      expect.objectContaining({ code: 'RECORD_TOO_LARGE' }),
    );
  });

  test('rejects data that is cut off', () => {
    expect(() => decompress(4, packed.subarray(0, packed.length - 6), LIMIT)).toThrow(
      expect.objectContaining({ code: 'KAFKA_CORRUPT_RECORD' }),
    );
  });

  test('a frame that asks for gigabytes of window is refused before anything is allocated', () => {
    const greedy = Buffer.from('28b52ffd00a8010000', 'hex');
    expect(() => decompress(4, greedy, LIMIT)).toThrow(expect.objectContaining({ code: 'RECORD_TOO_LARGE' }));
  });
});

test('an unknown codec is named', () => {
  expect(() => decompress(7, Buffer.alloc(1), LIMIT)).toThrow(/codec 7/);
});
