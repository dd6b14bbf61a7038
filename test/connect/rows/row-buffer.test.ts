import fc from 'fast-check';
import { ChunkPool, RowBuffer } from '../../../connect/rows/index.js';

function text(rows: RowBuffer): string {
  return Buffer.concat(rows.chunks()).toString('latin1');
}

function smallBuffer(chunkSizeBytes = 64, maxIdleBytes = 1024) {
  const pool = new ChunkPool({ chunkSizeBytes, maxIdleBytes });
  return { pool, rows: new RowBuffer(pool) };
}

describe('a row buffer', () => {
  test('holds rows, each ended by a newline', () => {
    const { rows } = smallBuffer();
    const source = Buffer.from('..{"a":1}..');
    rows.appendLine(source, 2, 9);
    rows.appendLine(source, 2, 9);
    expect(text(rows)).toBe('{"a":1}\n{"a":1}\n');
    expect(rows.rows).toBe(2);
    expect(rows.sizeBytes).toBe(16);
  });

  test('is empty at first', () => {
    const { rows } = smallBuffer();
    expect(rows.chunks()).toEqual([]);
    expect(rows.sizeBytes).toBe(0);
  });

  test('refuses a line with a control character, wherever it is, and is as before', () => {
    const { rows } = smallBuffer();
    rows.appendLine(Buffer.from('first'), 0, 5);
    for (let length = 1; length < 40; length++) {
      for (let at = 0; at < length; at++) {
        for (const control of [0x00, 0x09, 0x0a, 0x0d, 0x1f]) {
          const line = Buffer.alloc(length, 0xff);
          line[at] = control;
          expect(rows.tryAppendLine(line, 0, length)).toBe(false);
        }
      }
    }
    expect(text(rows)).toBe('first\n');
    expect(rows.rows).toBe(1);
  });

  test('takes a line of any other bytes', () => {
    const { rows } = smallBuffer();
    const line = Buffer.from(Array.from({ length: 224 }, (_, index) => index + 32));
    expect(rows.tryAppendLine(line, 0, line.length)).toBe(true);
    expect(Buffer.concat(rows.chunks())).toEqual(Buffer.concat([line, Buffer.from('\n')]));
  });

  test('folds white space that would end a row', () => {
    const { rows } = smallBuffer();
    rows.appendFolded(Buffer.from('{\r\n\t"a":1}'), 0, 10);
    expect(text(rows)).toBe('{   "a":1}\n');
  });

  test('counts the lines of a value, not the empty ones', () => {
    const { rows } = smallBuffer();
    const source = Buffer.from('a,b\n\nc,d\n,');
    expect(rows.appendLines(source, 0, source.length)).toBe(3);
    expect(rows.rows).toBe(3);
    expect(text(rows)).toBe('a,b\n\nc,d\n,\n');
  });

  test('is written piece by piece and forgets a row that is not ended', () => {
    const { rows } = smallBuffer();
    rows.writeByte(0x7b);
    rows.writeLiteral(Buffer.from('"a":'));
    rows.writeAscii('-12');
    rows.writeBytes(Buffer.from('xx}xx'), 2, 3);
    rows.endRow();
    rows.writeAscii('half a row');
    expect(rows.sizeBytes).toBe(10);
    rows.discardRow();
    rows.appendLine(Buffer.from('{}'), 0, 2);
    expect(text(rows)).toBe('{"a":-12}\n{}\n');
  });

  test('keeps a row in one chunk, even one that outgrows it while it is written', () => {
    const { rows } = smallBuffer(16);
    rows.appendLine(Buffer.from('0123456789'), 0, 10);
    for (let index = 0; index < 100; index++) rows.writeAscii('abc');
    rows.endRow();
    const chunks = rows.chunks().map(String);
    expect(chunks).toEqual(['0123456789\n', `${'abc'.repeat(100)}\n`]);
  });

  test('gives its memory back and can be used again', () => {
    const { pool, rows } = smallBuffer(64);
    for (let index = 0; index < 10; index++) rows.appendLine(Buffer.alloc(40, 0x61), 0, 40);
    expect(pool.idleBytes).toBe(0);
    rows.release();
    expect(pool.idleBytes).toBe(640);
    expect(rows.rows).toBe(0);
    rows.appendLine(Buffer.from('again'), 0, 5);
    expect(text(rows)).toBe('again\n');
    expect(pool.idleBytes).toBe(576);
  });

  test('goes back to a mark over chunks that were begun since', () => {
    const { pool, rows } = smallBuffer(16);
    rows.appendLine(Buffer.from('first'), 0, 5);
    const mark = rows.mark();
    for (let index = 0; index < 5; index++) rows.appendLine(Buffer.from('0123456789'), 0, 10);
    rows.writeAscii('half');
    rows.reset(mark);
    expect(text(rows)).toBe('first\n');
    expect(rows.rows).toBe(1);
    rows.release();
    expect(pool.idleBytes).toBe(16 * 6);
  });
});

