/** MariaDB → Debezium → Kafka → Sluice → Doris, live: at the end the tables are compared cell by cell. */
import { describeChanges } from './support/changes.js';
import { MARIADB_COLUMNS } from './support/mariadb-columns.js';

await describeChanges('changes of MariaDB', {
  database: 'mariadb',
  columns: MARIADB_COLUMNS,
  text: (expression) => `cast(${expression} as char)`,
  variants: [
    { name: 'adaptive', title: 'events with schemas', time: 'adaptive_time_microseconds', schemas: true },
    { name: 'connect', title: "Connect's own types of time", time: 'connect', schemas: true },
    {
      name: 'micro',
      title: 'microseconds, decimals as texts',
      time: 'microseconds',
      schemas: true,
      source: { 'decimal.handling.mode': 'string', 'binary.handling.mode': 'hex' },
    },
    {
      name: 'nano',
      title: 'nanoseconds, unsigned numbers as decimals',
      time: 'nanoseconds',
      schemas: true,
      source: { 'bigint.unsigned.handling.mode': 'precise' },
    },
    {
      name: 'plain',
      title: 'events without schemas',
      time: 'isostring',
      schemas: false,
      source: { 'decimal.handling.mode': 'string', 'binary.handling.mode': 'hex' },
    },
    {
      name: 'numbers',
      title: 'events without schemas, times as numbers',
      time: 'adaptive_time_microseconds',
      schemas: false,
    },
    {
      name: 'flat',
      title: 'flattened in Kafka Connect',
      time: 'adaptive_time_microseconds',
      schemas: true,
      flattenedBy: 'source',
    },
    {
      name: 'unwrapped',
      title: 'flattened by Sluice',
      time: 'adaptive_time_microseconds',
      schemas: true,
      flattenedBy: 'sink',
    },
  ],
});
