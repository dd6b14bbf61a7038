/** Change events of Debezium through the record path. */
import { envelopeSchema } from '../debezium/fields.js';
import { errorOf, JSON_CONVERTER, reading, rowsOf } from './reading.js';

const FIELDS = [
  { field: 'id', type: 'int32', optional: false },
  { field: 'at', type: 'int32', optional: true, name: 'io.debezium.time.Date' },
];
const config = {
  'converter.mode': 'debezium_ingestion',
  'value.converter': JSON_CONVERTER,
  'value.converter.schemas.enable': 'true',
  'enable.delete': 'true',
};
const schemaless = { ...config, 'value.converter.schemas.enable': 'false' };

const row = (id: number) => ({ id, at: 19_975 });
const payload = (op: string, before: unknown, after: unknown) => ({ before, after, source: {}, op, ts_ms: 1 });
const event = (op: string, before: unknown, after: unknown) =>
  JSON.stringify({ schema: envelopeSchema(FIELDS), payload: payload(op, before, after) });

test('rows, deletes, and what is neither', async () => {
  const records = [event('c', null, row(1)), event('u', null, row(2)), event('d', row(1), null), null];
  expect(await rowsOf(config, ...records)).toEqual([
    '{"id":1,"at":"2024-09-09","__DORIS_DELETE_SIGN__":"0"}',
    '{"id":2,"at":"2024-09-09","__DORIS_DELETE_SIGN__":"0"}',
    '{"id":1,"at":"2024-09-09","__DORIS_DELETE_SIGN__":"1"}',
  ]);
  expect(await rowsOf({ ...config, 'enable.delete': 'false' }, ...records)).toEqual([
    '{"id":1,"at":"2024-09-09"}',
    '{"id":2,"at":"2024-09-09"}',
  ]);
});

test('tombstones delete by the key of the record, where that is asked for', async () => {
  const keySchema = { type: 'struct', fields: [{ field: 'id', type: 'int32' }] };
  const key = JSON.stringify({ schema: keySchema, payload: { id: 7 } });
  const deleting = { ...config, 'behavior.on.null.values': 'delete' };
  expect(await rowsOf(deleting, { key, value: null })).toEqual(['{"id":7,"__DORIS_DELETE_SIGN__":"1"}']);
  const viaKeyConverter = { ...deleting, 'key.converter': JSON_CONVERTER, 'key.converter.schemas.enable': 'false' };
  expect(await rowsOf(viaKeyConverter, { key: '{"id":8}', value: null })).toEqual([
    '{"id":8,"__DORIS_DELETE_SIGN__":"1"}',
  ]);
});

test('behind our own ExtractNewRecordState the rows are the same', async () => {
  const unwrap = {
    ...config,
    transforms: 'unwrap',
    'transforms.unwrap.type': 'io.debezium.transforms.ExtractNewRecordState',
    'transforms.unwrap.delete.tombstone.handling.mode': 'rewrite',
  };
  expect(await rowsOf(unwrap, event('c', null, row(1)), event('d', row(1), null))).toEqual([
    '{"id":1,"at":"2024-09-09","__DORIS_DELETE_SIGN__":"0"}',
    '{"id":1,"at":"2024-09-09","__DORIS_DELETE_SIGN__":"1"}',
  ]);
});

test('a truncate is a change of its table; one that was made is passed over', async () => {
  const made = reading(config);
  const records = [event('c', null, row(1)), event('t', null, null), event('c', null, row(2))];
  const place = { topic: 't', partition: 0, offset: '101' };
  expect(await made.read(records)).toMatchObject({
    changes: [{ kind: 'truncate', database: 'db', table: 't', ...place }],
  });
  const { tables, changes } = await made.read(records, { applied: [place] });
  expect(changes).toBeUndefined();
  expect(tables['db.t']).toHaveLength(2);
  await made.close();
  const off = reading({ ...config, 'enable.truncate': 'false' });
  expect((await off.read(records)).changes).toBeUndefined();
  await off.close();
});

test('without a schema, the columns of the table say what the values are', async () => {
  const fields = [{ name: 'at', schema: { type: 'INT32', optional: true, name: 'io.debezium.time.Date' } as const }];
  const tables = { onSchema: () => undefined, fieldsOf: () => ({ type: 'STRUCT', optional: false, fields }) as const };
  const made = reading(schemaless, { tables });
  const records = [JSON.stringify(payload('c', null, row(1)))];
  expect((await made.read(records)).tables).toEqual({
    'db.t': ['{"id":1,"at":"2024-09-09","__DORIS_DELETE_SIGN__":"0"}'],
  });
  await made.close();
});

test('what is no change event is a bad record', async () => {
  expect(await errorOf(config, JSON.stringify({ schema: { type: 'int32' }, payload: 1 }))).toMatchObject({
    code: 'RECORD_INVALID',
    context: { stage: 'VALUE_CONVERTER', topic: 't', partition: 0, offset: '100' },
  });
  const failing = { ...config, 'behavior.on.null.values': 'fail' };
  expect(await errorOf(failing, null)).toMatchObject({ code: 'RECORD_NULL', context: { stage: 'TASK_PUT' } });
});
