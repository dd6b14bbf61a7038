/** Running a server as a system user of its own, as database servers demand of root. */

import { execFile } from 'node:child_process';
import { chownSync, lstatSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { SluiceError } from '../../connect/errors.js';

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/** The system user to run as where we are root; undefined elsewhere: what we start runs as we do. */
export async function systemUser(name: string): Promise<Owner | undefined> {
  if (!isRoot()) return undefined;
  try {
    const [uid, gid] = await Promise.all(['-u', '-g'].map((flag) => promisify(execFile)('id', [flag, name])));
    return { uid: Number(uid?.stdout), gid: Number(gid?.stdout) };
  } catch (error) {
    throw new SluiceError('CONFIG_INVALID', `There is no system user ${name}.`, { cause: error });
  }
}

/** Makes a folder that belongs to the owner. Throws CONFIG_INVALID if somebody else had made the one it lies in. */
export function ownFolder(folder: string, owner: Owner | undefined): void {
  mkdirSync(folder, { recursive: true });
  if (owner === undefined) return;
  const parent = lstatSync(dirname(folder));
  if (!parent.isDirectory() || parent.uid !== process.getuid?.()) {
    throw new SluiceError('CONFIG_INVALID', `${dirname(folder)} belongs to somebody else.`, { hint: 'Remove it.' });
  }
  chownSync(folder, owner.uid, owner.gid);
}
