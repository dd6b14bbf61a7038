/** docs/doris.md names the keys of the Java connector: each has to be known. */
import { readFileSync } from 'node:fs';
import { dorisSinkDefinition } from '../../../connectors/doris/config.js';

const page = readFileSync('docs/doris.md', 'utf8');
const table = page.slice(page.indexOf('## Keys of the Java connector'), page.indexOf('## Headers of Stream Load'));
const keys = [...table.matchAll(/^\| (`.+?`) \|/gm)].flatMap(([, cell = '']) =>
  [...cell.matchAll(/`([^`]+)`/g)].map(([, key = '']) => key),
);

test('the page has them all', () => {
  expect(keys.length).toBeGreaterThan(35);
});

test.each(keys)('%s', (key) => {
  const raw = { [key.replace('*', 'columns')]: '' };
  const unknown = dorisSinkDefinition.check(raw).warnings.filter(({ message }) => message.includes('Unknown'));
  expect(unknown).toEqual([]);
  // What is one of a family has no declaration of its own.
  const declared = new Map<string, { spec: { noEffect?: string | undefined } }>(
    Object.entries(dorisSinkDefinition.parts.fields),
  );
  const isTold = table.split('\n').some((line) => line.includes(`\`${key}\``) && line.includes('| no effect'));
  expect(isTold).toBe(declared.get(key)?.spec.noEffect !== undefined);
});
