import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createEngine, type LoadEngine } from '../../../sandbox/olap/engine.js';
import type { ColumnDefinition, ColumnType, TableDefinition, TableModel } from '../../../sandbox/olap/model.js';

function column(name: string, type: ColumnType, extra: Partial<ColumnDefinition> = {}): ColumnDefinition {
  return { name, type, nullable: true, key: false, comment: '', ...extra };
}

function table(model: TableModel, columns: readonly ColumnDefinition[], extra: Partial<TableDefinition> = {}) {
  return {
    database: 'shop',
    name: 'orders',
    model,
    keys: columns.filter((each) => each.key).map((each) => each.name),
    columns,
    distribution: 'HASH(`id`) BUCKETS 1',
    properties: {},
    comment: '',
    ...extra,
  };
}

const ID = column('id', { base: 'BIGINT' }, { key: true, nullable: false });

describe('the engine', () => {
  let engine: LoadEngine;
  beforeEach(async () => {
    engine = await createEngine();
    await engine.createDatabase('shop');
  });
  afterEach(() => engine.close());

  const rows = async (
    sql = 'SELECT * FROM shop.orders ORDER BY ALL',
  ): Promise<readonly (readonly (string | null)[])[]> => (await engine.query(sql, {})).rows;

  it('keeps every type exactly and prints it as the database does', async () => {
    await engine.createTable(
      table('DUPLICATE', [
        ID,
        column('flag', { base: 'BOOLEAN' }),
        column('big', { base: 'LARGEINT' }),
        column('price', { base: 'DECIMAL', precision: 38, scale: 9 }),
        column('day', { base: 'DATE' }),
        column('at', { base: 'DATETIME' }),
        column('at3', { base: 'DATETIME', precision: 3 }),
        column('at6', { base: 'DATETIME', precision: 6 }),
        column('ratio', { base: 'FLOAT' }),
        column('weight', { base: 'DOUBLE' }),
        column('name', { base: 'VARCHAR', length: 20 }),
        column('tags', { base: 'ARRAY', element: { base: 'INT' } }),
      ]),
    );
    const columns = ['id', 'flag', 'big', 'price', 'day', 'at', 'at3', 'at6', 'ratio', 'weight', 'name', 'tags'];
    await engine.write('shop', 'orders', {
      columns,
      rows: [
        [
          9223372036854775807n,
          true,
          '-170141183460469231731687303715884105728',
          '-12345678901234567890123456789.123456789',
          '0001-01-01',
          '2024-02-29 23:59:59',
          '2024-02-29 23:59:59.120',
          '9999-12-31 00:00:00.000001',
          0.1,
          1e-7,
          'größe "x"',
          '[1, 2]',
        ],
        [1, null, null, null, null, null, null, null, null, null, null, null],
      ],
    });
    expect(await rows()).toEqual([
      ['1', ...Array.from({ length: 11 }, () => null)],
      [
        '9223372036854775807',
        '1',
        '-170141183460469231731687303715884105728',
        '-12345678901234567890123456789.123456789',
        '0001-01-01',
        '2024-02-29 23:59:59',
        '2024-02-29 23:59:59.120',
        '9999-12-31 00:00:00.000001',
        '0.1',
        '1e-7',
        'größe "x"',
        '[1, 2]',
      ],
    ]);
  });

  it('lets the last row of a key win in a UNIQUE table, within one load and over loads', async () => {
    await engine.createTable(table('UNIQUE', [ID, column('state', { base: 'STRING' })]));
    await engine.write('shop', 'orders', {
      columns: ['id', 'state'],
      rows: [
        [1, 'new'],
        [2, 'new'],
        [1, 'paid'],
      ],
    });
    await engine.write('shop', 'orders', {
      columns: ['id', 'state'],
      rows: [
        [2, 'gone'],
        [1, 'sent'],
        [3, 'new'],
      ],
      deleted: [true, false, false],
    });
    expect(await rows()).toEqual([
      ['1', 'sent'],
      ['3', 'new'],
    ]);
  });

  it('keeps the row of the highest sequence where the table has a sequence column', async () => {
    const columns = [ID, column('version', { base: 'INT' })];
    await engine.createTable(table('UNIQUE', columns, { properties: { 'function_column.sequence_col': 'version' } }));
    await engine.write('shop', 'orders', { columns: ['id', 'version'], rows: [[1, 7], [1, 5], [2, 1]] }); // biome-ignore format: rows
    await engine.write('shop', 'orders', { columns: ['id', 'version'], rows: [[1, 6], [2, 1]] }); // biome-ignore format: rows
    expect(await rows()).toEqual([
      ['1', '7'],
      ['2', '1'],
    ]);
  });

  it('updates the named columns of a partial write and gives new keys the defaults of the others', async () => {
    const columns = [ID, column('state', { base: 'STRING' }), column('qty', { base: 'INT' }, { defaultValue: '5' })];
    await engine.createTable(table('UNIQUE', columns));
    await engine.write('shop', 'orders', { columns: ['id', 'state', 'qty'], rows: [[1, 'new', 9]] });
    await engine.write('shop', 'orders', {
      columns: ['id', 'state'],
      rows: [
        [1, 'paid'],
        [2, 'new'],
      ],
      partial: true,
    });
    expect(await rows()).toEqual([
      ['1', 'paid', '9'],
      ['2', 'new', '5'],
    ]);
  });

  it('merges the values of equal keys in an AGGREGATE table', async () => {
    await engine.createTable(
      table('AGGREGATE', [
        ID,
        column('total', { base: 'BIGINT' }, { aggregation: 'SUM' }),
        column('most', { base: 'INT' }, { aggregation: 'MAX' }),
        column('last', { base: 'STRING' }, { aggregation: 'REPLACE' }),
        column('known', { base: 'STRING' }, { aggregation: 'REPLACE_IF_NOT_NULL' }),
      ]),
    );
    const names = ['id', 'total', 'most', 'last', 'known'];
    await engine.write('shop', 'orders', { columns: names, rows: [[1, 10, 3, 'a', 'x'], [1, 5, 4, 'b', null]] }); // biome-ignore format: rows
    await engine.write('shop', 'orders', { columns: names, rows: [[1, 1, 2, null, null], [2, 1, 1, 'z', 'z']] }); // biome-ignore format: rows
    expect(await rows()).toEqual([
      ['1', '16', '4', null, 'x'],
      ['2', '1', '1', 'z', 'z'],
    ]);
  });

  it('gives columns that a write does not name their defaults', async () => {
    const columns = [
      ID,
      column('state', { base: 'STRING' }, { defaultValue: "o'k" }),
      column('note', { base: 'STRING' }),
    ];
    await engine.createTable(table('DUPLICATE', columns));
    await engine.write('shop', 'orders', { columns: ['id'], rows: [[1]] });
    expect(await rows()).toEqual([['1', "o'k", null]]);
  });

  it('publishes rows that were staged before columns were added and dropped', async () => {
    await engine.createTable(table('DUPLICATE', [ID, column('a', { base: 'INT' }), column('b', { base: 'INT' })]));
    const staged = engine.stage('shop', 'orders', {
      columns: engine.table('shop', 'orders')?.columns ?? [],
      partial: false,
      deletes: false,
    });
    staged.append([1, 2, 3]);
    staged.seal();
    await engine.addColumns('shop', 'orders', [column('c', { base: 'INT' }, { defaultValue: '7' })]);
    await engine.dropColumn('shop', 'orders', 'a');
    expect(await rows()).toEqual([]);
    await engine.publish(staged);
    expect(await rows()).toEqual([['1', '3', '7']]);
  });

  it('refuses a column that exists, in the words that connectors look for', async () => {
    await engine.createTable(table('DUPLICATE', [ID]));
    await expect(engine.addColumns('shop', 'orders', [column('ID', { base: 'INT' })])).rejects.toMatchObject({
      errno: 1105,
      message: 'errCode = 2, detailMessage = Can not add column which already exists in base table: ID',
    });
  });

  it('changes types and names of columns', async () => {
    await engine.createTable(table('UNIQUE', [ID, column('qty', { base: 'INT' })]));
    await engine.write('shop', 'orders', { columns: ['id', 'qty'], rows: [[1, 2]] });
    await engine.modifyColumn('shop', 'orders', column('qty', { base: 'BIGINT' }));
    await engine.renameColumn('shop', 'orders', 'qty', 'amount');
    await engine.write('shop', 'orders', { columns: ['id', 'amount'], rows: [[2, 5000000000n]] });
    expect(await rows('SELECT amount FROM shop.orders ORDER BY 1')).toEqual([['2'], ['5000000000']]);
  });

  it('drops, truncates and names what is missing', async () => {
    await engine.createTable(table('DUPLICATE', [ID]));
    await engine.write('shop', 'orders', { columns: ['id'], rows: [[1]] });
    await engine.truncateTable('shop', 'orders');
    expect(await rows()).toEqual([]);
    await expect(engine.createTable(table('DUPLICATE', [ID]))).rejects.toMatchObject({ errno: 1050 });
    await engine.dropTable('shop', 'orders');
    await expect(engine.dropTable('shop', 'orders')).rejects.toMatchObject({ errno: 1051 });
    await engine.dropDatabase('shop');
    await expect(engine.truncateTable('shop', 'orders')).rejects.toMatchObject({ errno: 1049 });
  });
});

it('keeps tables and rows in a data file over a restart', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'sluice-engine-'));
  const dataFile = path.join(folder, 'double.duckdb');
  try {
    const before = await createEngine({ dataFile });
    await before.createDatabase('shop');
    await before.createTable(table('UNIQUE', [ID]));
    await before.write('shop', 'orders', { columns: ['id'], rows: [[1]] });
    await before.close();
    const after = await createEngine({ dataFile });
    expect(after.table('shop', 'orders')?.model).toBe('UNIQUE');
    expect((await after.query('SELECT id FROM orders', { database: 'shop' })).rows).toEqual([['1']]);
    await after.close();
  } finally {
    await rm(folder, { recursive: true });
  }
});
