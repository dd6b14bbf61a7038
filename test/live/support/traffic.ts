/** A stream of random changes to one table, valid in both databases. */
import { Random } from '../../../sandbox/simulator/random.js';
import type { FollowedTable } from './followed-table.js';
import type { AsText } from './story.js';
import { always } from './variant.js';

export function accounts(text: AsText): FollowedTable {
  return {
    name: 'accounts',
    key: ['id'],
    columns: [
      { name: 'id', doris: 'INT', shown: always(text('id')) },
      { name: 'balance', doris: 'DECIMAL(12,2)', shown: always(text('balance')) },
      { name: 'note', doris: 'STRING', shown: always(text('note')) },
    ],
  };
}

export const ACCOUNTS_DDL = `create table accounts (id int primary key, balance decimal(12,2), note text);
  insert into accounts values (0, 0, 'snapshot');`;

export class Traffic {
  /** Events that Debezium makes of the changes so far: a changed key is a delete and an insert. */
  events = 0;
  private readonly random: Random;
  private readonly ids = [0];
  private nextId = 1;

  constructor(seed: string) {
    this.random = new Random(`traffic/${seed}`);
  }

  /** So many changes, each a statement and a transaction of its own. */
  changes(count: number): string {
    return Array.from({ length: count }, () => this.change()).join('\n');
  }

  private change(): string {
    const balance = (this.random.between(-1_000_000, 1_000_000) / 100).toFixed(2);
    const kind = this.ids.length < 20 ? 'insert' : this.random.pick(['insert', 'update', 'update', 'delete', 'move']);
    switch (kind) {
      case 'insert': {
        this.events += 1;
        return `insert into accounts values (${this.newId()}, ${balance}, 'inserted');`;
      }
      case 'update':
        this.events += 1;
        return `update accounts set balance = ${balance}, note = 'updated' where id = ${this.random.pick(this.ids)};`;
      case 'delete':
        // With its tombstone.
        this.events += 2;
        return `delete from accounts where id = ${this.oldId()};`;
      default: {
        this.events += 3;
        const old = this.oldId();
        return `update accounts set id = ${this.newId()}, note = 'moved' where id = ${old};`;
      }
    }
  }

  private newId(): number {
    this.ids.push(this.nextId);
    return this.nextId++;
  }

  private oldId(): number {
    const [id] = this.ids.splice(this.random.between(0, this.ids.length - 1), 1);
    if (id === undefined) throw new RangeError('there is no account');
    return id;
  }
}