test('a pool keeps no more than its bound, and no chunk of another size', () => {
  const { pool, rows } = smallBuffer(64, 200);
  for (let index = 0; index < 10; index++) rows.appendLine(Buffer.alloc(40), 0, 40);
  rows.appendLine(Buffer.alloc(1000), 0, 1000);
  rows.release();
  expect(pool.idleBytes).toBe(192);
});

describe('property', () => {
  type Append = { do: 'line' | 'pieces' | 'try' | 'discard'; bytes: Uint8Array };
  type Step = Append | { do: 'mark' } | { do: 'reset' };
  const bytes = fc.uint8Array({ maxLength: 80 });
  const step: fc.Arbitrary<Step> = fc.oneof(
    fc.record({ do: fc.constantFrom('line' as const, 'pieces' as const, 'try' as const, 'discard' as const), bytes }),
    fc.constantFrom({ do: 'mark' as const }, { do: 'reset' as const }),
  );

  test('any sequence of appends, marks and resets leaves what a list of rows would hold', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { rows } = smallBuffer(48);
        let model: Buffer[] = [];
        let mark = rows.mark();
        let marked = 0;
        for (const it of steps) {
          if (it.do === 'mark') {
            mark = rows.mark();
            marked = model.length;
          } else if (it.do === 'reset') {
            rows.reset(mark);
            model = model.slice(0, marked);
          } else {
            const line = Buffer.from(it.bytes);
            let kept = it.do !== 'discard';
            if (it.do === 'line') rows.appendLine(line, 0, line.length);
            else if (it.do === 'try') kept = rows.tryAppendLine(line, 0, line.length);
            else {
              for (let at = 0; at < line.length; at += 7) rows.writeBytes(line, at, Math.min(at + 7, line.length));
              if (kept) rows.endRow();
              else rows.discardRow();
            }
            if (it.do === 'try') expect(kept).toBe(!line.some((byte) => byte < 0x20));
            if (kept) model.push(Buffer.concat([line, Buffer.from('\n')]));
          }
        }
        expect(Buffer.concat(rows.chunks())).toEqual(Buffer.concat(model));
        expect(rows.rows).toBe(model.length);
        expect(rows.sizeBytes).toBe(Buffer.concat(model).length);
      }),
    );
  });
});

test.each(['', 'plain', 'ünïcödé 😀', 'long '.repeat(2_000), '😀'.repeat(2_000)])(
  'a text is a row of UTF-8 (%#)',
  (text) => {
    const rows = new RowBuffer(new ChunkPool({ chunkSizeBytes: 64 }));
    rows.appendText(text);
    rows.appendText(text);
    expect(Buffer.concat(rows.chunks()).toString()).toBe(`${text}\n${text}\n`);
    expect(rows.rows).toBe(2);
  },
);

test('a span is plain, or nothing is written of it, whatever is wrong and wherever', () => {
  const rows = new RowBuffer(new ChunkPool({ chunkSizeBytes: 64 }));
  for (let length = 0; length < 40; length++) {
    const plain = Buffer.from(' !#[]~azAZ09'.repeat(4)).subarray(0, length);
    const source = Buffer.concat([Buffer.from('"'), plain, Buffer.from('"')]);
    rows.writeByte(0x3a);
    expect(rows.tryWritePlain(source, 1, length + 1)).toBe(true);
    rows.endRow();
    expect(Buffer.concat(rows.chunks()).toString()).toBe(`:${plain}\n`);
    rows.release();
    for (let at = 0; at < length; at++) {
      for (const byte of [0x00, 0x09, 0x0a, 0x1f, 0x22, 0x5c, 0x80, 0xa2, 0xdc, 0xff]) {
        const other = Buffer.from(source);
        other[at + 1] = byte;
        rows.writeByte(0x3a);
        expect(rows.tryWritePlain(other, 1, length + 1)).toBe(false);
        rows.endRow();
        expect(Buffer.concat(rows.chunks()).toString()).toBe(':\n');
        rows.release();
      }
    }
  }
});
