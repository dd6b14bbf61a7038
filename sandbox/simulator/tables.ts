/**
 * The columns of the simulated tables, and the MySQL port by which they change. Where records have schemas, tables are
 * made and given columns by the connector itself: a row that is loaded before its columns are there has lost values.
 */
import { SluiceError } from '../../connect/errors.js';
import { errorOf } from '../../connectors/doris/replies.js';
import type { SqlQuestion, SqlQuestions, SqlRow } from '../../connectors/doris/sql.js';
import type { Network, NoAnswer } from './network.js';
import type { SimulatedProcess } from './process.js';
import type { Trouble } from './trouble.js';

const SLOWEST_MS = 15_000;
const STATEMENT_TIMEOUT_MS = 10_000;

/** What a statement comes to: rows, or the words of a refusal. */
type Answer = readonly SqlRow[] | string;

export class SimulatedTables {
  private readonly columns = new Map<string, string[]>();

  constructor(
    private readonly trouble: Trouble,
    /** Told of what must never happen. */
    private readonly violated: (what: string) => void,
  ) {}

  /** Looks at a load as it comes in: what its rows have that the table has not would be dropped without a word. */
  take(table: string, body: string): void {
    if (!this.trouble.settings.evolving) return;
    const known = this.columns.get(table);
    if (known === undefined) {
      this.violated(`rows come for ${table}, which is not there`);
      return;
    }
    for (const line of body.split('\n')) {
      if (line === '') continue;
      const row = JSON.parse(line) as Readonly<Record<string, unknown>>;
      const lost = Object.keys(row).find((name) => name !== 'table' && !known.includes(name));
      if (lost !== undefined) this.violated(`${String(row.id)} has lost its ${lost}: ${table} has ${known.join(', ')}`);
    }
  }

  /** The MySQL port as the code of one process reaches it. */
  openFor(process: SimulatedProcess, network: Network): SqlQuestions {
    return {
      query: async (sql, _parameters, { context, signal, beforeSending }: SqlQuestion) => {
        beforeSending?.();
        const failure = (why: NoAnswer) => {
          const code = why === 'cancelled' ? 'CANCELLED' : 'SINK_UNREACHABLE';
          return new SluiceError(code, `No Doris FE answers on its MySQL port: ${why}`, { retryable: true, context });
        };
        const answer = await network.ask<Answer>({
          process,
          signal,
          what: `${process.name} → mysql ${sql.slice(0, 60).replace(/\s+/g, ' ')}`,
          timeoutMs: STATEMENT_TIMEOUT_MS,
          slowestMs: SLOWEST_MS,
          serve: (server) => {
            if (this.trouble.strikes('serverError', 0.03, 'mysql')) server.cut('reset');
            else server.reply(this.execute(sql));
          },
          failure,
        });
        if (typeof answer === 'string') throw errorOf(`errCode = 2, detailMessage = ${answer}`, context);
        return answer;
      },
    };
  }

  private execute(sql: string): Answer {
    const [, statement = '', table = ''] = /^([A-Z ]+) `\w+`\.`(\w+)`/.exec(sql) ?? [];
    const known = this.columns.get(table);
    switch (statement) {
      case 'SHOW FULL COLUMNS FROM':
        return known?.map(describe) ?? `Unknown table '${table}'`;
      case 'SHOW CREATE TABLE':
        return known === undefined
          ? `Unknown table '${table}'`
          : [{ Table: table, 'Create Table': `CREATE TABLE \`${table}\` (\n) ENGINE=OLAP\nDUPLICATE KEY()` }];
      case 'CREATE TABLE IF NOT EXISTS':
        if (known === undefined) this.change(table, columnsIn(sql));
        return [];
      case 'ALTER TABLE':
        return known === undefined ? `Unknown table '${table}'` : this.alter(table, known, columnsIn(sql));
      default:
        return [];
    }
  }

  private alter(table: string, known: readonly string[], added: readonly string[]): Answer {
    const there = added.find((name) => known.includes(name));
    if (there !== undefined) return `Can not add column which already exists in base table: ${there}`;
    this.change(table, [...known, ...added]);
    return [];
  }

  private change(table: string, columns: string[]): void {
    this.columns.set(table, columns);
    this.trouble.note(`doris: ${table} has the columns ${columns.join(', ')}`);
  }
}

function describe(name: string): SqlRow {
  return { Field: name, Type: 'text', Null: 'YES', Key: 'NO', Default: null, Comment: '' };
}

/** Every column is a text: `` `name` STRING ``. */
function columnsIn(sql: string): string[] {
  return [...sql.matchAll(/`(\w+)` STRING/g)].map(([, name = '']) => name);
}
