/** PostgreSQL's own client: the sandbox needs no driver of its own for what little it asks. */

import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { SluiceError } from '../../../connect/errors.js';
import { SANDBOX_HOST } from '../ports.js';

/** Needs no password: the server listens on this machine only. */
export const POSTGRES_SUPERUSER = 'postgres';

export interface PsqlTarget {
  /** The `psql` command. */
  readonly file: string;
  readonly port: number;
  readonly database: string;
}

/**
 * Runs statements, each in a transaction of its own; what they select comes as lines, without heads. Throws INTERNAL
 * with the server's words at the first that fails.
 */
export async function psql({ file, port, database }: PsqlTarget, statements: string): Promise<string[]> {
  const child = spawn(
    file,
    [
      ...['--no-psqlrc', '--quiet', '--no-align', '--tuples-only', '--set=ON_ERROR_STOP=1', '--no-password'],
      ...['--host', SANDBOX_HOST, '--port', String(port), '--username', POSTGRES_SUPERUSER, '--dbname', database],
    ],
    { env: { ...process.env, PGCLIENTENCODING: 'UTF8', PGCONNECT_TIMEOUT: '5' }, stdio: 'pipe' },
  );
  // A server that is gone closes the pipe; the exit code tells.
  child.stdin.on('error', () => undefined);
  child.stdin.end(statements);
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const [output, errors, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  if (code !== 0) throw new SluiceError('INTERNAL', `PostgreSQL: ${errors.trim()}`);
  return output.split('\n').slice(0, -1);
}
