import fc from 'fast-check';
import {
  addColumnsStatement,
  createTableStatement,
  modifyColumnsStatement,
  type TableColumn,
} from '../../../../connectors/doris/schema/index.js';
import { errorOf } from '../../../connect/converters/encoding.js';
import { openContext, openSession, type TestContext, type TestSession } from '../../../sandbox/olap/sql/harness.js';

let context: TestContext;
let db: TestSession;
beforeAll(async () => {
  context = await openContext();
  db = openSession(context);
});
afterAll(() => context.close());

const column = (name: string, rest: Partial<TableColumn> = {}): TableColumn => ({
  name,
  type: { base: 'STRING' },
  key: false,
  nullable: true,
  comment: '',
  ...rest,
});

const names = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
  .filter((name) => !/[\p{Cc}\p{Cs}]/u.test(name) && name.trim() === name);
const texts = fc.string({ unit: fc.constantFrom("'", '"', '`', '\\', ';', '-', '\n', 'ä', '😀', 'n', '%', '_', '\t') });

test('names, comments and defaults are what they are, whatever they hold', async () => {
  let tables = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(names, { minLength: 3, maxLength: 3, selector: (name) => name.toLowerCase() }),
      texts,
      texts,
      async ([first = '', second = '', third = ''], comment, defaultValue) => {
        const table = { database: 'db', table: `t'\`${tables++}` };
        const key = column(first, { type: { base: 'VARCHAR', length: 10 }, key: true, nullable: false });
        await db.run(createTableStatement(table, [key, column(second, { comment })], { comment }));
        await db.run(addColumnsStatement(table, [column(third, { defaultValue })]));
        await db.run(modifyColumnsStatement(table, [{ ...key, type: { base: 'VARCHAR', length: 20 } }]));
        const definition = context.context.engine.table('db', table.table);
        expect(definition?.comment).toBe(comment);
        expect(definition?.columns.map(({ name }) => name)).toEqual([first, second, third]);
        expect(definition?.columns).toMatchObject([{ key: true, type: { length: 20 } }, { comment }, { defaultValue }]);
      },
    ),
    { numRuns: 60 },
  );
});

test.each(['', 'a\nb', 'a\0', 'x'.repeat(257)])('%j is no name', (name) => {
  const error = errorOf(() => addColumnsStatement({ database: 'db', table: 't' }, [column(name)]));
  expect([error.code, error.message]).toEqual([
    'SINK_UNSUPPORTED',
    `${JSON.stringify(name)} cannot be the name of a column or a table.`,
  ]);
});
