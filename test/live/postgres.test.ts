/** PostgreSQL → Debezium → Kafka → Sluice → Doris, live: at the end the tables are compared cell by cell. */
import { describeChanges } from './support/changes.js';
import { POSTGRES_COLUMNS, POSTGRES_TYPES } from './support/postgres-columns.js';

await describeChanges('changes of PostgreSQL', {
  database: 'postgres',
  columns: POSTGRES_COLUMNS,
  text: (expression) => `${expression}::text`,
  first: POSTGRES_TYPES,
  variants: [
    { name: 'adaptive', title: 'events with schemas', time: 'adaptive', schemas: true },
    { name: 'connect', title: "Connect's own types of time", time: 'connect', schemas: true },
    {
      name: 'micro',
      title: 'microseconds, decimals and intervals as texts',
      time: 'microseconds',
      schemas: true,
      source: { 'decimal.handling.mode': 'string', 'interval.handling.mode': 'string', 'binary.handling.mode': 'hex' },
    },
    { name: 'nano', title: 'nanoseconds', time: 'nanoseconds', schemas: true },
    {
      name: 'plain',
      title: 'events without schemas',
      time: 'isostring',
      schemas: false,
      source: { 'decimal.handling.mode': 'string', 'binary.handling.mode': 'hex' },
    },
    { name: 'numbers', title: 'events without schemas, times as numbers', time: 'adaptive', schemas: false },
    { name: 'flat', title: 'flattened in Kafka Connect', time: 'adaptive', schemas: true, flattenedBy: 'source' },
    { name: 'unwrapped', title: 'flattened by Sluice', time: 'adaptive', schemas: true, flattenedBy: 'sink' },
  ],
});
