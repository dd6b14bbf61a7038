/** Where things lie: the checkout, the sandboxes, what they share. */

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SluiceError } from '../../connect/errors.js';

/** Folders of `.sandbox` that hold installations, so no sandbox can have their names. */
const RESERVED_NAMES: readonly string[] = ['bin', 'kafka-lib', 'connect-lib', 'connect-plugins'];

/** The root of the checkout: the nearest folder above this file with a package.json (`dist` has none of its own). */
export function checkoutDir(): string {
  let dir = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(dir, 'package.json'))) {
    const parent = dirname(dir);
    if (parent === dir) throw new SluiceError('INTERNAL', 'The sandbox cannot find the folder Sluice is installed in.');
    dir = parent;
  }
  return dir;
}

/** `.sandbox` below `SLUICE_HOME`, or else below the checkout. */
export function sandboxRoot(): string {
  return join(resolve(process.env.SLUICE_HOME ?? checkoutDir()), '.sandbox');
}

/** The folder of one sandbox: its state, data and logs. Throws CONFIG_INVALID for a name that is no plain word. */
export function sandboxDir(name: string): string {
  if (!/^[a-z0-9][a-z0-9_-]{0,62}$/i.test(name) || RESERVED_NAMES.includes(name)) {
    throw new SluiceError('CONFIG_INVALID', `"${name}" cannot be the name of a sandbox.`, {
      hint: `Use letters, digits, "-" and "_", and none of: ${RESERVED_NAMES.join(', ')}.`,
    });
  }
  return join(sandboxRoot(), name);
}

/**
 * Where the servers of a sandbox have their data that run as users of their own: such users may not enter the folders
 * above a checkout.
 */
export function foreignDir(name: string): string {
  const hash = createHash('sha256').update(sandboxDir(name)).digest('hex');
  return join(tmpdir(), `sluice-${name}-${hash.slice(0, 12)}`);
}
