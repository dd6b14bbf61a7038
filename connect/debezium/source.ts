/** What an event says about the database that it comes from. */
import type { StructSchema } from '../data/schema.js';

/** `mysql` is MariaDB too. */
export type Dialect = 'mysql' | 'postgresql' | 'other';

/** The source's block is of a schema such as `io.debezium.connector.postgresql.Source`. */
export function dialectOf(envelope: StructSchema): Dialect {
  const source = envelope.fields.find(({ name }) => name === 'source')?.schema.name ?? '';
  return dialectOfConnector(/^io\.debezium\.connector\.([a-z]+)\./.exec(source)?.[1] ?? '');
}

/** The dialect of a connector, by the name that it has in `source.connector`. */
export function dialectOfConnector(connector: string): Dialect {
  if (connector === 'mysql' || connector === 'mariadb') return 'mysql';
  return connector === 'postgresql' ? 'postgresql' : 'other';
}
