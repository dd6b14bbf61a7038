import { type CapturedRecord, readCapture } from './captured.js';
import { changeEncoding } from './encoding.js';

type Options = Parameters<typeof changeEncoding>[0];

/** What becomes of a capture's records of one topic: the row, or the outcome in words. */
function encodeTopic(name: string, topic: RegExp, options: Options = {}): string[] {
  const schemas = readCapture(name).settings['value.converter.schemas.enable'] !== 'false';
  const { encode, lines } = changeEncoding({
    valueSchemasEnable: schemas,
    keySchemasEnable: schemas,
    outOfRange: 'clamp',
    onUnavailable: 'omit',
    truncate: true,
    ...options,
  });
  return recordsOf(name, topic).map(({ key, value }) => {
    const outcome = encode(key, value);
    if (outcome.kind === 'skipped') return `skipped: ${outcome.reason}`;
    return outcome.kind === 'truncate' ? 'truncate' : (lines().at(-1) ?? '');
  });
}

function recordsOf(name: string, topic: RegExp): CapturedRecord[] {
  return readCapture(name).records.filter((record) => topic.test(record.topic));
}

/** The members of a row as the texts they are: a number loses no digit. */
function cellsOf(row: string | undefined): Map<string, string> {
  const cells = new Map<string, string>();
  // Every value in these rows is a number, a word, a string or an array of those.
  for (const [, name = '', value = ''] of (row ?? '').matchAll(
    /"(\w+)":("(?:[^"\\]|\\.)*"|\[(?:"(?:[^"\\]|\\.)*"|[^\]"])*\]|\{[^{}]*\}|[^,{}[\]"]+)/g,
  )) {
    cells.set(name, value);
  }
  return cells;
}

const text = (value: unknown) => JSON.stringify(value);

describe('all types of PostgreSQL', () => {
  const row = cellsOf(encodeTopic('pg-adaptive', /all_types$/)[0]);

  test.each([
    ['c_int8', '9223372036854775807'],
    ['c_num38', '9999999999999999999999999999.0123456789'],
    ['c_num50', '123456789012345678901234567890123456789012345678.12'],
    ['c_numvar', '3.14159265358979323846264338327950288'],
    ['c_money', '1234.56'],
    ['c_bytea', text('00FF10')],
    ['c_bit1', 'true'],
    ['c_bit12', text('101010101010')],
    ['c_varbit', text('1011')],
    ['c_date', text('2024-02-29')],
    ['c_time', text('23:59:59.999999')],
    ['c_time3', text('12:34:56.789')],
    ['c_timetz', text('04:30:00.123456')],
    ['c_ts', text('2024-02-29T12:34:56.123456')],
    ['c_ts0', text('2024-02-29T12:34:56')],
    ['c_tstz', text('2024-02-29T04:34:56.123456Z')],
    ['c_interval', '36572706789000'],
    ['c_hstore', text('{"a":"1","b":null,"c d":"q\\"x"}')],
    ['c_mood', text('happy, very')],
    ['c_inet', text('10.1.2.3/24')],
    ['c_point', text('{"type":"Point","coordinates":[1.5,-2.5]}')],
    ['a_bigint', '[9007199254740993,-1]'],
    ['a_text', '["a","b,c","d\\"e",null]'],
    ['a_num', '[1.10,null,-2.25]'],
    ['a_date', '["2024-01-01",null]'],
    ['a_ts', '["2024-01-01T10:00:00.500"]'],
    ['a_bytea', '["00FF"]'],
  ])('%s', (column, expected) => {
    expect(row.get(column)).toBe(expected);
  });

  test('the ends of the ranges', () => {
    const cells = cellsOf(encodeTopic('pg-adaptive', /all_types$/)[2]);
    const column = (name: string) => cells.get(name);
    expect(column('c_int8')).toBe('-9223372036854775808');
    expect(column('c_time')).toBe(text('24:00:00'));
    expect(column('c_date')).toBe(text('0001-01-01'));
    expect(column('c_tstz')).toBe(text('1969-12-31T23:59:59.999999Z'));
    expect(column('c_real')).toBe(text('NaN'));
    expect(column('c_num')).toBe('-0.0001');
  });

  test('infinity is refused, unless it may become the last date there is', () => {
    const [, , , infinite] = recordsOf('pg-adaptive', /all_types$/);
    const { encode } = changeEncoding();
    expect(() => encode(infinite?.key ?? null, infinite?.value ?? null)).toThrow(/c_date is -?\d+, a date outside/);
    expect(cellsOf(encodeTopic('pg-adaptive', /all_types$/)[3]).get('c_ts')).toBe(text('9999-12-31T23:59:59.999999'));
  });
});

