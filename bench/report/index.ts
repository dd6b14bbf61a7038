/** The report: `docs/benchmarks.md` and its chart, generated from results and never written by hand. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkoutDir } from '../../sandbox/world/paths.js';
import type { Results } from '../results.js';
import { rateChart } from './chart.js';
import { markdownReport } from './markdown.js';

const CHART = 'benchmarks.svg';

/** Writes both files and returns their paths. */
export function writeReport(results: Results): string[] {
  const docs = join(checkoutDir(), 'docs');
  const files = {
    [join(docs, 'benchmarks.md')]: markdownReport(results, CHART),
    [join(docs, CHART)]: rateChart(results),
  };
  for (const [file, text] of Object.entries(files)) writeFileSync(file, text);
  return Object.keys(files);
}
