import fc from 'fast-check';
import { FAULTS } from '../../../sandbox/chaos/faults/index.js';
import { planFaults } from '../../../sandbox/chaos/plan.js';

const seeds = fc.string({ minLength: 1, maxLength: 12 });
const shape = (plan: ReturnType<typeof planFaults>) => plan.map(({ atMs, fault, seed }) => [atMs, fault.name, seed]);

test('a seed draws the same plan again', () => {
  fc.assert(
    fc.property(seeds, (seed) => {
      const options = { seed, durationMs: 60_000 };
      expect(shape(planFaults(options))).toEqual(shape(planFaults(options)));
    }),
  );
});

test('faults strike in order and within the time', () => {
  fc.assert(
    fc.property(seeds, fc.integer({ min: 1, max: 120_000 }), (seed, durationMs) => {
      const times = planFaults({ seed, durationMs }).map(({ atMs }) => atMs);
      expect(times).toEqual([...times].sort((one, other) => one - other));
      for (const atMs of times) expect(atMs).toBeLessThan(durationMs);
    }),
  );
});

test('in a minute most kinds strike, before any of them strikes a third time', () => {
  fc.assert(
    fc.property(seeds, (seed) => {
      const light = planFaults({ seed, durationMs: 60_000 }).filter(({ fault }) => fault.heavy !== true);
      const counts = new Map<string, number>();
      for (const { fault } of light) counts.set(fault.name, (counts.get(fault.name) ?? 0) + 1);
      const least =
        counts.size < FAULTS.filter(({ heavy }) => heavy !== true).length ? 0 : Math.min(...counts.values());
      for (const count of counts.values()) expect(count - least).toBeLessThanOrEqual(1);
    }),
  );
});

test('only the kinds that were asked for strike, also when all of them are heavy', () => {
  const faults = FAULTS.filter(({ name }) => name.startsWith('Temporal'));
  const plan = planFaults({ seed: 'x', durationMs: 60_000, faults });
  expect(plan.length).toBeGreaterThan(1);
  expect(new Set(plan.map(({ fault }) => fault))).toEqual(new Set(faults));
});

test('no two kinds have the same name', () => {
  expect(new Set(FAULTS.map(({ name }) => name)).size).toBe(FAULTS.length);
});
