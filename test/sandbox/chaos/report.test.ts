import { formatReport, formatVerdict, type Outcome } from '../../../sandbox/chaos/index.js';

const outcome: Outcome = {
  title: 'random, seed 7',
  seed: '7',
  exact: false,
  problems: ['t[0]: the group is at 3, the log ends at 4'],
  tables: [
    {
      table: 'events',
      kind: 'rows',
      expected: 10,
      missing: 1,
      doubled: 2,
      unexpected: 0,
      wrong: 0,
      examples: ['row 4 is missing'],
    },
    { table: 'accounts', kind: 'accounts', expected: 5, missing: 0, doubled: 0, unexpected: 0, wrong: 0, examples: [] },
  ],
  produced: 15,
  uncertain: 0,
  struck: new Map([['worker: killed', 2]]),
  lines: ['1.0 s worker: killed'],
  troubleMs: 1_000,
  drainMs: 500,
};

test('the verdict counts over all tables and says what has struck', () => {
  const text = formatVerdict(outcome);
  expect(text).toMatch('NOT EXACT random, seed 7: 15 rows, 1 missing, 2 doubled, 0 unexpected, 0 wrong');
  expect(text).toMatch('2 worker: killed');
  expect(text).toMatch('the group is at 3');
});

test('the report says how to run it again, which rows are wrong, and what happened before', () => {
  const text = formatReport([outcome], 'make chaos SEED=7', new Date(0));
  expect(text).toMatch('0 of 1 runs exact');
  expect(text).toMatch('`make chaos SEED=7`');
  expect(text).toMatch('| events ✗ | DUPLICATE KEY | 10 | 1 | 2 | 0 | 0 |');
  expect(text).toMatch('events: row 4 is missing');
  expect(text).toMatch('1.0 s worker: killed');
});
