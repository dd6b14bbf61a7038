import fc from 'fast-check';
import type { PrimitiveSchema, Schema, StructSchema } from '../../../../connect/data/schema.js';
import {
  type ColumnType,
  columnsOf,
  columnTypeOf,
  formatColumnType,
  parseColumnType,
  planSchemaChange,
  type TableColumn,
  widenedType,
} from '../../../../connectors/doris/schema/index.js';
import { errorOf } from '../../../connect/converters/encoding.js';
import { columnTypes, convertible } from './model.js';

const optional = (type: PrimitiveSchema['type'], rest: Partial<PrimitiveSchema> = {}): PrimitiveSchema => ({
  type,
  optional: true,
  ...rest,
});
const source = (type: string, length?: number, scale?: number) => ({
  '__debezium.source.column.type': type,
  ...(length === undefined ? {} : { '__debezium.source.column.length': String(length) }),
  ...(scale === undefined ? {} : { '__debezium.source.column.scale': String(scale) }),
});
const decimal = (scale: number, precision?: number) => ({
  name: 'org.apache.kafka.connect.data.Decimal',
  parameters: {
    scale: String(scale),
    ...(precision === undefined ? {} : { 'connect.decimal.precision': String(precision) }),
  },
});

describe('the documents’ tables of types', () => {
  const TABLE: readonly (readonly [Schema, string])[] = [
    [optional('INT8'), 'TINYINT'],
    [optional('INT16'), 'SMALLINT'],
    [optional('INT32'), 'INT'],
    [optional('INT64'), 'BIGINT'],
    [optional('FLOAT32'), 'FLOAT'],
    [optional('FLOAT64'), 'DOUBLE'],
    [optional('BOOLEAN'), 'BOOLEAN'],
    [optional('STRING'), 'STRING'],
    [optional('BYTES'), 'STRING'],
    [optional('BYTES', decimal(2, 10)), 'DECIMAL(10,2)'],
    [optional('INT32', { name: 'org.apache.kafka.connect.data.Date' }), 'DATE'],
    [optional('INT32', { name: 'org.apache.kafka.connect.data.Time' }), 'STRING'],
    [optional('INT64', { name: 'org.apache.kafka.connect.data.Timestamp' }), 'DATETIME(3)'],
    [optional('INT32', { name: 'io.debezium.time.Date' }), 'DATE'],
    [optional('INT32', { name: 'io.debezium.time.Time' }), 'STRING'],
    [optional('INT64', { name: 'io.debezium.time.Timestamp' }), 'DATETIME(3)'],
    [optional('INT64', { name: 'io.debezium.time.MicroTimestamp' }), 'DATETIME(6)'],
    [optional('INT64', { name: 'io.debezium.time.NanoTimestamp' }), 'DATETIME(6)'],
    [optional('STRING', { name: 'io.debezium.time.ZonedTimestamp' }), 'DATETIME(6)'],
    [{ type: 'STRUCT', optional: true, name: 'io.debezium.data.VariableScaleDecimal', fields: [] }, 'DOUBLE'],
  ];
  test.each(TABLE)('%j', (schema, expected) => {
    expect(formatColumnType(columnTypeOf(schema))).toBe(expected);
  });
});

