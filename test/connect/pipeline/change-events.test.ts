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

const partialUpdate = () => ({ keys: ['id'], columns: new Set(['id', 'at', 'note']) });

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
  const tables = {
    onSchema: () => undefined,
    fieldsOf: () => ({ type: 'STRUCT', optional: false, fields }) as const,
    partialUpdate,
  };
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

describe('values that an event does not hold', () => {
  const fields = [...FIELDS, { field: 'note', type: 'string', optional: true }];
  const update = (id: number, note = '__debezium_unavailable_value') =>
    JSON.stringify({ schema: envelopeSchema(fields), payload: payload('u', null, { id, at: null, note }) });
  const made = (settings: Readonly<Record<string, string>> = {}, more = partialUpdate) =>
    reading(
      { ...config, ...settings },
      { tables: { onSchema: () => undefined, fieldsOf: () => NO_FIELDS, partialUpdate: more } },
    );
  const whole = (id: number, note: string) => `{"id":${id},"at":null,"note":"${note}","__DORIS_DELETE_SIGN__":"0"}`;
  const part = (id: number) => `{"id":${id},"at":null,"__DORIS_DELETE_SIGN__":"0"}`;

  test('rows of a key keep their order, in as few waves as that allows', async () => {
    const way = made();
    const records = [update(1, 'a'), update(2), update(1, 'b'), update(2, 'c'), update(3), update(2), update(4, 'd')];
    expect((await way.read(records)).tables).toEqual({
      'db.t': [whole(1, 'a'), whole(1, 'b'), whole(4, 'd')],
      'db.t 1 id,at': [part(2), part(3)],
      'db.t 2 all': [whole(2, 'c')],
      'db.t 3 id,at': [part(2)],
    });
    expect((await way.read([update(1, 'a'), update(2, 'b')])).tables).toEqual({
      'db.t': [whole(1, 'a'), whole(2, 'b')],
    });
    await way.close();
  });

  test('a flexible update takes them in one load, a table that cannot keep values refuses them', async () => {
    const flexible = made({ 'sink.properties.unique_key_update_mode': 'UPDATE_FLEXIBLE_COLUMNS' });
    expect((await flexible.read([update(1, 'a'), update(1)])).tables).toEqual({ 'db.t': [whole(1, 'a'), part(1)] });
    await flexible.close();
    const error = await errorOf(
      { ...config, 'sink.properties.columns': 'id,at,note,__DORIS_DELETE_SIGN__' },
      update(1),
    );
    expect(error).toMatchObject({ code: 'RECORD_INVALID', hint: expect.stringContaining('REPLICA IDENTITY FULL') });
  });
});

const NO_FIELDS = { type: 'STRUCT', optional: false, fields: [] } as const;
