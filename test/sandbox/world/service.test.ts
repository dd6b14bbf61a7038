import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { down, findFreePorts, type Service, silentProgress, startService, status } from '../../../sandbox/index.js';
import { loadState } from '../../../sandbox/world/state.js';

const NAME = 'service-test';
const home = mkdtempSync(join(tmpdir(), 'sluice-service-'));
const never = new AbortController().signal;
let port: number;

beforeAll(async () => {
  process.env.SLUICE_HOME = home;
  port = (await findFreePorts()).dorisHttp;
});

afterEach(async () => {
  await down({ name: NAME, purge: true });
});

afterAll(() => rmSync(home, { recursive: true }));

/** A web server in a process of its own, or whatever else the script does with the port. */
function scriptService(script: string): Service {
  return {
    name: 'web',
    title: 'The web server',
    ports: { dorisHttp: port },
    settings: { colour: 'blue' },
    endpoints: { address: `127.0.0.1:${port}` },
    startTimeoutMs: 1_000,
    install: async () => undefined,
    prepare: async () => ({ file: process.execPath, args: ['-e', `const port = ${port}; ${script}`] }),
    probe: async () => {
      await (await fetch(`http://127.0.0.1:${port}`, { signal: AbortSignal.timeout(500) })).text();
    },
  };
}

const SERVE = "require('node:http').createServer((_, reply) => reply.end('ok')).listen(port, '127.0.0.1')";

test('a service is running when it answers, and its state tells where', async () => {
  await startService(NAME, scriptService(SERVE), silentProgress, never);

  expect(await status({ name: NAME })).toMatchObject({
    running: true,
    services: [{ name: 'web', state: 'running', settings: { dorisHttp: port, colour: 'blue' } }],
  });
});

test('a service that ends while it starts shows the end of its log and leaves nothing behind', async () => {
  const starting = startService(NAME, scriptService("throw new Error('no such licence')"), silentProgress, never);

  await expect(starting).rejects.toThrow(/The web server ended while it started \(exit code 1\).*no such licence/s);
  expect(loadState(NAME).services).toEqual({});
});

test('a service that ends while it starts is started again', async () => {
  const mark = join(home, 'begun-once');
  const said: string[] = [];
  const endsOnce = `const fs = require('node:fs'); if (!fs.existsSync('${mark}')) { fs.writeFileSync('${mark}', ''); process.exit(2); }`;

  await startService(NAME, scriptService(`${endsOnce} ${SERVE}`), { report: (line) => said.push(line) }, never);

  expect(said).toEqual(['The web server ended while it started (exit code 2). It is started again.']);
  expect(await status({ name: NAME })).toMatchObject({ running: true });
});

test('a service that does not answer in time is stopped', async () => {
  const starting = startService(NAME, scriptService('setInterval(() => {}, 1000)'), silentProgress, never);

  await expect(starting).rejects.toThrow(/The web server does not answer after 1 s/);
  expect(loadState(NAME).services).toEqual({});
});

test('an abort stops a service that is starting', async () => {
  const controller = new AbortController();
  const service = { ...scriptService('setInterval(() => {}, 1000)'), startTimeoutMs: 60_000 };
  const starting = startService(NAME, service, silentProgress, controller.signal);
  const rejected = expect(starting).rejects.toThrow(/abort/);
  while (loadState(NAME).services.web === undefined) await sleep(10);
  controller.abort();

  await rejected;
  expect(loadState(NAME).services).toEqual({});
});

test('a process that has gone is shown as stopped', async () => {
  await startService(NAME, scriptService(SERVE), silentProgress, never);
  const pid = loadState(NAME).services.web?.process?.pid ?? 0;
  process.kill(pid, 'SIGKILL');
  const state = async () => (await status({ name: NAME })).services[0]?.state;
  while ((await state()) !== 'stopped') await sleep(10);

  expect((await status({ name: NAME })).running).toBe(false);
  expect((await down({ name: NAME })).stopped).toEqual([{ service: 'web', pid, how: 'not running' }]);
});
