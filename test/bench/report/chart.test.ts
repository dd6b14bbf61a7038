import { rateChart } from '../../../bench/report/chart.js';
import { exampleResults } from '../example-results.js';

test('one bar per rate, as long as its share of the longest', () => {
  const svg = rateChart(exampleResults());
  const widths = [...svg.matchAll(/<rect [^>]*width="(\d+)"/g)].map(([, width]) => Number(width));
  expect(widths).toEqual([450, 150, 345]);
  expect(svg).toContain('>1,150,000 rows/s</text>');
  expect(svg).not.toContain('latency');
});

test('a rate with a goal has a mark where the goal is', () => {
  const svg = rateChart(exampleResults());
  expect(svg.match(/<title>built for<\/title>/g)).toHaveLength(1);
  expect(svg).toContain('<line x1="480" x2="480"');
});
