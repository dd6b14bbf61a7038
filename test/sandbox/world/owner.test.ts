import { mkdtempSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isRoot, ownFolder, systemUser } from '../../../sandbox/world/owner.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-owner-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('what we start runs as we do, unless we are root', async () => {
  const owner = await systemUser('nobody');
  if (isRoot()) expect(owner?.uid).toBeGreaterThan(0);
  else expect(owner).toBeUndefined();
});

test('without an owner a folder is ours', () => {
  ownFolder(join(folder, 'a', 'b'), undefined);
  expect(statSync(join(folder, 'a', 'b')).uid).toBe(process.getuid?.());
});

test('a folder in somebody else’s place is refused', () => {
  const stranger = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  symlinkSync(folder, join(folder, 'planted'));
  expect(() => ownFolder(join(folder, 'planted', 'data'), stranger)).toThrow('belongs to somebody else');
});

test('root only: the owner may write there', async () => {
  const owner = await systemUser('nobody');
  ownFolder(join(folder, 'data'), owner);
  expect(statSync(join(folder, 'data')).uid).toBe(owner?.uid ?? process.getuid?.());
});

test('root only: a user that does not exist is named', async () => {
  const asked = systemUser('no-such-user-here');
  if (isRoot()) await expect(asked).rejects.toThrow('There is no system user no-such-user-here.');
  else await expect(asked).resolves.toBeUndefined();
});
