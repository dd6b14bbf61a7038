import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { withLock } from '../../../sandbox/world/lock.js';

const dir = mkdtempSync(join(tmpdir(), 'sluice-lock-'));
const path = join(dir, 'install.lock');

afterEach(() => expect(readdirSync(dir)).toEqual([]));
afterAll(() => rmSync(dir, { recursive: true }));

test('one at a time', async () => {
  let inside = 0;
  let most = 0;
  const work = async () => {
    inside += 1;
    most = Math.max(most, inside);
    await nextTurn();
    inside -= 1;
  };

  await Promise.all(Array.from({ length: 5 }, () => withLock(path, work)));

  expect(most).toBe(1);
});

test('a failure releases it and is passed on', async () => {
  const failing = withLock(path, () => Promise.reject(new Error('disk full')));

  await expect(failing).rejects.toThrow('disk full');
  expect(existsSync(path)).toBe(false);
});

test('the lock of a process that has died is taken over by one of those who wait', async () => {
  writeFileSync(path, JSON.stringify({ pid: process.pid, startTime: 'an earlier time' }));
  const order: number[] = [];

  await Promise.all([1, 2, 3].map((id) => withLock(path, async () => void order.push(id))));

  expect(order.toSorted()).toEqual([1, 2, 3]);
});

test('who waits is told whom for, and can give up', async () => {
  const controller = new AbortController();
  const holders: number[] = [];

  await withLock(path, async () => {
    const waiting = withLock(path, async () => undefined, {
      signal: controller.signal,
      onWait: ({ pid }) => {
        holders.push(pid);
        controller.abort();
      },
    });
    await expect(waiting).rejects.toThrow(/abort/);
  });

  expect(holders).toEqual([process.pid]);
});
