import fc from 'fast-check';
import {
  type CsvLayout,
  createCsvRowWriter,
  createRowEncoder,
  delimiting,
  memberText,
  rewriting,
} from '../../../connect/converters/index.js';
import { SluiceError } from '../../../connect/errors.js';
import { ChunkPool, RowBuffer } from '../../../connect/rows/index.js';
import { createCsvReader } from '../../../sandbox/olap/load/csv-reader.js';
import { DEFAULT_LOAD_OPTIONS } from '../../../sandbox/olap/load/options.js';

const layout = (change: Partial<CsvLayout> = {}): CsvLayout => ({
  columns: ['id', 'name'],
  columnSeparator: Buffer.from(','),
  lineDelimiter: Buffer.from('\n'),
  ...change,
});
const quoting = { enclose: '"', escape: '\\' };

const json = createRowEncoder({ value: { converter: 'json', schemasEnable: false }, format: 'json', onNull: 'ignore' });

function linesOf(values: readonly string[], change: Partial<CsvLayout> = {}): { text: string; rows: number } {
  const encoder = rewriting(json, createCsvRowWriter(layout(change)));
  const out = new RowBuffer(new ChunkPool());
  for (const value of values) {
    const buffer = Buffer.from(value);
    encoder.encode({ buffer, valueStart: 0, valueEnd: buffer.length }, out);
  }
  return { text: Buffer.concat(out.chunks()).toString(), rows: out.rows };
}

test.each([
  ['fields in the order of the columns', '{"name":"a","id":1,"more":true}', '1,a\n'],
  ['null, and what is missing', '{"id":null}', '\\N,\\N\n'],
  ['numbers with every digit', '{"id":9223372036854775807,"name":1.10}', '9223372036854775807,1.10\n'],
  ['objects and arrays as JSON', '{"id":[1,2],"name":{"a":"b"}}', undefined],
  ['one row per element of an array', '[{"id":1,"name":"a"},{"id":2,"name":"b"}]', '1,a\n2,b\n'],
  ['an escaped name', '{"\\u0069d":1,"name":"\\u00e4"}', '1,ä\n'],
  ['the first of equal names', '{"id":1,"id":2,"name":"a"}', '1,a\n'],
])('%s', (_title, value, line) => {
  if (line !== undefined) expect(linesOf([value]).text).toBe(line);
  else expect(() => linesOf([value])).toThrow(/cannot be written as CSV/);
});

test('separators of any length', () => {
  const change = { columnSeparator: Buffer.from([1]), lineDelimiter: Buffer.from('||\n') };
  expect(linesOf(['{"id":1,"name":"a,b"}', '{"id":2}'], change)).toEqual({
    text: '1\u0001a,b||\n2\u0001\\N||\n',
    rows: 2,
  });
});

test('what would end a field early is enclosed, and the marks within it are escaped', () => {
  const value = JSON.stringify({ id: 'a,b', name: 'say "hi"\\\n' });
  expect(linesOf([value], quoting).text).toBe('"a,b","say \\"hi\\"\\\\\n"\n');
  expect(linesOf([value], { enclose: '"' }).text).toBe('"a,b","say ""hi""\\\n"\n');
});

test.each(['a,b', 'a\nb', '\\N'])('without enclose %j is refused, and nothing is written', (name) => {
  const encoder = rewriting(json, createCsvRowWriter(layout()));
  const buffer = Buffer.from(
    JSON.stringify([
      { id: 1, name: 'fine' },
      { id: 2, name },
    ]),
  );
  const record = { buffer, valueStart: 0, valueEnd: buffer.length };
  const out = new RowBuffer(new ChunkPool());
  expect(() => encoder.encode(record, out)).toThrow(SluiceError);
  expect(encoder.explainInvalid(record)?.message).toContain('Field name cannot be written as CSV');
  expect([out.rows, out.sizeBytes]).toEqual([0, 0]);
});

test('whatever the fields hold, the database reads them as they were', () => {
  const text = fc.string({ unit: fc.constantFrom(...'ab,"\\\n\t|Nä😀 ') }).filter((made) => made !== '\\N');
  const separators = fc.constantFrom([',', '\n'], ['\t', '\n'], ['||', '|\n'], ['\u0001', '\u0002']);
  const rows = fc.array(fc.record({ id: text, name: fc.option(text) }), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(
      rows,
      separators,
      fc.constantFrom('\\', undefined),
      (records, [separator = '', delimiter = ''], mark) => {
        const options = { enclose: '"', ...(mark === undefined ? {} : { escape: mark }) };
        const written = linesOf(
          records.map((record) => JSON.stringify(record)),
          { ...options, columnSeparator: Buffer.from(separator), lineDelimiter: Buffer.from(delimiter) },
        );
        const read: unknown[] = [];
        const reader = createCsvReader(2, {
          ...DEFAULT_LOAD_OPTIONS,
          ...options,
          columnSeparator: separator,
          lineDelimiter: delimiter,
        });
        reader.read(written.text, {
          row: ([id, name]) => read.push({ id, name }),
          reject: (reason) => read.push(reason),
        });
        expect(read).toEqual(records.map(({ id, name }) => ({ id, name: name ?? null })));
        expect(written.rows).toBe(records.length);
      },
    ),
    { numRuns: 300 },
  );
});

test('lines that are CSV already end with the delimiter of the load', () => {
  const text = createRowEncoder({ value: { converter: 'string' }, format: 'csv', onNull: 'ignore' });
  const encoder = delimiting(text, Buffer.from(';'));
  const out = new RowBuffer(new ChunkPool());
  const encode = (value: string | null) => {
    const buffer = Buffer.from(value ?? '');
    const ends = value === null ? { valueStart: -1, valueEnd: -1 } : { valueStart: 0, valueEnd: buffer.length };
    return encoder.encode({ buffer, ...ends }, out);
  };
  expect(['1,a', '2,b;', '', null].map(encode)).toEqual([1, 1, 0, 0]);
  expect(Buffer.concat(out.chunks()).toString()).toBe('1,a;2,b;');
});

test.each([
  ['t', '{"t":"x"}', 'x'],
  ['meta.t', '{"meta":{"t":"x"}}', 'x'],
  ['meta.t', '{"meta.t":"y","meta":{"t":"x"}}', 'y'],
  ['a.b.c', '{"a":{"b":{"c":7}}}', '7'],
  ['t', '{"a":1}', undefined],
  ['t', '{"t":null}', undefined],
  ['meta.t', '{"meta":"t"}', undefined],
])('%s in %s is %s', (name, row, text) => {
  const source = Buffer.from(row);
  expect(memberText(source, 0, source.length, name)).toBe(text);
});
