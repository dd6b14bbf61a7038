/** What the record path learns of tables: nothing without asking, and nothing that others have changed since. */
import { SluiceError } from '../../../../connect/errors.js';
import {
  NotReady,
  SchemaChangeNeeded,
  type TableChange,
  type TableSchema,
} from '../../../../connect/pipeline/index.js';
import { parseDorisSinkConfig } from '../../../../connectors/doris/config.js';
import { DorisTables } from '../../../../connectors/doris/ddl/index.js';
import type { TableDescription } from '../../../../connectors/sink-driver.js';
import { rawConfig } from '../support/sink.js';
import { attempt, field, rows, TABLE } from './support.js';

const id = field('id', 'INT64');

function description(...columns: string[]): TableDescription {
  return {
    model: 'unique',
    mergeOnWrite: true,
    columns: columns.map((column) => {
      const [name = '', type = ''] = column.split(' ');
      return { name, type, key: name === 'id', nullable: true, comment: '' };
    }),
  };
}

class Bench {
  table: TableDescription | undefined = description('id bigint', 'name varchar(8)');
  asked = 0;
  nowMs = 0;
  readonly tables: DorisTables;

  constructor(config: Readonly<Record<string, string>>) {
    const describe = async () => {
      this.asked += 1;
      return this.table;
    };
    const modes = { timePrecisionMode: 'adaptive', decimalHandlingMode: 'precise' } as const;
    this.tables = new DorisTables(
      describe,
      parseDorisSinkConfig(rawConfig(8030, config)).schema,
      modes,
      () => this.nowMs,
    );
  }

  /** As the reader does it: what is missing is asked for, then the record is tried again. */
  async meets(schema: TableSchema): Promise<readonly TableChange[] | 'fits'> {
    for (let tries = 0; tries < 5; tries++) {
      try {
        this.tables.onSchema(TABLE, schema);
        return 'fits';
      } catch (error) {
        if (error instanceof SchemaChangeNeeded) return error.changes;
        if (!(error instanceof NotReady)) throw error;
        await error.ready(attempt.signal);
      }
    }
    throw new Error('it never gets ready');
  }
}

test('nothing is asked where it makes no difference what a table is like', async () => {
  const bench = new Bench({});
  expect(await bench.meets(rows(id, field('unknown')))).toBe('fits');
  expect(bench.asked).toBe(0);
});

test('a table is looked at once for all schemas that fit it', async () => {
  const bench = new Bench({ 'schema.evolution': 'basic' });
  expect(await bench.meets(rows(id))).toBe('fits');
  expect(await bench.meets(rows(field('NAME'), id))).toBe('fits');
  expect(bench.asked).toBe(1);
});

test('what is missing is asked for in one change, which holds what it follows from and no more', async () => {
  const bench = new Bench({ 'schema.evolution': 'basic' });
  expect(await bench.meets(rows(id, field('a', 'INT32'), field('name'), field('b')))).toEqual([
    {
      kind: 'schema',
      ...TABLE,
      schema: { ...rows(field('a', 'INT32'), field('b')) },
      statements: ['ALTER TABLE `db`.`t` ADD COLUMN (`a` INT NULL, `b` STRING NULL)'],
    },
  ]);
});

test('what another task has added meanwhile is not asked for', async () => {
  const bench = new Bench({ 'schema.evolution': 'basic' });
  expect(await bench.meets(rows(id))).toBe('fits');
  bench.table = description('id bigint', 'name varchar(8)', 'added text');
  expect(await bench.meets(rows(id, field('added')))).toBe('fits');
  expect(bench.asked).toBe(2);
});

test('two readers that meet the same new column do not keep each other asking', async () => {
  const bench = new Bench({ 'schema.evolution': 'basic' });
  expect(await bench.meets(rows(id))).toBe('fits');
  const [one, other] = [rows(id, field('added')), rows(id, field('added'))];
  const outcomes = await Promise.all([bench.meets(one), bench.meets(other)]);
  expect(outcomes.map((changes) => (changes === 'fits' ? changes : changes.length))).toEqual([1, 1]);
});

test('after a change the table is looked at again', async () => {
  const bench = new Bench({ 'schema.evolution': 'basic' });
  const schema = rows(id, field('added'));
  expect(await bench.meets(schema)).toHaveLength(1);
  bench.table = description('id bigint', 'name varchar(8)', 'added text');
  bench.tables.forget(TABLE);
  expect(await bench.meets(schema)).toBe('fits');
});

test('full asks for wider types, basic does not', async () => {
  const wide = () => rows(id, field('name'));
  expect(await new Bench({ 'schema.evolution': 'basic' }).meets(wide())).toBe('fits');
  expect(await new Bench({ 'schema.evolution': 'full' }).meets(wide())).toMatchObject([
    { statements: ['ALTER TABLE `db`.`t` MODIFY COLUMN `name` STRING NULL'] },
  ]);
});

test('a key stays of a type that keys can have', async () => {
  const bench = new Bench({ 'schema.evolution': 'full' });
  bench.table = description('id varchar(65533)');
  expect(await bench.meets(rows(field('id')))).toBe('fits');
});

test("signs of Doris, and the field that names a row's table, are no columns", async () => {
  const bench = new Bench({ 'schema.evolution': 'basic', 'record.tablename.field': 'target' });
  expect(await bench.meets(rows(id, field('__DORIS_DELETE_SIGN__', 'INT8'), field('target')))).toBe('fits');
});

