import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  identifyProcess,
  isRunning,
  lastLines,
  type StartedProcess,
  startProcess,
  stopProcess,
  tellingLines,
} from '../../../sandbox/world/processes.js';

const dir = mkdtempSync(join(tmpdir(), 'sluice-processes-'));
const logFile = join(dir, 'node.log');
const started: StartedProcess[] = [];

afterAll(async () => {
  await Promise.all(started.map(({ identity }) => stopProcess(identity, 0)));
  rmSync(dir, { recursive: true });
});

/** Runs JavaScript in a process of its own, until it has printed `ready`. */
async function startScript(script: string): Promise<StartedProcess> {
  const child = await startProcess(
    { file: process.execPath, args: ['-e', `${script}; console.log('ready')`] },
    dir,
    logFile,
  );
  started.push(child);
  while (!lastLines(logFile).includes('ready')) await sleep(10);
  return child;
}

const RUN_FOREVER = 'setInterval(() => {}, 1000)';

test('a process is found by pid and start time, and ends by SIGTERM', async () => {
  const { identity } = await startScript(RUN_FOREVER);

  expect(await isRunning(identity)).toBe(true);
  expect(await identifyProcess(identity.pid)).toEqual(identity);
  expect(await stopProcess(identity, 5_000)).toBe('stopped');
  expect(await isRunning(identity)).toBe(false);
  expect(await stopProcess(identity, 5_000)).toBe('not running');
});

test('a process that ignores SIGTERM is killed when its time is over', async () => {
  const { identity, ended } = await startScript(`process.on('SIGTERM', () => {}); ${RUN_FOREVER}`);

  expect(await stopProcess(identity, 100)).toBe('killed');
  expect(await ended).toBe('signal SIGKILL');
});

test('a stranger who has got the pid is left alone', async () => {
  const { identity } = await startScript(RUN_FOREVER);
  const before = { pid: identity.pid, startTime: 'an earlier time' };

  expect(await isRunning(before)).toBe(false);
  expect(await stopProcess(before, 0)).toBe('not running');
  expect(await isRunning(identity)).toBe(true);
});

test('the log has stdout and stderr, and the one before is kept', async () => {
  const first = await startScript("console.error('first run'); process.exitCode = 3");
  expect(await first.ended).toBe('exit code 3');
  const second = await startScript("console.log('second run')");
  await second.ended;

  expect(lastLines(logFile)).toBe('second run\nready');
  expect(lastLines(logFile, 1)).toBe('ready');
  expect(readFileSync(`${logFile}.1`, 'utf8')).toContain('first run');
});

test('a command that is not there is an error with its name', async () => {
  const command = { file: '/no/such/command', args: [] };

  await expect(startProcess(command, dir, logFile)).rejects.toThrow(/\/no\/such\/command cannot be started/);
});

test('of a log with a panic, the lines from the panic on are shown', () => {
  const file = join(dir, 'panic.log');
  const trace = Array.from({ length: 100 }, (_, index) => `\tframe ${index}`);
  writeFileSync(file, ['started', 'panic: no free port', '', 'goroutine 1 [running]:', ...trace].join('\n'));

  expect(tellingLines(file, 3)).toBe('panic: no free port\n\ngoroutine 1 [running]:');
});
