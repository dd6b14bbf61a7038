/**
 * How fast record values become rows, on one core. Every case encodes the same few megabytes of records again and again
 * into a released buffer, as a worker does.
 */

import { createRowEncoder, type RowEncoder, type RowEncoderOptions } from '../connect/converters/index.js';
import { ChunkPool, type RecordView, RowBuffer } from '../connect/rows/index.js';
import { order, orderWithDecimal, orderWithSchema } from './rows.js';

const RECORDS = 20_000;

interface Case {
  name: string;
  value: RowEncoderOptions['value'];
  format?: 'json' | 'csv';
  record: (index: number) => string;
}

const PLAIN = { converter: 'string' } as const;
const WITH_SCHEMA = { converter: 'json', schemasEnable: true } as const;

const CASES: readonly Case[] = [
  { name: 'string, JSON object', value: PLAIN, record: (index) => order(index, '19.99') },
  { name: 'string, CSV', value: PLAIN, format: 'csv', record: (index) => `${index}\t${'x'.repeat(190)}` },
  { name: 'string, pretty-printed', value: PLAIN, record: (index) => order(index, '19.99').replaceAll(',"', ',\n  "') },
  {
    name: 'JSON without schema',
    value: { converter: 'json', schemasEnable: false },
    record: (index) => order(index, '19.99'),
  },
  { name: 'JSON with schema', value: WITH_SCHEMA, record: orderWithSchema },
  { name: 'JSON with schema, Decimal', value: WITH_SCHEMA, record: orderWithDecimal },
];

/** Measures every case for so many seconds; one line for each. */
export function measureEncoders(secondsPerCase: number, report: (line: string) => void): void {
  const rowBuffer = new RowBuffer(new ChunkPool());
  for (const testCase of CASES) report(measure(testCase, rowBuffer, secondsPerCase));
}

/** All records one after the other in one buffer, as they are in a fetched batch, with room between them for keys. */
function recordsOf({ record }: Case): RecordView[] {
  const values = Array.from({ length: RECORDS }, (_, index) => Buffer.from(record(index)));
  const gap = Buffer.alloc(11, 1);
  const buffer = Buffer.concat(values.flatMap((value) => [gap, value]));
  let position = 0;
  return values.map((value) => {
    const valueStart = position + gap.length;
    position = valueStart + value.length;
    return { buffer, valueStart, valueEnd: position };
  });
}

function encodeAll(encoder: RowEncoder, records: readonly RecordView[], out: RowBuffer): number {
  for (const record of records) encoder.encode(record, out);
  const { sizeBytes } = out;
  out.release();
  return sizeBytes;
}

function measure(testCase: Case, out: RowBuffer, secondsPerCase: number): string {
  const { value, format = 'json' } = testCase;
  const encoder = createRowEncoder({ value, format, onNull: 'fail' });
  const records = recordsOf(testCase);
  encodeAll(encoder, records, out);
  const startedAt = process.hrtime.bigint();
  let rounds = 0;
  let seconds = 0;
  let bytes = 0;
  for (; seconds < secondsPerCase; rounds++) {
    bytes += encodeAll(encoder, records, out);
    seconds = Number(process.hrtime.bigint() - startedAt) / 1e9;
  }
  const rows = rounds * RECORDS;
  const rowBytes = Math.round(bytes / rows);
  return `${testCase.name.padEnd(28)}${(rows / seconds / 1e6).toFixed(2).padStart(7)} M rows/s  ${rowBytes} B/row`;
}
