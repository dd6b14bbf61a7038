/** MariaDB as a source of changes. */
import mysql from 'mysql2/promise';
import { SANDBOX_HOST } from '../world/ports.js';
import { MARIADB_ADMIN, MARIADB_CAPTURE } from '../world/services/mariadb.js';
import type { ConnectorProperties, Source, TextRow } from './source.js';

export const MARIADB_DATABASE = 'shop';
/** Each follower of a binary log has a number of its own, as servers have. */
const FIRST_FOLLOWER = 1_000;

export class MariadbSource implements Source {
  private connectors = 0;

  private constructor(
    private readonly port: number,
    private readonly kafka: string,
    private readonly connection: mysql.Connection,
  ) {}

  /**
   * Connects to a server of the sandbox, and makes the database.
   *
   * @param kafka where the connectors keep the history of the tables, `host:port`
   */
  static async open(port: number, kafka: string): Promise<MariadbSource> {
    const connection = await mysql.createConnection({
      host: SANDBOX_HOST,
      port,
      ...MARIADB_ADMIN,
      charset: 'utf8mb4',
      multipleStatements: true,
    });
    await connection.query(`create database ${MARIADB_DATABASE}; use ${MARIADB_DATABASE}`);
    return new MariadbSource(port, kafka, connection);
  }

  get client(): string {
    const { user, password } = MARIADB_ADMIN;
    return `mariadb -h ${SANDBOX_HOST} -P ${this.port} -u ${user} -p${password} ${MARIADB_DATABASE}`;
  }

  async execute(statements: string): Promise<void> {
    await this.connection.query(statements);
  }

  async select(query: string): Promise<TextRow[]> {
    const [rows] = await this.connection.query({ sql: query, rowsAsArray: true, typeCast: (field) => field.string() });
    return rows as unknown as TextRow[];
  }

  connector(name: string, more: ConnectorProperties): ConnectorProperties {
    return {
      name,
      'connector.class': 'io.debezium.connector.mariadb.MariaDbConnector',
      'tasks.max': '1',
      'database.hostname': SANDBOX_HOST,
      'database.port': String(this.port),
      'database.user': MARIADB_CAPTURE.user,
      'database.password': MARIADB_CAPTURE.password,
      'database.server.id': String(FIRST_FOLLOWER + this.connectors++),
      'database.include.list': MARIADB_DATABASE,
      'topic.prefix': name,
      'schema.history.internal.kafka.bootstrap.servers': this.kafka,
      'schema.history.internal.kafka.topic': `${name}-schema-history`,
      ...more,
    };
  }

  async followers(): Promise<number> {
    const [rows] = await this.connection.query<mysql.RowDataPacket[]>(
      "select count(*) as n from information_schema.processlist where command like 'Binlog Dump%'",
    );
    return Number(rows[0]?.n ?? 0);
  }

  async close(): Promise<void> {
    await this.connection.end();
  }
}
