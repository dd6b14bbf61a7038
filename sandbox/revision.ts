/** Which code a report is about. */
import { execFileSync } from 'node:child_process';
import { checkoutDir } from './world/paths.js';

/** The commit of this checkout, `-dirty` where files have changed since; `unknown` outside of git. */
export function revision(): string {
  try {
    return execFileSync('git', ['describe', '--always', '--dirty'], { cwd: checkoutDir(), encoding: 'utf8' }).trim();
  } catch {
    return 'unknown';
  }
}