describe('all types of MariaDB', () => {
  const row = cellsOf(encodeTopic('my-micro', /all_types$/)[0]);

  test.each([
    ['c_bit12', '2730'],
    ['c_bit64', '18446744073709551615'],
    ['c_biu', '18446744073709551615'],
    ['c_dec65', '12345678901234567890123456789012345.012345678901234567890123456789'],
    ['c_time6', text('-838:59:58.999999')],
    ['c_dt3', text('2024-02-29T12:34:56.789')],
    ['c_ts6', text('2024-02-29T12:34:56.123456Z')],
    ['c_year', '2024'],
    ['c_bin', text('00FF1000')],
    ['c_enum', text("d'e")],
    ['c_set', text('x,z')],
    ['c_geom', text('{"type":"Point","coordinates":[1,2],"srid":4326}')],
    [
      'c_poly',
      text('{"type":"Polygon","coordinates":[[[0,0],[10,0],[10,10],[0,10],[0,0]],[[2,2],[4,2],[4,4],[2,4],[2,2]]]}'),
    ],
    [
      'c_gc',
      text(
        '{"type":"GeometryCollection","geometries":[{"type":"Point","coordinates":[1,1]},{"type":"LineString","coordinates":[[0,0],[1,1]]}]}',
      ),
    ],
  ])('%s', (column, expected) => {
    expect(row.get(column)).toBe(expected);
  });

  test('times past a day, members with escapes', () => {
    const rows = encodeTopic('my-micro', /all_types$/).map(cellsOf);
    expect(rows[2]?.get('c_time3')).toBe(text('838:59:59'));
    expect(rows[2]?.get('c_time6')).toBe(text('100:00:00.000001'));
    expect(rows[2]?.get('c_enum')).toBe(text('b,c'));
    expect(rows[3]?.get('c_enum')).toBe(text('f\\g'));
  });
});

describe('the settings of the source make no difference', () => {
  /** What the modes themselves lose or change. */
  const LOSSES: Readonly<Record<string, readonly string[]>> = {
    'pg-micro': ['c_num', 'c_num38', 'c_num50', 'c_numvar', 'c_money', 'a_num', 'c_bytea', 'a_bytea', 'c_interval'],
    'pg-nano': ['c_num', 'c_num38', 'c_num50', 'c_numvar', 'c_money', 'a_num', 'c_bytea', 'a_bytea', 'c_hstore'],
    'pg-connect': ['c_time', 'c_ts'],
    'pg-iso': [],
    'my-connect': ['c_time6', 'c_dt6'],
    'my-nano': ['c_dec', 'c_dec65', 'c_dec0', 'c_bin', 'c_varbin', 'c_blob', 'c_tinyblob'],
    'my-iso': ['c_dec', 'c_dec65', 'c_dec0', 'c_time6'],
  };
  /** Types that need `column.propagate.source.type`, which the first captures have. */
  const NEED_SOURCE_TYPE = ['c_varbit', 'c_biu'];

  test.each(Object.entries(LOSSES))('%s', (name, losses) => {
    const reference = name.startsWith('pg') ? 'pg-adaptive' : 'my-micro';
    const expected = cellsOf(encodeTopic(reference, /all_types$/)[0]);
    const actual = cellsOf(encodeTopic(name, /all_types$/)[0]);
    expect(actual.size).toBe(expected.size);
    for (const [column, value] of expected) {
      if (!losses.includes(column) && !NEED_SOURCE_TYPE.includes(column)) {
        expect([column, actual.get(column)]).toEqual([column, value]);
      }
    }
  });

  test('decimals as texts have the same digits', () => {
    const actual = cellsOf(encodeTopic('my-nano', /all_types$/)[0]);
    const expected = cellsOf(encodeTopic('my-micro', /all_types$/)[0]);
    for (const column of ['c_dec', 'c_dec65', 'c_dec0']) expect(actual.get(column)).toBe(text(expected.get(column)));
    expect(actual.get('c_biu')).toBe('18446744073709551615');
  });
});

const DML = [
  '{"id":1,"k2":"a","name":"snapshot","amount":10.25,"__DORIS_DELETE_SIGN__":"0"}',
  '{"id":2,"k2":"b","name":"created","amount":1.50,"__DORIS_DELETE_SIGN__":"0"}',
  '{"id":2,"k2":"b","name":"updated","amount":1.50,"__DORIS_DELETE_SIGN__":"0"}',
  // A changed primary key: a delete and a create.
  '{"id":2,"k2":"b","name":"updated","amount":1.50,"__DORIS_DELETE_SIGN__":"1"}',
  'skipped: tombstone',
  '{"id":20,"k2":"b","name":"updated","amount":1.50,"__DORIS_DELETE_SIGN__":"0"}',
  '{"id":20,"k2":"b","name":"updated","amount":1.50,"__DORIS_DELETE_SIGN__":"1"}',
  'skipped: tombstone',
  '{"id":3,"k2":"c","name":"after alter","amount":-0.01,"added":"new","__DORIS_DELETE_SIGN__":"0"}',
  'truncate',
];
const LAST_OF_MARIADB =
  '{"id":4,"k2":"d","name":"after truncate","amount":0.00,"added":"x","__DORIS_DELETE_SIGN__":"0"}';
