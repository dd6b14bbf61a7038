/** What happens to the tables of either database: the same statements, but for a few words. */
import type { FollowedTable } from './followed-table.js';
import { always, type CapturedColumn } from './variant.js';

/** How a database writes an expression as a text. */
export type AsText = (expression: string) => string;

export function allTypes(columns: readonly CapturedColumn[], text: AsText): FollowedTable {
  const key = { name: 'id', doris: 'BIGINT', shown: always(text('id')) };
  return { name: 'all_types', key: ['id'], columns: [key, ...columns] };
}

export function orders(text: AsText): FollowedTable {
  return {
    name: 'orders',
    key: ['id', 'region'],
    columns: [
      { name: 'id', doris: 'INT', shown: always(text('id')) },
      { name: 'region', doris: 'VARCHAR(40)', shown: always(text('region')) },
      { name: 'buyer', doris: 'STRING', shown: always(text('buyer')) },
      { name: 'amount', doris: 'DECIMAL(12,2)', shown: always(text('amount')) },
      { name: 'status', doris: 'VARCHAR(120)', default: 'new', isAdded: true, shown: always(text('status')) },
      { name: 'weight', doris: 'DECIMAL(8,3)', isAdded: true, shown: always(text('weight')) },
    ],
  };
}

export function visits(text: AsText): FollowedTable {
  return {
    name: 'visits',
    key: ['id'],
    columns: [
      { name: 'id', doris: 'INT', shown: always(text('id')) },
      { name: 'page', doris: 'STRING', shown: always(text('page')) },
    ],
  };
}

export function snapshotOf(columns: readonly CapturedColumn[]): string {
  return `
    create table all_types (id bigint primary key, ${columns.map(({ name, type }) => `${name} ${type}`).join(', ')});
    create table orders (id int not null, region varchar(10) not null, buyer text,
      amount decimal(12,2) not null default 1.50, primary key (id, region));
    create table visits (id int primary key, page text);
    ${insertAll(columns, 1, 0)}
    ${insertNulls(columns, 2)}
    ${insertAll(columns, 3, 1)}
    insert into orders values (1, 'eu', 'snapshot', 10.25), (2, 'eu', 'to be updated', 2), (3, 'eu', 'to be deleted', 3),
      (4, 'eu', 'to get another key', 4);
    insert into visits values (1, 'before'), (2, 'before');`;
}

/** In the order in which they have to be applied; each statement is a transaction of its own. */
export function changesOf(columns: readonly CapturedColumn[]): string {
  const extremes = columns.map(({ name, values: [, extreme] }) => `${name} = ${extreme}`);
  return `
    ${insertAll(columns, 4, 1)}
    ${insertAll(columns, 5, 0)}
    ${insertAll(columns, 6, 0)}
    ${insertAll(columns, 7, 0)}
    ${insertNulls(columns, 8)}
    update all_types set ${columns.map(({ name }) => `${name} = null`).join(', ')} where id = 3;
    update all_types set ${extremes.join(', ')} where id = 6;
    delete from all_types where id = 7;

    update orders set buyer = 'updated', amount = 20 where id = 2;
    delete from orders where id = 3;
    update orders set id = 40 where id = 4;
    insert into orders values (5, 'us', 'inserted', -0.01), (6, 'us', 'inserted and deleted', 0);
    delete from orders where id = 6;
    insert into orders values (6, 'us', 'inserted again', 66.60);
    alter table orders add column status varchar(30) default 'new';
    insert into orders values (7, 'us', 'after the first new column', 7, 'sent');
    update orders set status = 'paid' where id = 2;
    alter table orders add column weight decimal(8,3);
    insert into orders values (8, 'us', 'after the second new column', 8, null, 0.125), (9, 'us', null, 9, 'open', null);
    update orders set region = 'asia' where id = 1;
    delete from orders where id = 5;
    insert into orders (id, region) values (10, 'us');

    update visits set page = 'changed' where id = 1;
    insert into visits values (3, 'before');
    truncate table visits;
    insert into visits values (1, 'after'), (4, 'after');`;
}

function insertAll(columns: readonly CapturedColumn[], id: number, which: 0 | 1): string {
  return `insert into all_types values (${[id, ...columns.map(({ values }) => values[which])].join(', ')});`;
}

function insertNulls(columns: readonly CapturedColumn[], id: number): string {
  return `insert into all_types values (${[id, ...columns.map(() => 'null')].join(', ')});`;
}