describe('what more is known of the source', () => {
  test.each([
    [optional('STRING', { parameters: source('VARCHAR', 20) }), 'VARCHAR(80)'],
    [optional('STRING', { parameters: source('VARCHAR', 16384) }), 'STRING'],
    [optional('STRING', { parameters: source('TEXT', 2147483647) }), 'STRING'],
    [optional('STRING', { name: 'io.debezium.data.Enum', parameters: source('ENUM', 1) }), 'STRING'],
    [optional('STRING', { name: 'io.debezium.data.Uuid' }), 'VARCHAR(36)'],
    [optional('INT64', { parameters: source('BIGINT UNSIGNED', 20) }), 'LARGEINT'],
    [optional('BYTES', decimal(2)), 'DECIMAL(38,2)'],
    [optional('BYTES', decimal(10, 65)), 'STRING'],
    [optional('BYTES', decimal(-2, 5)), 'DECIMAL(7,0)'],
    [optional('BYTES', decimal(5, 3)), 'DECIMAL(5,5)'],
    [optional('INT64', { name: 'io.debezium.time.Timestamp', parameters: source('DATETIME') }), 'DATETIME'],
    [optional('INT64', { name: 'io.debezium.time.MicroTimestamp', parameters: source('DATETIME', 6) }), 'DATETIME(6)'],
    [
      optional('STRING', { name: 'io.debezium.time.ZonedTimestamp', parameters: source('TIMESTAMPTZ', 35, 6) }),
      'DATETIME(6)',
    ],
    [optional('BYTES', { name: 'io.debezium.data.Bits', parameters: { length: '12' } }), 'BIGINT'],
    [optional('BYTES', { name: 'io.debezium.data.Bits', parameters: { length: '64' } }), 'LARGEINT'],
  ])('%j', (schema, expected) => {
    expect(formatColumnType(columnTypeOf(schema, 'mysql'))).toBe(expected);
  });

  test('containers', () => {
    const array: Schema = { type: 'ARRAY', optional: true, items: optional('BYTES', decimal(2, 10)) };
    const map: Schema = { type: 'MAP', optional: true, keys: optional('STRING'), values: optional('STRING') };
    const struct: StructSchema = { type: 'STRUCT', optional: true, fields: [] };
    const types = [array, map, struct, { ...array, items: struct }, { ...map, keys: optional('INT32') }];
    expect(types.map((schema) => formatColumnType(columnTypeOf(schema)))).toEqual([
      'ARRAY<DECIMAL(10,2)>',
      'MAP<STRING,STRING>',
      'JSON',
      'JSON',
      'JSON',
    ]);
  });

  test('keys are of types that keys can be of', () => {
    const row: StructSchema = {
      type: 'STRUCT',
      optional: false,
      fields: [
        { name: 'note', schema: optional('STRING', { defaultJson: '"it\'s"', doc: 'a note' }) },
        { name: 'code', schema: { type: 'STRING', optional: false, defaultJson: '"x"' } },
        { name: 'ratio', schema: optional('FLOAT64') },
        {
          name: 'at',
          schema: { type: 'INT64', optional: false, name: 'io.debezium.time.Timestamp', defaultJson: '0' },
        },
      ],
    };
    expect(columnsOf({ row, keys: ['ratio', 'code'] })).toEqual([
      { name: 'ratio', type: { base: 'VARCHAR', length: 65533 }, key: true, nullable: true, comment: '' },
      { name: 'code', type: { base: 'VARCHAR', length: 65533 }, key: true, nullable: false, comment: '' },
      { name: 'note', type: { base: 'STRING' }, key: false, nullable: true, defaultValue: "it's", comment: 'a note' },
      // The beginning of 1970 stands for a function.
      { name: 'at', type: { base: 'DATETIME', precision: 3 }, key: false, nullable: true, comment: '' },
    ]);
    expect(errorOf(() => columnsOf({ row, keys: ['id'] })).message).toContain('the field id, which its rows do not');
    const twice = { ...row, fields: [...row.fields, { name: 'CODE', schema: optional('INT8') }] };
    expect(errorOf(() => columnsOf({ row: twice, keys: [] })).message).toContain('code and CODE would be one column');
  });
});

describe('types as texts', () => {
  test('what is written is read', () => {
    fc.assert(
      fc.property(columnTypes, (type) => {
        expect(parseColumnType(formatColumnType(type))).toEqual(type);
        expect(parseColumnType(formatColumnType(type).toLowerCase())).toEqual(type);
      }),
    );
  });

  test.each<[string, ColumnType | undefined]>([
    ['bigint(20)', { base: 'BIGINT' }],
    ['tinyint(1)', { base: 'BOOLEAN' }],
    ['tinyint(4)', { base: 'TINYINT' }],
    ['decimalv3(10, 2)', { base: 'DECIMAL', precision: 10, scale: 2 }],
    ['datetimev2(3)', { base: 'DATETIME', precision: 3 }],
    ['varchar(*)', { base: 'VARCHAR', length: 65533 }],
    ['text', { base: 'STRING' }],
    ['bigint unsigned', { base: 'LARGEINT' }],
    ['array<int(11)>', { base: 'ARRAY', element: { base: 'INT' } }],
    ['hll', undefined],
    ['struct<a:int>', undefined],
    ['map<text,bitmap>', undefined],
  ])('%s', (text, type) => {
    expect(parseColumnType(text)).toEqual(type);
  });
});