const LAST_OF_POSTGRESQL = LAST_OF_MARIADB.replace('"x"', '"x\'y"');
/** REPLICA IDENTITY DEFAULT: the image of a deleted row has its key, and null or defaults. */
const keyOnly = (row: string) => (row.includes('SIGN__":"1"') ? row.replace('"updated"', 'null') : row);

describe('a table is followed', () => {
  test('MariaDB', () => {
    expect(encodeTopic('my-micro', /dml$/)).toEqual([...DML, LAST_OF_MARIADB]);
  });

  test('PostgreSQL', () => {
    expect(encodeTopic('pg-adaptive', /dml$/)).toEqual([...DML.map(keyOnly), LAST_OF_POSTGRESQL]);
  });

  test('flattened by ExtractNewRecordState, with __deleted', () => {
    const added = (row: string) => row.replace(/"__op":"\w","__source_ts_ms":\d+,/, '');
    const expected = [...DML.map(keyOnly), LAST_OF_POSTGRESQL].filter((row) => row !== 'truncate');
    expect(encodeTopic('pg-unwrap', /dml$/).map(added)).toEqual(expected);
  });

  test('without deletes', () => {
    const expected = [...DML, LAST_OF_MARIADB].map((row) =>
      row.includes('SIGN__":"1"') ? 'skipped: delete' : row.replace(/,"__DORIS_DELETE_SIGN__":"\d"/, ''),
    );
    expect(encodeTopic('my-micro', /dml$/, { deleteSign: undefined })).toEqual(expected);
    const truncates = encodeTopic('my-micro', /dml$/, { truncate: false });
    expect(truncates.at(-2)).toBe('skipped: truncate');
  });

  test.each(['pg-plain', 'my-plain'])('without schemas: %s', (name) => {
    const rows = encodeTopic(name, /dml$/);
    expect(rows[2]).toBe('{"id":2,"k2":"b","name":"updated","amount":"AJY=","__DORIS_DELETE_SIGN__":"0"}');
    expect(rows.filter((row) => row.includes('"1"}'))).toHaveLength(2);
    expect(rows.filter((row) => !row.startsWith('{'))).toEqual([
      'skipped: tombstone',
      'skipped: tombstone',
      'truncate',
    ]);
  });
});

describe('records beside the events', () => {
  test.each([
    ['pg-adaptive', /transaction$/, 'skipped: transaction'],
    ['pg-plain', /transaction$/, 'skipped: transaction'],
    ['pg-adaptive', /heartbeat/, 'skipped: heartbeat'],
    ['pg-plain', /heartbeat/, 'skipped: heartbeat'],
    ['pg-adaptive', /message$/, 'skipped: message'],
    ['pg-plain', /message$/, 'skipped: message'],
    ['my-micro', /^my-micro$/, 'skipped: schema-change'],
    ['my-plain', /^my-plain$/, 'skipped: schema-change'],
  ])('%s %s', (name, topic, expected) => {
    const found = encodeTopic(name, topic);
    expect(found.length).toBeGreaterThan(0);
    expect(new Set(found)).toEqual(new Set([expected]));
  });
});

describe('large values that an update left as they are (TOAST)', () => {
  const ALL = ['t', 'b', 'a_t', 'a_i', 'a_l', 'h', 'j', 'u', 'a_d'];

  test.each([
    ['pg-adaptive', ALL],
    ['pg-micro', ALL],
    // Debezium sends null for bytes as base64, and for arrays of dates as objects or texts.
    ['pg-nano', ALL.filter((column) => column !== 'b')],
    ['pg-connect', ALL.filter((column) => column !== 'a_d')],
    ['pg-iso', ALL.filter((column) => column !== 'a_d')],
    ['pg-plain', ALL],
    ['pg-unwrap', ALL],
  ])('are left out of the row, and named: %s', (name, columns) => {
    const schemas = name !== 'pg-plain';
    const { encode, lines } = changeEncoding({
      valueSchemasEnable: schemas,
      keySchemasEnable: schemas,
      onUnavailable: 'omit',
    });
    const update = recordsOf(name, /toasted$/)[0];
    expect(encode(update?.key ?? null, update?.value ?? null)).toEqual({ kind: 'upsert', unavailable: columns });
    expect(lines()[0]).toMatch(/^\{"id":1,"n":2,/);
    expect(lines()[0]).not.toContain('unavailable');
  });

  test('are refused where a row has to be whole', () => {
    const update = recordsOf('pg-adaptive', /toasted$/)[0];
    expect(() => changeEncoding().encode(update?.key ?? null, update?.value ?? null)).toThrow(
      'The event does not hold the values of payload.after.t, payload.after.b',
    );
  });

  test('are refused under a changed key: the new row has none to keep', () => {
    const update = recordsOf('pg-adaptive', /toasted$/)[0];
    const create = update?.value?.replace('"op":"u"', '"op":"c"') ?? null;
    const { encode, lines } = changeEncoding({ onUnavailable: 'omit' });
    expect(() => encode(update?.key ?? null, create)).toThrow('The event does not hold the values of payload.after.t');
    expect(lines()).toEqual([]);
  });
});
