import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hasPlaceholder, resolvePlaceholders } from '../../../connect/config/placeholders.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-secrets-'));
  await writeFile(join(folder, 'doris.properties'), `user=root\npassword=gehe\\=im\nloop=\${env:USER_NAME}\n`);
  await writeFile(join(folder, 'token'), 'geheim\n');
});
afterAll(() => rm(folder, { recursive: true }));

const env = { USER_NAME: 'root', EMPTY: '' };

test('environment variables, keys of files, files of folders', async () => {
  const raw = {
    a: `\${env:USER_NAME}`,
    b: `<\${env:USER_NAME}:\${env:EMPTY}>`,
    c: `\${file:${folder}/doris.properties:password}`,
    d: `\${dir:${folder}:token}`,
    e: `\${directory:${folder}:token}`,
    f: `plain \${name} $5`,
  };
  expect(await resolvePlaceholders(raw, { env })).toEqual({
    a: 'root',
    b: '<root:>',
    c: 'gehe=im',
    d: 'geheim',
    e: 'geheim',
    f: `plain \${name} $5`,
  });
});

test('a resolved value is not looked at again', async () => {
  const raw = { a: `\${file:${folder}/doris.properties:loop}` };
  expect(await resolvePlaceholders(raw, { env })).toEqual({ a: `\${env:USER_NAME}` });
});

test.each([
  [`\${env:NONE}`, 'The environment variable NONE is not set.'],
  [`\${file:/none.properties:x}`, '/none.properties cannot be read.'],
  [`\${file:none}`, 'It has none of the forms'],
  [`\${dir:/etc:../passwd}`, '../passwd is not the name of a file.'],
  [`\${dir:/etc:..}`, '.. is not the name of a file.'],
  [`\${vault:secret/doris:password}`, 'There is no provider vault'],
])('%s: %s', async (placeholder, reason) => {
  await expect(resolvePlaceholders({ 'doris.password': placeholder, other: 'geheim' }, { env })).rejects.toMatchObject({
    code: 'SECRET_UNRESOLVED',
    message: expect.stringContaining(`Cannot resolve ${placeholder} in doris.password. ${reason}`),
    context: { key: 'doris.password' },
    retryable: false,
  });
});

test('a missing key of a file is told without the values of the others', async () => {
  const failure = resolvePlaceholders({ k: `\${file:${folder}/doris.properties:pass}` }, { env });
  await expect(failure).rejects.toMatchObject({
    message: expect.stringMatching(/doris\.properties has no key pass\.$/),
  });
});

test('an aborted look-up rejects with the reason of the abort', async () => {
  const signal = AbortSignal.abort(new Error('shutting down'));
  await expect(resolvePlaceholders({ k: `\${dir:${folder}:token}` }, { env, signal })).rejects.toThrow('shutting down');
});

test('what counts as a placeholder', () => {
  expect(hasPlaceholder(`a\${env:B}c`)).toBe(true);
  expect(hasPlaceholder(`\${name}`)).toBe(false);
});
