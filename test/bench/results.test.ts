import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readResults, resultsOf, writeResults } from '../../bench/results.js';
import { exampleResults } from './example-results.js';

test('rates are told as a share of the raw limit, other measures are not', () => {
  expect(
    resultsOf({ passthrough: [900_000, 1_100_000, 1_000_000], raw: [2_000_000], rss_mib_small: [300.123] }),
  ).toEqual([
    { name: 'raw', unit: 'rows/s', value: 2_000_000, ratioToRaw: 1, samples: [2_000_000] },
    {
      name: 'passthrough',
      unit: 'rows/s',
      value: 1_000_000,
      ratioToRaw: 0.5,
      samples: [900_000, 1_100_000, 1_000_000],
    },
    { name: 'rss_mib_small', unit: 'MiB', value: 300.12, samples: [300.12] },
  ]);
});

test('results come back from their file as they were', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-bench-'));
  try {
    const file = join(folder, 'results', 'latest.json');
    writeResults(file, exampleResults());
    expect(readResults(file)).toEqual(exampleResults());
    expect(() => readResults(join(folder, 'none.json'))).toThrow('none.json cannot be read');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
