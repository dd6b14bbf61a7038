/** What whoever looks after tables is told of rows before they are written. */
import { NotReady, SchemaChangeNeeded, type TableChange, type TableSchema } from '../../../connect/pipeline/index.js';
import { JSON_CONVERTER, reading, withSchema } from './reading.js';

const config = { 'value.converter': JSON_CONVERTER, 'value.converter.schemas.enable': 'true' };
const narrow = (id: number) => withSchema([{ field: 'id', type: 'int32' }], { id });
const wide = (id: number) =>
  withSchema(
    [
      { field: 'id', type: 'int32' },
      { field: 'n', type: 'string' },
    ],
    { id, n: '' },
  );

/** Tables that write down what they are asked. */
function watched(onSchema: (schema: TableSchema, times: number) => void = () => undefined) {
  const seen: string[] = [];
  const tables = {
    onSchema(table: { database: string; table: string }, schema: TableSchema) {
      const names = schema.row.fields.map(({ name }) => name).join();
      seen.push(`${table.table}(${names}) by ${schema.keys.join() || 'nothing'}`);
      onSchema(schema, seen.length);
    },
    fieldsOf: () => ({ type: 'STRUCT', optional: false, fields: [] }) as const,
    partialUpdate: () => ({ keys: [], columns: new Set<string>() }),
  };
  return { seen, tables };
}

test('each schema is shown once in a reading, with the columns of the key and of metadata', async () => {
  const { seen, tables } = watched();
  const made = reading({ ...config, 'key.converter': JSON_CONVERTER, 'metadata.columns': 'offset:at' }, { tables });
  const key = withSchema([{ field: 'id', type: 'int32' }], { id: 1 });
  const records = [narrow(1), wide(2), narrow(3), wide(4)].map((value) => ({ key, value }));
  await made.read(records);
  expect(seen).toEqual(['t(id,at) by id', 't(id,n,at) by id']);
  await made.read(records);
  expect(seen).toHaveLength(4);
  await made.close();
});

test('rows that name their tables are shown for each of them', async () => {
  const { seen, tables } = watched();
  const made = reading({ ...config, 'record.tablename.field': 'n' }, { tables });
  const named = (n: string) =>
    withSchema(
      [
        { field: 'id', type: 'int32' },
        { field: 'n', type: 'string' },
      ],
      { id: 1, n },
    );
  await made.read(['a', 'b', 'a'].map(named));
  expect(seen).toEqual(['a(id,n) by nothing', 'b(id,n) by nothing']);
  await made.close();
});

test('what is not ready is waited for, and the reading goes on at that record', async () => {
  let ready = 0;
  const { tables } = watched((_, times) => {
    if (times === 1 || times === 3) throw new NotReady(async () => void ready++);
  });
  const made = reading(config, { tables });
  expect((await made.read([narrow(1), narrow(2), wide(3), narrow(4)])).tables['db.t']).toHaveLength(4);
  expect(ready).toBe(2);
  await made.close();
});

test('a table that has to be changed first ends the reading before anything of the record is written', async () => {
  const changes: TableChange[] = [];
  const { tables } = watched((schema, times) => {
    if (times !== 2) return;
    changes.push({ kind: 'schema', database: 'db', table: 't', schema, statements: ['ALTER …'] });
    throw new SchemaChangeNeeded(changes);
  });
  const made = reading(config, { tables });
  const read = await made.read([narrow(1), wide(2), narrow(3)]);
  expect(read).toEqual({ tables: { 'db.t': ['{"id":1}'] }, changes });
  await made.close();
});
