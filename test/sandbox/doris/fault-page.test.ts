/** docs/fault-injection.md says what is true: its tables are those of the code, its orders and its lines work. */
import { readFileSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { DEBUG_POINTS } from '../../../sandbox/doris/debug-points.js';
import { SANDBOX_SETTINGS } from '../../../sandbox/doris/settings.js';
import {
  FAULT_FILTERS,
  FAULT_NUMBERS,
  FAULT_PHASES,
  FAULT_POINTS,
  PHASE_EFFECTS,
  POINT_PHASES,
  PUBLISH_EFFECTS,
  parseFault,
} from '../../../sandbox/olap/faults.js';
import { DEFAULT_TRANSACTION_SETTINGS } from '../../../sandbox/olap/transactions.js';
import { call, startTestDouble } from './support/client.js';

const page = readFileSync(new URL('../../../docs/fault-injection.md', import.meta.url), 'utf8');
const code = (names: readonly string[]) => names.map((name) => `\`${name}\``).join(', ');
/** The cells of the rows that begin with a name in code. */
const table = page
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) => line.split(' | ').map((cell) => cell.replace(/^\||\|$/g, '').trim()));
const row = (name: string) => table.find(([first]) => first === `\`${name}\``);

test('the points and their phases', () => {
  for (const point of FAULT_POINTS) expect([point, row(point)?.at(-1)]).toEqual([point, code(POINT_PHASES[point])]);
});

test('the effects and their phases', () => {
  const kinds = new Set(FAULT_PHASES.flatMap((phase) => PHASE_EFFECTS[phase]));
  for (const kind of kinds) {
    const phases: string[] = FAULT_PHASES.filter((phase) => PHASE_EFFECTS[phase].includes(kind));
    if (PUBLISH_EFFECTS.includes(kind)) phases.push('publish');
    expect([kind, row(kind)?.at(-1)]).toEqual([kind, code(phases)]);
  }
});

test('every filter, setting and debug point is on the page', () => {
  const names = Object.values(DEBUG_POINTS).flatMap((points) => Object.keys(points));
  for (const name of [...FAULT_FILTERS, ...FAULT_NUMBERS, ...SANDBOX_SETTINGS, ...names]) {
    expect(page).toContain(`\`${name}\``);
  }
});

const orders = [...page.matchAll(/`(\{"point".*?\})` \|/g)].map(([, order = '']) => order);

test('every order can be armed', () => {
  expect(orders.length).toBeGreaterThan(15);
  for (const order of orders) expect(parseFault(JSON.parse(order))).toBeDefined();
});

/** `-X METHOD`, the address and `-d 'body'` of each line. */
const lines = [...page.matchAll(/curl (?:-X (\w+) )?"\$(FE|BE)([^"]*)"(?: -d '([^']*)')?/g)];

test('every line works', async () => {
  const { double } = await startTestDouble();
  const base = { FE: double.feUrl, BE: `http://127.0.0.1:${double.bePort}` };
  const isUp = () =>
    call(`${base.FE}/api/health`).then(
      () => true,
      () => false,
    );
  try {
    expect(lines.length).toBeGreaterThan(12);
    for (const [line, method, node = '', path = '', body] of lines) {
      const url = `${node === 'BE' ? base.BE : base.FE}${path.replace(/forMs=\d+/, 'forMs=1')}`;
      const reply = await call(url, {
        method: method ?? (body === undefined ? 'GET' : 'POST'),
        ...(body === undefined ? {} : { body }),
      });
      expect([line, reply.status, reply.text]).toEqual([line, 200, expect.not.stringContaining('error')]);
      Object.assign(double.transactions.settings, DEFAULT_TRANSACTION_SETTINGS);
      while (!(await isUp())) await nextTurn();
    }
  } finally {
    await double.close();
  }
});
