import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { parseUsage, usageOf } from '../../bench/process-usage.js';

test('processor time and memory, whatever the process is called', () => {
  const stat = '42 (node (a b) x) S 1 42 42 0 -1 4194560 7 0 0 0 150 25 3 4 20 0 11 0 1234';
  expect(parseUsage(stat, 'Name:\tnode\nVmHWM:\t  2048 kB\nVmRSS:\t 1024 kB\n')).toEqual({
    residentMiB: 1,
    cpuMs: 1_750,
    peakMiB: 2,
  });
  expect(() => parseUsage(stat, 'Name:\tnode\n')).toThrow('not as expected');
});

test('what a process has started counts with it', async () => {
  const before = usageOf(process.pid).residentMiB;
  const child = spawn('cat', { stdio: ['pipe', 'ignore', 'ignore'] });
  await once(child, 'spawn');
  try {
    expect(usageOf(process.pid).peakMiB).toBeGreaterThan(usageOf(child.pid ?? 0).peakMiB);
    expect(before).toBeGreaterThan(0);
  } finally {
    child.stdin.end();
    await once(child, 'exit');
  }
});

test('a process that is gone has no usage', () => {
  expect(() => usageOf(2 ** 22 + 1)).toThrow('cannot be read');
});
