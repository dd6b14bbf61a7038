import { expectedRow, readRecords, TABLE, tableStatements } from '../../client/demo/example.js';
import { assertRows } from '../../client/demo/walkthrough.js';

const expected = [
  ['1', 'Emily', '25'],
  ['2', 'Benjamin', '35'],
];

test('the walk-through has ten records and their table', async () => {
  const records = await readRecords();
  expect(records).toHaveLength(10);
  expect(records.slice(0, 2).map(expectedRow)).toEqual(expected);
  const statements = await tableStatements();
  expect(statements[0]).toMatch(/^CREATE DATABASE/);
  expect(statements[1]).toContain(`CREATE TABLE ${TABLE}`);
});

describe('the rows found', () => {
  test('may come in any order', () => {
    expect(() => assertRows([...expected].reverse(), expected)).not.toThrow();
  });

  test('must not lack one', () => {
    expect(() => assertRows(expected.slice(1), expected)).toThrow('missing: ["1","Emily","25"]');
  });

  test('must not hold one twice', () => {
    expect(() => assertRows([...expected, ...expected.slice(1)], expected)).toThrow('too many: ["2","Benjamin","35"]');
  });
});
