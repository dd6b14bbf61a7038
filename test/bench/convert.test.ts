import { CONVERSION_NAMES, measureConversion } from '../../bench/convert/index.js';
import { costsOf } from '../../bench/convert/profile.js';

test.each(CONVERSION_NAMES)('%s: rows are made, and the time they take is told by function', async (name) => {
  const { signal } = new AbortController();
  const options = { durationMs: 1, samples: 2, recordBytes: 100_000, signal };
  const { rowsPerCpuSecond, bytesPerRow, costs } = await measureConversion(name, options);
  expect(rowsPerCpuSecond).toHaveLength(2);
  expect(Math.min(...rowsPerCpuSecond)).toBeGreaterThan(0);
  expect(bytesPerRow).toBeGreaterThan(150);
  expect(bytesPerRow).toBeLessThan(250);
  expect(costs[0]?.percent).toBeGreaterThanOrEqual(costs[1]?.percent ?? 0);
});

test('what is called from several places is one cost, and idle time is none', () => {
  const node = (id: number, functionName: string) => ({
    id,
    callFrame: { functionName, scriptId: '1', url: '', lineNumber: 1, columnNumber: 1 },
  });
  const nodes = [node(1, '(idle)'), node(2, 'write'), node(3, 'read'), node(4, 'write'), node(5, '')];
  expect(costsOf({ nodes, samples: [1, 1, 2, 3, 4, 5] })).toEqual([
    { what: 'write', percent: 50 },
    { what: 'read', percent: 25 },
    { what: '(anonymous)', percent: 25 },
  ]);
});
