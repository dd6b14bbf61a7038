/** Holds the tables and the consumer groups against what was produced. */
import type { Connection } from 'mysql2/promise';
import { isBadRow } from './dead-letters.js';
import { DATABASE, type Feed } from './topics.js';
import type { Truth } from './truth.js';

export interface TableVerdict {
  readonly table: string;
  readonly kind: Feed['kind'];
  /** Rows, or keys, that must be there. */
  readonly expected: number;
  readonly missing: number;
  readonly doubled: number;
  /** Rows of aborted transactions, deleted keys, and rows nobody has produced. */
  readonly unexpected: number;
  /** Rows of other content; keys with another version than the last one. */
  readonly wrong: number;
  /** Some of the rows that are not as they should be. */
  readonly examples: readonly string[];
}

const EXAMPLES = 5;

/**
 * Counts one table exactly, row by row.
 *
 * @param letters ids in the dead letter queue, and how often each is there
 */
export async function checkTable(
  sql: Connection,
  feed: Feed,
  truth: Truth,
  letters: ReadonlyMap<number, number> = new Map(),
): Promise<TableVerdict> {
  return feed.kind === 'rows' ? checkRows(sql, feed, truth, letters) : checkAccounts(sql, feed, truth);
}

async function checkRows(
  sql: Connection,
  { table, topic, kind, deadLetters }: Feed,
  truth: Truth,
  letters: ReadonlyMap<number, number>,
): Promise<TableVerdict> {
  const expected = truth.rows.get(topic) ?? new Set<number>();
  const found = new Map<number, number>(letters);
  let wrong = 0;
  const examples: string[] = [];
  for (const { id, payload, n } of await select(
    sql,
    `SELECT id, payload, COUNT(*) AS n FROM ${DATABASE}.${table} GROUP BY id, payload`,
  )) {
    const number = Number(id);
    found.set(number, (found.get(number) ?? 0) + Number(n));
    if (payload === `row ${id}`) continue;
    wrong += Number(n);
    examples.push(`row ${id} holds ${payload}`);
  }
  const missing = [...expected].filter((id) => !found.has(id));
  const doubled = [...found].filter(([, copies]) => copies > 1);
  const unexpected = [...found.keys()].filter((id) => !expected.has(id) && !truth.uncertain.has(id));
  const astray = [...letters.keys()].filter((id) => deadLetters === undefined || !isBadRow(id));
  wrong += astray.length;
  examples.push(
    ...astray.slice(0, EXAMPLES).map((id) => `row ${id} is good, and a dead letter`),
    ...missing.slice(0, EXAMPLES).map((id) => `row ${id} is missing`),
    ...doubled.slice(0, EXAMPLES).map(([id, copies]) => `row ${id} is there ${copies} times`),
    ...unexpected.slice(0, EXAMPLES).map((id) => `row ${id} should not be there`),
  );
  return {
    table,
    kind,
    expected: expected.size,
    missing: missing.length,
    doubled: doubled.reduce((sum, [, copies]) => sum + copies - 1, 0),
    unexpected: unexpected.length,
    wrong,
    examples: examples.slice(0, EXAMPLES),
  };
}

/** The last write of each key counts: an older version means that loads were out of order. */
async function checkAccounts(sql: Connection, { table, kind }: Feed, truth: Truth): Promise<TableVerdict> {
  const judged = [...truth.accounts.values()].filter(({ key }) => !truth.uncertainKeys.has(key));
  const expected = new Map(judged.filter(({ deleted }) => !deleted).map(({ key, version }) => [key, version]));
  const found = new Map<number, number>();
  const examples: string[] = [];
  let doubled = 0;
  let unexpected = 0;
  let wrong = 0;
  for (const { k, v } of await select(sql, `SELECT k, v FROM ${DATABASE}.${table}`)) {
    const key = Number(k);
    if (found.has(key)) doubled++;
    found.set(key, Number(v));
    if (truth.uncertainKeys.has(key)) continue;
    const version = expected.get(key);
    if (version === undefined) {
      unexpected++;
      examples.push(`key ${key} was deleted and is there with version ${v}`);
    } else if (version !== Number(v)) {
      wrong++;
      examples.push(`key ${key} has version ${v}, its last one is ${version}`);
    }
  }
  const missing = [...expected.keys()].filter((key) => !found.has(key));
  examples.push(...missing.map((key) => `key ${key} is missing`));
  return {
    table,
    kind,
    expected: expected.size,
    missing: missing.length,
    doubled,
    unexpected,
    wrong,
    examples: examples.slice(0, EXAMPLES),
  };
}

export function isExact({ missing, doubled, unexpected, wrong }: TableVerdict): boolean {
  return missing + doubled + unexpected + wrong === 0;
}

type Row = Record<string, string>;

export async function select(sql: Connection, statement: string): Promise<Row[]> {
  const [rows] = await sql.query(statement);
  return rows as Row[];
}

/** Reads a UNIQUE KEY table again and again: no key may ever go back to an older version. */
export class OrderWatch {
  readonly violations: string[] = [];
  private readonly seen = new Map<number, number>();
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;

  constructor(
    private readonly sql: Connection,
    private readonly feed: Feed,
  ) {}

  start(everyMs = 250): void {
    this.running ??= this.loop(everyMs);
  }

  /** The newest version of a key that was read. */
  newest(key: number): number | undefined {
    return this.seen.get(key);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async loop(everyMs: number): Promise<void> {
    while (!this.stopping.signal.aborted) {
      for (const { k, v } of await select(this.sql, `SELECT k, v FROM ${DATABASE}.${this.feed.table}`)) {
        const key = Number(k);
        const version = Number(v);
        const last = this.seen.get(key) ?? -1;
        if (version < last) this.violations.push(`key ${key} went from version ${last} back to ${version}`);
        this.seen.set(key, Math.max(last, version));
      }
      await new Promise((resolve) => setTimeout(resolve, everyMs));
    }
  }
}
