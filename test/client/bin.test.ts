/** bin/sluice as a process of its own. */
import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface Exit {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

function run(file: string, argv: readonly string[]): Promise<Exit> {
  return new Promise((resolve) => {
    const options = { timeout: 120_000, env: { ...process.env, NODE_OPTIONS: '' } };
    execFile(process.execPath, [file, ...argv], options, (error, out, err) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, err });
    });
  });
}

test('runs from a checkout, with the exit codes that scripts rely on', async () => {
  const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string };
  expect(await run('bin/sluice', ['--version'])).toMatchObject({ code: 0, out: `${version}\n` });
  const valid = await run('bin/sluice', ['connector', 'validate', 'examples/doris-json/connector.json', '--json']);
  expect(valid.code).toBe(0);
  expect(JSON.parse(valid.out)).toMatchObject([{ name: 'test-doris-sink-cluster', valid: true, problems: [] }]);
  expect(await run('bin/sluice', ['connector', 'frobnicate'])).toMatchObject({ code: 2, out: '' });
}, 180_000);

test('without a build and without packages it says what to run', async () => {
  const checkout = await mkdtemp(join(tmpdir(), 'sluice-'));
  try {
    await mkdir(join(checkout, 'bin'));
    await copyFile('bin/sluice', join(checkout, 'bin', 'sluice.mjs'));
    const { code, err } = await run(join(checkout, 'bin', 'sluice.mjs'), ['--version']);
    expect({ code, err }).toMatchObject({ code: 1, err: expect.stringContaining(`Run: make build (in ${checkout})`) });
  } finally {
    await rm(checkout, { recursive: true });
  }
});
