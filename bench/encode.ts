/**
 * How fast record values become rows, on one core: `node dist/bench/encode.js [seconds per case]`.
 *
 * Every case encodes the same few megabytes of records again and again into a released buffer, as a worker does.
 */

import { createRowEncoder, type RowEncoder, type RowEncoderOptions } from '../connect/converters/index.js';
import { ChunkPool, type RecordView, RowBuffer } from '../connect/rows/index.js';

const RECORDS = 20_000;
const secondsPerCase = Number(process.argv[2] ?? 2);

interface Case {
  name: string;
  value: RowEncoderOptions['value'];
  format?: 'json' | 'csv';
  record: (index: number) => string;
}

const PLAIN = { converter: 'string' } as const;
const WITH_SCHEMA = { converter: 'json', schemasEnable: true } as const;

const FIELDS: [string, string][] = [
  ['order_id', 'int64'],
  ['customer', 'string'],
  ['quantity', 'int32'],
  ['price', 'double'],
  ['paid', 'boolean'],
  ['note', 'string'],
];

function schemaOf(fields: object[]): string {
  return JSON.stringify({ type: 'struct', fields, optional: false, name: 'orders' });
}

const SCHEMA = schemaOf(FIELDS.map(([field, type]) => ({ type, optional: false, field })));
const DECIMAL_SCHEMA = schemaOf(
  FIELDS.map(([field, type]) =>
    field === 'price'
      ? {
          type: 'bytes',
          optional: false,
          name: 'org.apache.kafka.connect.data.Decimal',
          version: 1,
          parameters: { scale: '2' },
          field,
        }
      : { type, optional: false, field },
  ),
);

/** An order of about 200 bytes. */
function order(index: number, price: string): string {
  const id = `${7_000_000_000_000_000_000n + BigInt(index)}`;
  return `{"order_id":${id},"customer":"customer-${index % 1000}","quantity":${index % 90},"price":${price},"paid":true,"note":"${'packed with care, '.repeat(5)}"}`;
}

const CASES: Case[] = [
  { name: 'string, JSON object', value: PLAIN, record: (index) => order(index, '19.99') },
  { name: 'string, CSV', value: PLAIN, format: 'csv', record: (index) => `${index}\t${'x'.repeat(190)}` },
  { name: 'string, pretty-printed', value: PLAIN, record: (index) => order(index, '19.99').replaceAll(',"', ',\n  "') },
  {
    name: 'JSON without schema',
    value: { converter: 'json', schemasEnable: false },
    record: (index) => order(index, '19.99'),
  },
  {
    name: 'JSON with schema',
    value: WITH_SCHEMA,
    record: (index) => `{"schema":${SCHEMA},"payload":${order(index, '19.99')}}`,
  },
  {
    name: 'JSON with schema, Decimal',
    value: WITH_SCHEMA,
    record: (index) => `{"schema":${DECIMAL_SCHEMA},"payload":${order(index, '"B88="')}}`,
  },
];

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

function measure(testCase: Case, out: RowBuffer): string {
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

const rowBuffer = new RowBuffer(new ChunkPool());
for (const testCase of CASES) process.stdout.write(`${measure(testCase, rowBuffer)}\n`);