test('unknown fields are an error where the user wants that, once it is sure that they are unknown', async () => {
  const bench = new Bench({ 'schema.evolution.unknown.fields': 'fail' });
  expect(await bench.meets(rows(id))).toBe('fits');
  bench.table = description('id bigint', 'name varchar(8)', 'late text');
  expect(await bench.meets(rows(id, field('late')))).toBe('fits');
  const failure = await bench.meets(rows(id, field('x'), field('y'))).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(SluiceError);
  expect(failure).toMatchObject({
    code: 'RECORD_INVALID',
    message: 'The record has the fields x, y, which are no columns of db.t.',
  });
});

describe('a table that is not there', () => {
  test('is created where that is wanted, with all fields and the key of the record', async () => {
    const bench = new Bench({ 'auto.create': 'true' });
    bench.table = undefined;
    const nested = { name: 'doc', schema: rows(field('deep')).row };
    const schema = { ...rows(field('name'), id, nested), keys: ['id'] };
    const changes = await bench.meets(schema);
    expect(changes).toMatchObject([
      {
        schema: { keys: ['id'], row: { fields: [{ name: 'name' }, { name: 'id' }, { schema: { fields: [] } }] } },
        statements: [expect.stringContaining('UNIQUE KEY(`id`)')],
      },
    ]);
    bench.table = description('id bigint', 'name text', 'doc json');
    bench.tables.forget(TABLE);
    expect(await bench.meets(schema)).toBe('fits');
  });

  test('is not given columns for later schemas unless that is wanted too', async () => {
    const bench = new Bench({ 'auto.create': 'true' });
    expect(await bench.meets(rows(id, field('later')))).toBe('fits');
  });

  test('is an error elsewhere', async () => {
    const bench = new Bench({ 'schema.evolution': 'basic' });
    bench.table = undefined;
    const failure = await bench.meets(rows(id)).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'SINK_TABLE_UNKNOWN', hint: expect.stringContaining('auto.create=true') });
  });
});

test('events without a schema learn what the columns are', async () => {
  const bench = new Bench({});
  bench.table = description('id bigint', 'day date', 'price decimal(10,2)');
  const notReady = (): unknown => {
    try {
      return bench.tables.fieldsOf(TABLE);
    } catch (error) {
      return error;
    }
  };
  const first = notReady();
  expect(first).toBeInstanceOf(NotReady);
  await (first as NotReady).ready(attempt.signal);
  const fields = bench.tables.fieldsOf(TABLE);
  expect(fields.fields.map(({ name }) => name)).toEqual(['day', 'price']);
  expect(bench.tables.fieldsOf(TABLE)).toBe(fields);
});

describe('what only the user can know', () => {
  const full = (config: Readonly<Record<string, string>>) => new Bench({ 'schema.evolution': 'full', ...config });
  const statementsOf = (changes: readonly TableChange[] | 'fits') =>
    changes === 'fits' ? [] : changes.flatMap((change) => (change.kind === 'schema' ? change.statements : []));

  test('a rename in the source is one here, where it is named', async () => {
    const renamed = () =>
      rows(id, field('title', 'STRING', { parameters: { '__debezium.source.column.length': '2' } }));
    const bench = full({ 'schema.evolution.rename.columns': 't.name:title' });
    const changes = await bench.meets(renamed());
    expect(statementsOf(changes)).toEqual(['ALTER TABLE `db`.`t` RENAME COLUMN `name` `title`']);
    expect(changes).toMatchObject([{ schema: { row: { fields: [{ name: 'id' }, { name: 'title' }] } } }]);
    const elsewhere = full({ 'schema.evolution.rename.columns': 'other.name:title' });
    expect(statementsOf(await elsewhere.meets(renamed()))[0]).toContain('ADD COLUMN (`title`');
  });

  test('while records still have the old field, or when the new column is there already, nothing is renamed', async () => {
    const config = { 'schema.evolution.rename.columns': 'name:title' };
    const both = rows(id, field('name', 'BOOLEAN'), field('title', 'BOOLEAN'));
    expect(statementsOf(await full(config).meets(both)).some((statement) => /RENAME/.test(statement))).toBe(false);
    const done = full(config);
    done.table = description('id bigint', 'name text', 'title text');
    expect(await done.meets(rows(id, field('title')))).toBe('fits');
  });

  test('a column is dropped when records have it no more, where it may be', async () => {
    const config = { 'schema.evolution.drop.columns': 'name,id' };
    expect(statementsOf(await full(config).meets(rows(field('x', 'INT8'))))).toEqual([
      'ALTER TABLE `db`.`t` ADD COLUMN (`x` TINYINT NULL)',
      'ALTER TABLE `db`.`t` DROP COLUMN `name`',
    ]);
    expect(await full({}).meets(rows(id))).toBe('fits');
    expect(await new Bench({ 'schema.evolution': 'basic', ...config }).meets(rows(id))).toBe('fits');
  });
});

test('a record that is read a second time, for it seemed to be broken, needs the same', async () => {
  const bench = new Bench({ 'schema.evolution': 'basic' });
  const schema = rows(id, field('added'));
  const changes = await bench.meets(schema);
  expect(await bench.meets(schema)).toEqual(changes);
  expect(bench.asked).toBe(1);
});

test('what a person has changed is seen after ten minutes', async () => {
  const bench = new Bench({ 'schema.evolution': 'basic' });
  const schema = rows(id, field('name'));
  expect(await bench.meets(schema)).toBe('fits');
  bench.table = description('id bigint');
  expect(await bench.meets(schema)).toBe('fits');
  bench.nowMs += 600_001;
  expect(await bench.meets(schema)).toMatchObject([
    { statements: ['ALTER TABLE `db`.`t` ADD COLUMN (`name` STRING NULL)'] },
  ]);
});
