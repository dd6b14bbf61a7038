/** The rates as a bar chart in SVG, readable on light and dark pages. */
import { measureOf } from '../measures.js';
import type { Results } from '../results.js';
import { formatted } from './numbers.js';

const WIDTH = 720;
const LABEL_WIDTH = 150;
const VALUE_WIDTH = 120;
const BAR_HEIGHT = 22;
const ROW_HEIGHT = 34;
const TARGET_COLOUR = '#d97706';
const TEXT_COLOUR = '#768390';
const BASELINES: readonly string[] = ['raw', 'kafkajs_loop'];

/** One bar per rate, baselines in grey, a mark where a rate has a target. */
export function rateChart({ results }: Results): string {
  const rates = results.filter(({ name }) => measureOf(name).group === 'rates');
  const targets = rates.map(({ name }) => measureOf(name).target ?? 0);
  const longest = Math.max(1, ...targets, ...rates.map(({ value }) => value));
  const xOf = (value: number) => Math.round((value / longest) * (WIDTH - LABEL_WIDTH - VALUE_WIDTH));
  const rows = rates.map(({ name, value }, index) => {
    const { target } = measureOf(name);
    const y = index * ROW_HEIGHT + (ROW_HEIGHT - BAR_HEIGHT) / 2;
    const textY = y + BAR_HEIGHT * 0.7;
    const colour = BASELINES.includes(name) ? '#9ca3af' : '#2563eb';
    return [
      `<text x="${LABEL_WIDTH - 8}" y="${textY}" text-anchor="end">${name}</text>`,
      `<rect x="${LABEL_WIDTH}" y="${y}" width="${xOf(value)}" height="${BAR_HEIGHT}" fill="${colour}"/>`,
      ...(target === undefined ? [] : [targetMark(LABEL_WIDTH + xOf(target), y)]),
      `<text x="${LABEL_WIDTH + xOf(Math.max(value, target ?? 0)) + 8}" y="${textY}">${formatted(value)} rows/s</text>`,
    ].join('\n');
  });
  const height = rates.length * ROW_HEIGHT;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" font-family="sans-serif" font-size="13" fill="${TEXT_COLOUR}" role="img">
<title>Rows per second, the baselines in grey</title>
${rows.join('\n')}
</svg>
`;
}

function targetMark(x: number, y: number): string {
  return `<line x1="${x}" x2="${x}" y1="${y - 3}" y2="${y + BAR_HEIGHT + 3}" stroke="${TARGET_COLOUR}" stroke-width="2"><title>built for</title></line>`;
}