describe('widening', () => {
  test('the wider type holds both, and nothing is widened twice', () => {
    fc.assert(
      fc.property(columnTypes, columnTypes, (present, wanted) => {
        const wider = widenedType(present, wanted);
        if (wider === undefined) return;
        const result = wider === 'fits' ? present : wider;
        expect(convertible(present, result)).toBe(true);
        expect(convertible(wanted, result)).toBe(true);
        expect(widenedType(result, wanted)).toBe('fits');
        expect(widenedType(result, present)).toBe('fits');
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    ['VARCHAR(20)', 'VARCHAR(80)', 'VARCHAR(80)'],
    ['VARCHAR(20)', 'STRING', 'STRING'],
    ['CHAR(3)', 'VARCHAR(40)', 'VARCHAR(40)'],
    ['INT', 'BIGINT', 'BIGINT'],
    ['BIGINT', 'INT', 'fits'],
    ['DECIMAL(10,2)', 'DECIMAL(12,4)', 'DECIMAL(12,4)'],
    ['DECIMAL(10,2)', 'DECIMAL(10,4)', 'DECIMAL(12,4)'],
    ['DECIMAL(38,0)', 'DECIMAL(38,10)', undefined],
    ['DATETIME', 'DATETIME(6)', 'DATETIME(6)'],
    ['FLOAT', 'DOUBLE', 'DOUBLE'],
    ['STRING', 'BIGINT', 'fits'],
    ['INT', 'STRING', undefined],
    ['DATETIME', 'STRING', undefined],
  ])('%s for %s: %s', (present, wanted, expected) => {
    const parse = (text: string) => parseColumnType(text) ?? { base: 'JSON' };
    const result = widenedType(parse(present), parse(wanted));
    expect(typeof result === 'object' ? formatColumnType(result) : result).toBe(expected);
  });
});

describe('plans', () => {
  const table = { database: 'd', table: 't' };
  const column = (name: string, type: ColumnType, rest: Partial<TableColumn> = {}): TableColumn => ({
    name,
    type,
    key: false,
    nullable: true,
    comment: '',
    ...rest,
  });

  test('all that is missing in one statement, all that is too narrow in another', () => {
    const present = [
      column('ID', { base: 'INT' }, { key: true, nullable: false }),
      column('name', { base: 'VARCHAR', length: 10 }, { defaultValue: 'x', comment: 'kept' }),
      column('state', { base: 'INT' }),
      { ...column('sketch', { base: 'INT' }), type: undefined },
    ];
    const wanted = [
      column('id', { base: 'BIGINT' }, { key: true, nullable: false }),
      column('name', { base: 'STRING' }),
      column('state', { base: 'STRING' }),
      column('sketch', { base: 'STRING' }),
      column('a', { base: 'DATE' }, { defaultValue: '2024-01-01' }),
      column('b', { base: 'DECIMAL', precision: 9, scale: 1 }, { comment: "it's" }),
    ];
    const plan = planSchemaChange(table, present, wanted, { widen: true });
    expect(plan.statements).toEqual([
      "ALTER TABLE `d`.`t` ADD COLUMN (`a` DATE NULL DEFAULT '2024-01-01', `b` DECIMAL(9,1) NULL COMMENT 'it''s')",
      "ALTER TABLE `d`.`t` MODIFY COLUMN `ID` BIGINT KEY NOT NULL, MODIFY COLUMN `name` STRING NULL DEFAULT 'x' COMMENT 'kept'",
    ]);
    expect(plan.conflicts).toEqual([{ column: 'state', present: 'INT', wanted: 'STRING' }]);
    const adding = planSchemaChange(table, present, wanted, { widen: false });
    expect(adding.statements).toHaveLength(1);
    expect(adding.conflicts.map((conflict) => conflict.column)).toEqual(['ID', 'name', 'state']);
    expect(planSchemaChange(table, wanted, wanted, { widen: true }).statements).toEqual([]);
  });
});
