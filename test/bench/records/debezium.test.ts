import { changeEvent, changeKey } from '../../../bench/records/debezium.js';
import { createChangeEncoder } from '../../../connect/debezium/index.js';
import { ChunkPool, RowBuffer } from '../../../connect/rows/index.js';

test('an event is as large as it is said to be', () => {
  expect(changeEvent(1).length / 1_000).toBeCloseTo(2.7, 1);
});

test('inserts, updates and deletes become a row each', () => {
  const encoder = createChangeEncoder({
    valueSchemasEnable: true,
    keySchemasEnable: true,
    deleteSign: { column: 'gone', upsert: '0', delete: '1' },
  });
  const out = new RowBuffer(new ChunkPool());
  for (const index of [0, 9, 49]) {
    const key = Buffer.from(changeKey(index));
    const buffer = Buffer.concat([key, Buffer.from(changeEvent(index))]);
    encoder.encode({ buffer, keyStart: 0, keyEnd: key.length, valueStart: key.length, valueEnd: buffer.length }, out);
  }
  const lines = Buffer.concat(out.chunks()).toString().trim().split('\n');
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { id: 0, balance: 19.99, created_at: '2025-10-09T08:53:20', gone: '0' },
    { id: 9, gone: '0' },
    { id: 49, gone: '1' },
  ]);
});
