/** PostgreSQL as a source of changes. */
import { join } from 'node:path';
import { installDatabase } from '../world/install/databases.js';
import { SANDBOX_HOST } from '../world/ports.js';
import { silentProgress } from '../world/progress.js';
import { POSTGRES_SUPERUSER, type PsqlTarget, psql } from '../world/services/psql.js';
import type { ConnectorProperties, Source, TextRow } from './source.js';

export const POSTGRES_DATABASE = 'shop';
const PUBLICATION = 'captured';

export class PostgresSource implements Source {
  private constructor(private readonly target: PsqlTarget) {}

  /** Connects to a server of the sandbox, and makes the database with a publication of all its tables. */
  static async open(port: number): Promise<PostgresSource> {
    const file = join(await installDatabase('postgres', silentProgress), 'psql');
    await psql({ file, port, database: 'postgres' }, `create database ${POSTGRES_DATABASE}`);
    const source = new PostgresSource({ file, port, database: POSTGRES_DATABASE });
    await source.execute(`create publication ${PUBLICATION} for all tables`);
    return source;
  }

  get client(): string {
    return `psql -h ${SANDBOX_HOST} -p ${this.target.port} -U ${POSTGRES_SUPERUSER} ${this.target.database}`;
  }

  async execute(statements: string): Promise<void> {
    await psql(this.target, statements);
  }

  async select(query: string): Promise<TextRow[]> {
    // A JSON text has no line breaks, whatever is in its strings.
    const lines = await psql(
      this.target,
      `select (select json_agg(value) from json_each_text(to_json(r))) from (${query}) r`,
    );
    return lines.map((line) => JSON.parse(line) as TextRow);
  }

  connector(name: string, more: ConnectorProperties): ConnectorProperties {
    return {
      name,
      'connector.class': 'io.debezium.connector.postgresql.PostgresConnector',
      'tasks.max': '1',
      'database.hostname': SANDBOX_HOST,
      'database.port': String(this.target.port),
      'database.user': POSTGRES_SUPERUSER,
      'database.password': 'none',
      'database.dbname': this.target.database,
      'topic.prefix': name,
      'plugin.name': 'pgoutput',
      'slot.name': name.replaceAll('-', '_'),
      'publication.name': PUBLICATION,
      'publication.autocreate.mode': 'disabled',
      ...more,
    };
  }

  async followers(): Promise<number> {
    const [line] = await psql(this.target, 'select count(*) from pg_replication_slots where active');
    return Number(line);
  }

  async close(): Promise<void> {
    // Every statement has had a client of its own.
  }
}
