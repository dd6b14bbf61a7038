/** What a Doris server can do, by its version. */
import { SluiceError } from '../../connect/errors.js';
import type { SqlQuestions, SqlRow } from './sql.js';

/** `Doris version doris-3.0.5-rc01-…`; builds of vendors and of branches may tell none. */
const VERSION = /doris-(\d+)\.(\d+)\.(\d+)/i;

export type Version = readonly [major: number, minor: number, patch: number];

/** JSON loads are decompressed from 3.0.5 on (apache/doris #48990, #61373), CSV ones for much longer. */
export function knowsGzip(version: Version | undefined, format: 'json' | 'csv'): boolean {
  if (version === undefined) return false;
  return format === 'csv' ? isAtLeast(version, [2, 0, 0]) : isAtLeast(version, [3, 0, 5]);
}

/** Loads do not wait for a port that a firewall has swallowed. */
const ANSWER_WITHIN_MS = 5_000;

function nothingAfter(delayMs: number): Promise<readonly SqlRow[]> {
  return new Promise((resolve) => setTimeout(resolve, delayMs, []).unref());
}

/** Undefined where the server tells no version, or cannot be asked: nothing is then taken for granted. */
export async function serverVersion(sql: SqlQuestions, signal: AbortSignal): Promise<Version | undefined> {
  try {
    const asked = sql.query('SELECT @@version_comment AS told', [], { context: {}, signal });
    const [row] = await Promise.race([asked, nothingAfter(ANSWER_WITHIN_MS)]);
    const [, ...numbers] = VERSION.exec(row?.told ?? '') ?? [];
    const [major, minor, patch] = numbers.map(Number);
    return major === undefined || minor === undefined || patch === undefined ? undefined : [major, minor, patch];
  } catch (error) {
    if (signal.aborted || !(error instanceof SluiceError)) throw error;
    return undefined;
  }
}

function isAtLeast(version: Version, least: Version): boolean {
  const index = version.findIndex((number, at) => number !== least[at]);
  return index < 0 || (version[index] ?? 0) > (least[index] ?? 0);
}
