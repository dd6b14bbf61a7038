import { markdownReport } from '../../../bench/report/markdown.js';
import { resultsOf } from '../../../bench/results.js';
import { exampleResults } from '../example-results.js';

test('every measure is a row with its value, its goal and its samples', () => {
  const page = markdownReport(exampleResults(), 'benchmarks.svg');
  expect(page).toContain('![Rows per second](benchmarks.svg)');
  expect(page).toContain(
    '(`passthrough`) | **1,150,000 rows/s** | 77 % | ≥ 1,100,000 rows/s | 1,100,000, 1,200,000, 1,150,000 |',
  );
  expect(page).toContain('(`latency_low_p99`) | **612 ms** | ≤ 700 ms | 612 |');
});

test('the machine and the versions are named', () => {
  const page = markdownReport(exampleResults(), 'benchmarks.svg');
  expect(page).toContain('Example CPU, 2 cores, 8,192 MiB, Linux 6.1; load before the run 0.1');
  expect(page).toContain('sluice 0.1.0, node 20.20.0');
});

test('a section without results is left out', () => {
  const page = markdownReport({ ...exampleResults(), results: [] }, 'benchmarks.svg');
  expect(page).not.toContain('## Throughput');
  expect(page).not.toContain('.svg');
});

test('what could not be measured is said first, and what is to be said of a value stands beside it', () => {
  const results = { ...exampleResults(), failures: ['avro: no registry'] };
  expect(markdownReport(results, 'benchmarks.svg')).toContain('**Not measured:** avro: no registry');
  const noted = resultsOf({ convert_avro: [900_000] }, { convert_avro: '`writeText` 31 %' });
  const page = markdownReport({ ...results, results: noted }, 'benchmarks.svg');
  expect(page).toContain('| measure | value | biggest cost | samples |');
  expect(page).toContain('(`convert_avro`) | **900,000 rows/CPU s** | `writeText` 31 % | 900,000 |');
});
