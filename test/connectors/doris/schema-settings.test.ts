/** What a configuration lets be done to tables. */
import { dorisSinkDefinition, parseDorisSinkConfig } from '../../../connectors/doris/config.js';
import { rawConfig } from './support/sink.js';

const DEBEZIUM = {
  'converter.mode': 'debezium_ingestion',
  'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
};
const settings = (changes: Readonly<Record<string, string>>) => parseDorisSinkConfig(rawConfig(8030, changes)).schema;
const warned = (changes: Readonly<Record<string, string>>) =>
  dorisSinkDefinition.parse(rawConfig(8030, changes)).warnings.map(({ key }) => key);
const refused = (changes: Readonly<Record<string, string>>) =>
  dorisSinkDefinition.parse(rawConfig(8030, changes)).problems.map(({ key }) => key);

test('nothing, unless it is asked for', () => {
  expect(settings({})).toEqual({
    evolution: 'none',
    renames: [],
    drops: [],
    unknownFields: 'ignore',
    autoCreate: false,
    createProperties: {},
    keyColumns: [],
    fieldsWithoutColumn: [],
    changeTimeoutMs: 600_000,
  });
});

test("the Java connector's key holds for change events, ours for all, and before it", () => {
  expect(settings({ 'debezium.schema.evolution': 'basic' }).evolution).toBe('none');
  expect(settings({ ...DEBEZIUM, 'debezium.schema.evolution': 'basic' }).evolution).toBe('basic');
  expect(settings({ ...DEBEZIUM, 'debezium.schema.evolution': 'basic', 'schema.evolution': 'none' }).evolution).toBe(
    'none',
  );
  expect(settings({ 'schema.evolution': 'FULL' }).evolution).toBe('full');
});

test('tables that are made: properties and key', () => {
  const made = settings({
    'auto.create': 'true',
    'auto.create.properties.replication_num': '1',
    'auto.create.key.columns': 'a, b',
  });
  expect(made).toMatchObject({ autoCreate: true, createProperties: { replication_num: '1' }, keyColumns: ['a', 'b'] });
});

test('columns that may be renamed and dropped, of one table or of all', () => {
  const { renames, drops } = settings({
    'schema.evolution': 'full',
    'schema.evolution.rename.columns': 'old:new,orders.a:b',
    'schema.evolution.drop.columns': 'gone,orders.more',
  });
  expect(renames).toEqual([
    { table: undefined, column: 'old', to: 'new' },
    { table: 'orders', column: 'a', to: 'b' },
  ]);
  expect(drops).toEqual([
    { table: undefined, column: 'gone' },
    { table: 'orders', column: 'more' },
  ]);
});

test.each(['old', 'old:new:newer', 'a.b.c:d', ':new', 'old:t.new', 'old:'])('%s is no rename', (rename) => {
  expect(refused({ 'schema.evolution.rename.columns': rename })).toEqual(['schema.evolution.rename.columns']);
});

test('what has no effect, or not all of it, is told', () => {
  expect(warned({ 'schema.evolution.drop.columns': 'a' })).toContain('schema.evolution.drop.columns');
  expect(warned({ 'auto.create.key.columns': 'id' })).toContain('auto.create.key.columns');
  expect(warned({ 'auto.create.properties.replication_num': '1' })).toContain('auto.create.properties.*');
  const partly = { 'schema.evolution': 'basic', 'sink.properties.columns': 'id,name' };
  expect(warned(partly)).toContain('sink.properties.columns');
  expect(warned({ 'schema.evolution': 'basic', 'auto.create': 'true' })).toEqual([]);
});
