import { renderResult, renderTable } from '../../../client/format/table.js';
import { displayWidth } from '../../../client/format/text.js';

describe('renderTable', () => {
  const columns = [
    { title: 'NAME', shrinks: true },
    { title: 'LAG', align: 'right' as const },
  ];

  test('aligns columns and leaves no blanks at line ends', () => {
    expect(
      renderTable(
        columns,
        [
          ['orders', '12'],
          ['u', '1,000'],
        ],
        80,
      ),
    ).toEqual(['NAME      LAG', 'orders     12', 'u       1,000']);
  });

  test('cuts only what may be cut when the terminal is narrow', () => {
    const [, row] = renderTable(columns, [['a-very-long-connector-name', '123,456,789']], 24);
    expect(row).toBe('a-very-lon…  123,456,789');
  });

  test('never cuts a column below eight characters', () => {
    const [, row] = renderTable(columns, [['a-very-long-connector-name', '123,456,789']], 5);
    expect(row).toBe('a-very-…  123,456,789');
  });

  test('counts colours as nothing and wide characters as two', () => {
    const [, coloured, wide] = renderTable(
      columns,
      [
        ['\u001b[31morders\u001b[39m', '1'],
        ['订单表', '2'],
      ],
      80,
    );
    expect(coloured).toBe('\u001b[31morders\u001b[39m    1');
    expect(displayWidth(wide ?? '')).toBe(displayWidth(coloured ?? ''));
  });

  test('drops the colour of a cell that it cuts', () => {
    const [, row] = renderTable(columns, [['\u001b[31ma-very-long-name\u001b[39m', '1']], 13);
    expect(row).toBe('a-very-…    1');
  });
});

test('renderResult draws a result as the mysql command line does', () => {
  expect(
    renderResult(
      ['user_id', 'name'],
      [
        ['1', 'Emily'],
        ['10', 'Liam'],
      ],
    ),
  ).toEqual([
    '+---------+-------+',
    '| user_id | name  |',
    '+---------+-------+',
    '| 1       | Emily |',
    '| 10      | Liam  |',
    '+---------+-------+',
  ]);
});
