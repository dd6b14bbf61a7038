import fc from 'fast-check';
import { createEngine, type LoadEngine } from '../../../../sandbox/olap/engine.js';
import { DEFAULT_LOAD_OPTIONS, type LoadOptions } from '../../../../sandbox/olap/load/options.js';
import { planLoad } from '../../../../sandbox/olap/load/plan.js';
import { LoadRun } from '../../../../sandbox/olap/load/run.js';
import type { TableModel } from '../../../../sandbox/olap/model.js';
import { column } from '../../doris/support/client.js';

describe('loads', () => {
  let engine: LoadEngine;
  beforeEach(async () => {
    engine = await createEngine();
    await engine.createDatabase('db');
  });
  afterEach(() => engine.close());

  const create = async (model: TableModel = 'DUPLICATE'): Promise<void> => {
    const columns = [
      column('id', { base: 'BIGINT' }, { key: true, nullable: false }),
      column('name', { base: 'VARCHAR', length: 20 }),
      column('qty', { base: 'INT' }, { defaultValue: '1' }),
    ];
    const shape = { distribution: '', properties: {}, comment: '' };
    await engine.createTable({ database: 'db', name: 't', model, keys: ['id'], columns, ...shape });
  };

  interface Outcome {
    readonly rows: readonly (readonly (string | null)[])[];
    readonly run: LoadRun;
  }

  const load = async (
    body: string | Buffer,
    options: Partial<LoadOptions> = {},
    pieceBytes = 1000,
  ): Promise<Outcome> => {
    const table = engine.table('db', 't');
    if (table === undefined) throw new Error('create the table first');
    const run = new LoadRun(engine, planLoad(engine, table, { ...DEFAULT_LOAD_OPTIONS, ...options }));
    const bytes = Buffer.from(body);
    for (let at = 0; at < bytes.length; at += pieceBytes) await run.write(bytes.subarray(at, at + pieceBytes));
    await run.finish();
    await engine.publish(run.plan.staged);
    return { run, rows: (await engine.query('SELECT * FROM db.t ORDER BY ALL', {})).rows };
  };
  const json = { format: 'json' } as const;

  describe('of JSON', () => {
    beforeEach(() => create());

    it('takes members in any order, defaults for missing ones, the first of equal ones', async () => {
      const body = [
        '{"id":1,"name":"a","qty":5}',
        '{"qty":6,"extra":{"deep":[1,{}]},"id":2}',
        '',
        ' { "name" : null , "id" : "3" , "id" : 9 } ',
        '{"id":4,"qty":true,"name":{"raw": [1, 2]}}\r',
      ].join('\n');
      const { rows, run } = await load(body, json);
      expect(run.errorLines).toEqual([]);
      expect(rows).toEqual([
        ['1', 'a', '5'],
        ['2', null, '6'],
        ['3', null, '1'],
        ['4', '{"raw": [1, 2]}', '1'],
      ]);
    });

    it('filters bad lines one by one', async () => {
      const { rows, run } = await load('{"id":1}\n{"id":2\n[{"id":3}]\n4\n{"name":"x"}\n{"id":5}{}\n{"id":6}', json);
      expect(rows.map(([id]) => id)).toEqual(['1', '6']);
      expect(run.counts).toEqual({ totalRows: 7, loadedRows: 2, filteredRows: 5, unselectedRows: 0 });
      expect(run.errorLines).toEqual([
        expect.stringMatching(/^Reason: Parse json data for JsonDoc failed\. .* src line \[\{"id":2\]; $/),
        'Reason: JSON data is array-object, `strip_outer_array` must be TRUE.. src line [[{"id":3}]]; ',
        'Reason: Expect json object value. src line [4]; ',
        'Reason: The column `id` is not nullable, but it\'s not found in jsondata.. src line [{"name":"x"}]; ',
        expect.stringContaining('src line [{"id":5}{}]; '),
      ]);
    });

    it('turns what does not convert into NULL, or filters it in strict mode', async () => {
      const body = '{"id":1,"qty":"many"}\n{"id":"one"}';
      const loose = await load(body, json);
      expect(loose.rows).toEqual([['1', null, null]]);
      expect(loose.run.errorLines[0]).toContain('column(id) values is null while columns is not nullable');
      const strict = await load(body, { ...json, strictMode: true });
      expect(strict.run.counts).toMatchObject({ loadedRows: 0, filteredRows: 2 });
      expect(strict.run.errorLines[0]).toContain(
        'column(qty) value is incorrect while strict mode is true, src value is many',
      );
    });

    it('strips the outer array, of the whole body or of each line', async () => {
      const whole = { ...json, readJsonByLine: false, stripOuterArray: true };
      expect((await load('[\n{"id":1},\n{"id":2}, 3\n]', whole, 5)).rows).toHaveLength(2);
      const lines = { ...json, stripOuterArray: true };
      expect((await load('[{"id":3}]\n[{"id":4},{"id":5}]\n[]\n{"id":6}', lines)).rows).toHaveLength(5);
      const broken = await load('[{"id":7},{"id":', whole);
      expect(broken.run.counts).toMatchObject({ loadedRows: 1, filteredRows: 1 });
    });

    it('follows json_root and jsonpaths', async () => {
      const options = { ...json, jsonRoot: '$.data', jsonPaths: ['$.key.id', '$.names[1]', '$["q ty"]'] };
      const body = '{"data":{"key":{"id":9007199254740993},"names":["a","b"],"q ty":7}}\n{"other":1}';
      const { rows, run } = await load(body, options);
      expect(rows).toEqual([['9007199254740993', 'b', '7']]);
      expect(run.errorLines).toEqual([expect.stringContaining('JSON Root not found.')]);
    });

    it('maps, renames and computes columns, and selects rows', async () => {
      const options = {
        ...json,
        columns: 'key, id = key, raw, qty = CAST(raw AS INT) * 2, name = upper(`raw`)',
        where: 'id > 1',
      };
      const { rows, run } = await load('{"key":"1","raw":"5"}\n{"key":"2","raw":"6"}', options);
      expect(rows).toEqual([['2', '6', '12']]);
      expect(run.counts).toEqual({ totalRows: 2, loadedRows: 1, filteredRows: 0, unselectedRows: 1 });
    });

    it("computes in Doris' words: text is a number where it is calculated with", async () => {
      const functions = { ...json, columns: 'id, tmp, qty = if(tmp + 0 > 2, tmp*2, -tmp), name = ifnull(tmp, "none")' };
      const { rows } = await load('{"id":1,"tmp":"7"}\n{"id":2,"tmp":"1"}\n{"id":3}', functions);
      expect(rows).toEqual([
        ['1', '7', '14'],
        ['2', '1', '-1'],
        ['3', 'none', null],
      ]);
      const plain = await load('{"id":4,"tmp":"25"}', {
        ...json,
        columns: 'id, tmp, qty = tmp*2',
        where: 'qty >= 50 AND 9 < tmp',
      });
      expect(plain.run.counts).toMatchObject({ loadedRows: 1 });
    });

    it('reads bytes cut anywhere, and filters lines that are no UTF-8', async () => {
      const body = Buffer.concat([Buffer.from('{"id":1,"name":"größe"}\n{"id":2,"name":"'), Buffer.from([0xff]), Buffer.from('"}\n{"id":3,"name":"日本"}')]); // biome-ignore format: one body
      const { rows, run } = await load(body, json, 1);
      expect(rows).toEqual([
        ['1', 'größe', '1'],
        ['3', '日本', '1'],
      ]);
      expect(run.counts.filteredRows).toBe(1);
    });

    it('loads any text exactly', async () => {
      const text = fc.string({ maxLength: 5, unit: 'grapheme' });
      await fc.assert(
        fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 20 }), async (names) => {
          await engine.truncateTable('db', 't');
          const lines = names.map((name, id) => JSON.stringify({ id, name }));
          const { rows, run } = await load(lines.join('\n'), json, 7);
          const fitting = names.flatMap((name, id) => (Buffer.byteLength(name) <= 20 ? [[String(id), name, '1']] : []));
          expect(run.counts.filteredRows).toBe(names.length - fitting.length);
          expect([...rows].sort((left, right) => Number(left[0]) - Number(right[0]))).toEqual(fitting);
        }),
        { numRuns: 30 },
      );
    });
  });

  describe('of CSV', () => {
    beforeEach(() => create());

    it('splits at separators of any length and takes \\N as NULL', async () => {
      const options = { columnSeparator: '||', lineDelimiter: '\u0001\u0002' };
      const { rows } = await load('1||a||5\u0001\u00022||\\N||6', options);
      expect(rows).toEqual([
        ['1', 'a', '5'],
        ['2', null, '6'],
      ]);
    });

    it('filters rows with the wrong number of columns', async () => {
      const { rows, run } = await load('1,a,5\r\n2,b\n3,c,7,8\n', { columnSeparator: ',' });
      expect(rows).toEqual([['1', 'a', '5']]);
      expect(run.errorLines).toEqual([
        expect.stringContaining(
          'actual column number in csv file is less than schema column number.actual number: 2, schema column number: 3;',
        ),
        expect.stringContaining('actual column number in csv file is more than schema column number.actual number: 4'),
      ]);
    });

    it('reads quoted fields with separators, line ends and quotes in them', async () => {
      const options = { columnSeparator: ',', enclose: '"', escape: '\\', skipLines: 1 };
      const body = 'id,name,qty\n1,"a,b\nc",5\n2,"say ""hi""",6\n3,"x\\"y",7\n';
      expect((await load(body, options)).rows).toEqual([
        ['1', 'a,b\nc', '5'],
        ['2', 'say "hi"', '6'],
        ['3', 'x"y', '7'],
      ]);
    });

    it('trims quotes, reads empty fields as NULL and takes the columns in another order', async () => {
      const options = {
        columnSeparator: ',',
        trimDoubleQuotes: true,
        emptyFieldAsNull: true,
        columns: 'name,skipped,id',
      };
      expect((await load('"a",x,1\n,y,2', options)).rows).toEqual([
        ['1', 'a', '1'],
        ['2', null, '1'],
      ]);
    });
  });

  describe('into UNIQUE tables', () => {
    beforeEach(() => create('UNIQUE'));

    it('deletes by sign, by merge type and by condition', async () => {
      await load('{"id":1}\n{"id":2}\n{"id":3}\n{"id":4}', json);
      const signed = { ...json, hiddenColumns: ['__DORIS_DELETE_SIGN__'] };
      expect((await load('{"id":1,"__DORIS_DELETE_SIGN__":1}\n{"id":5,"__DORIS_DELETE_SIGN__":"0"}', signed)).rows).toHaveLength(4); // biome-ignore format: one load
      expect((await load('{"id":2}', { ...json, mergeType: 'DELETE' })).rows).toHaveLength(3);
      const merge = { ...json, mergeType: 'MERGE', deleteCondition: 'qty < 0' } as const;
      const { rows } = await load('{"id":3,"qty":-1}\n{"id":4,"qty":8}', merge);
      expect(rows.map(([id, , qty]) => [id, qty])).toEqual([
        ['4', '8'],
        ['5', '1'],
      ]);
    });

    it('updates the loaded columns only', async () => {
      await load('{"id":1,"name":"a","qty":3}', json);
      const { rows } = await load('{"id":1,"qty":4}\n{"id":2,"qty":5}', {
        ...json,
        partialColumns: true,
        columns: 'id,qty',
      });
      expect(rows).toEqual([
        ['1', 'a', '4'],
        ['2', null, '5'],
      ]);
    });
  });

  it('numbers the rows that have no value for an AUTO_INCREMENT column', async () => {
    const columns = [
      column('id', { base: 'BIGINT' }, { key: true, nullable: false, autoIncrement: true }),
      column('name', { base: 'STRING' }),
    ];
    const shape = { distribution: '', properties: {}, comment: '' };
    await engine.createTable({ database: 'db', name: 't', model: 'DUPLICATE', keys: ['id'], columns, ...shape });
    expect((await load('{"name":"a"}\n{"id":null,"name":"b"}\n{"id":77,"name":"c"}', json)).rows).toEqual([
      ['1', 'a'],
      ['2', 'b'],
      ['77', 'c'],
    ]);
  });

  it('refuses what cannot be planned', async () => {
    await create();
    const table = engine.table('db', 't');
    if (table === undefined) throw new Error('no table');
    const plan = (options: Partial<LoadOptions>) => () =>
      planLoad(engine, table, { ...DEFAULT_LOAD_OPTIONS, ...options });
    expect(plan({ columns: 'name' })).toThrow('Column has no default value, column=id');
    expect(plan({ columns: 'id, (' })).toThrow('Invalid column: (');
    expect(plan({ jsonPaths: ['$.a'] })).toThrow(
      'The number of jsonpaths (1) does not match the number of columns (3)',
    );
    expect(plan({ hiddenColumns: ['__DORIS_DELETE_SIGN__'] })).toThrow("Unknown column '__DORIS_DELETE_SIGN__'");
    expect(plan({ mergeType: 'DELETE' })).toThrow('Batch delete only supported in unique tables.');
  });
});
