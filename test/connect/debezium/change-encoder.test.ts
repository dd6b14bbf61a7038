import fc from 'fast-check';
import type { StructSchema } from '../../../connect/data/schema.js';
import {
  type ChangeEncoderOptions,
  compareSourcePositions,
  type EventSchema,
  readSourcePosition,
} from '../../../connect/debezium/index.js';
import { SluiceError } from '../../../connect/errors.js';
import { errorOf } from '../converters/encoding.js';
import { changeEncoding } from './encoding.js';
import { envelopeSchema } from './fields.js';

const FIELDS = [
  { field: 'id', type: 'int64', optional: false },
  { field: 'name', type: 'string', optional: true, default: 'nobody' },
  { field: 'price', type: 'int32', optional: false },
];
const ENVELOPE = envelopeSchema(FIELDS, 'mysql');
const KEY_SCHEMA = { type: 'struct', optional: false, name: 's.t.Key', fields: FIELDS.slice(0, 1) };
const ROW = '{"id":9007199254740993,"name":"a","price":3}';

const withSchema = (schema: unknown, payload: string) => `{"schema":${JSON.stringify(schema)},"payload":${payload}}`;
const event = (op: string, before: string | null, after: string | null) =>
  withSchema(ENVELOPE, `{"before":${before},"after":${after},"source":{"x":1},"op":"${op}","ts_ms":1}`);
const plainEvent = (op: string, before: string | null, after: string | null) =>
  `{"before":${before},"after":${after},"source":{"x":1},"op":"${op}","ts_ms":1}`;
const key = (id: number) => withSchema(KEY_SCHEMA, `{"id":${id}}`);

const SCHEMALESS: Partial<ChangeEncoderOptions> = { valueSchemasEnable: false, keySchemasEnable: false };

describe('operations', () => {
  test.each(['c', 'u', 'r'])('%s is an upsert of the row after it', (op) => {
    const { encode, lines } = changeEncoding();
    expect(encode(key(1), event(op, null, ROW))).toEqual({ kind: 'upsert', unavailable: [] });
    expect(lines()).toEqual([`${ROW.slice(0, -1)},"__DORIS_DELETE_SIGN__":"0"}`]);
  });

  test('rows have no sign where deletes are not loaded, and the sign of another database where it has one', () => {
    const plain = changeEncoding({ deleteSign: undefined });
    plain.encode(null, event('c', null, ROW));
    expect(plain.lines()).toEqual([ROW]);
    const starrocks = changeEncoding({ deleteSign: { column: '__op', upsert: '0', delete: '1' } });
    starrocks.encode(null, event('d', ROW, null));
    expect(starrocks.lines()).toEqual([`${ROW.slice(0, -1)},"__op":"1"}`]);
  });

  test('a delete is the row before it, null where it holds nothing', () => {
    const { encode, lines } = changeEncoding();
    expect(encode(key(1), event('d', '{"id":1,"name":null,"price":null}', null))).toEqual({ kind: 'delete' });
    expect(lines()).toEqual(['{"id":1,"name":null,"price":null,"__DORIS_DELETE_SIGN__":"1"}']);
  });

  test('a delete without a row is by the key', () => {
    const { encode, lines } = changeEncoding();
    expect(encode(key(7), event('d', null, null))).toEqual({ kind: 'delete' });
    const schemaless = changeEncoding(SCHEMALESS);
    schemaless.encode('{"id":7}', plainEvent('d', null, null));
    const expected = ['{"id":7,"__DORIS_DELETE_SIGN__":"1"}'];
    expect([lines(), schemaless.lines()]).toEqual([expected, expected]);
    expect(errorOf(() => encode(null, event('d', null, null))).message).toBe(
      'The record deletes a row, but does not say which: there is no image of the row, and it has no key.',
    );
    expect(errorOf(() => encode('"7"', event('d', null, null))).code).toBe('RECORD_INVALID');
  });

  test('an event without `after` in its payload, as older tests of connectors have it', () => {
    const { encode, lines } = changeEncoding();
    encode(null, withSchema(ENVELOPE, `{"before":${ROW},"source":{},"op":"d"}`));
    expect(lines()).toHaveLength(1);
  });

  test.each([
    [event('x', null, ROW), 'The change event has the unknown operation "x".'],
    [event('c', ROW, null), "The change event (op c) has no row in its 'after' block."],
    [withSchema({ ...ENVELOPE, fields: [] }, '{}'), 'Received an unexpected message type that does not have an'],
    [withSchema({ type: 'string' }, '"x"'), 'A change event has to be an object, but the value is of type STRING.'],
    [withSchema(null, '{}'), 'A change event has to be an object, but the value has no schema.'],
    [event('c', null, '{"id":1,"price":null}'), 'Invalid null value for required INT32 field payload.after.price.'],
    [event('c', null, '{"id":"x","price":1}'), 'Field payload.after.id is INT64 in the schema, but its value is'],
    [event('c', null, '{"id":1,"price":1').slice(0, -20), 'not valid JSON'],
    ['[]', 'JsonConverter with schemas.enable requires "schema" and "payload" fields'],
  ])('%#: what is wrong is told, and nothing written', (value, message) => {
    const { encode, lines } = changeEncoding();
    encode(null, event('c', null, ROW));
    const error = errorOf(() => encode(null, value));
    expect([error.code, error.message]).toEqual(['RECORD_INVALID', expect.stringContaining(message)]);
    encode(null, event('c', null, ROW));
    expect(lines()).toHaveLength(2);
    expect(lines()[0]).toBe(lines()[1]);
  });
});

describe('null', () => {
  test('stays null where the field may be null, whatever its default', () => {
    const value = event('c', null, '{"id":1,"name":null,"price":2}');
    const rowWith = (replaceNullWithDefault: boolean) => {
      const { encode, lines } = changeEncoding({ replaceNullWithDefault, deleteSign: undefined });
      encode(null, value);
      return lines()[0];
    };
    expect(rowWith(false)).toBe('{"id":1,"name":null,"price":2}');
    expect(rowWith(true)).toBe('{"id":1,"name":"nobody","price":2}');
  });

  test.each([
    [{ onTombstone: 'ignore' }, { kind: 'skipped', reason: 'tombstone' }, []],
    [{ onTombstone: 'delete' }, { kind: 'delete' }, ['{"id":5,"__DORIS_DELETE_SIGN__":"1"}']],
    [{ onTombstone: 'delete', deleteSign: undefined }, { kind: 'skipped', reason: 'delete' }, []],
  ] as const)('a value that is null: %j', (options, outcome, rows) => {
    const { encode, lines } = changeEncoding(options);
    expect(encode(key(5), null)).toEqual(outcome);
    expect(encode(key(5), withSchema({ ...ENVELOPE, optional: true }, 'null'))).toEqual(outcome);
    expect(lines()).toEqual([...rows, ...rows]);
  });

  test('a value that is null may be refused', () => {
    expect(errorOf(() => changeEncoding({ onTombstone: 'fail' }).encode(key(1), null)).code).toBe('RECORD_NULL');
    expect(errorOf(() => changeEncoding({ ...SCHEMALESS, onTombstone: 'fail' }).encode(null, ' null')).code).toBe(
      'RECORD_NULL',
    );
  });
});

describe('flattened events', () => {
  const flat = (deleted: string) => `{"id":1,"__deleted":${deleted},"__op":"u"}`;

  test.each(['"true"', 'true'])('__deleted is %s', (deleted) => {
    const { encode, lines } = changeEncoding(SCHEMALESS);
    expect(encode(null, flat(deleted))).toEqual({ kind: 'delete' });
    expect(encode(null, flat('"false"'))).toEqual({ kind: 'upsert', unavailable: [] });
    expect(lines()).toEqual([
      '{"id":1,"__op":"u","__DORIS_DELETE_SIGN__":"1"}',
      '{"id":1,"__op":"u","__DORIS_DELETE_SIGN__":"0"}',
    ]);
  });

  test('deletes that are not loaded are dropped, or kept as a column of their own', () => {
    const dropping = changeEncoding({ ...SCHEMALESS, deleteSign: undefined });
    expect(dropping.encode(null, flat('"true"'))).toEqual({ kind: 'skipped', reason: 'delete' });
    const keeping = changeEncoding({ ...SCHEMALESS, deleteSign: undefined, softDelete: true });
    keeping.encode(null, flat('"true"'));
    expect(keeping.lines()).toEqual([flat('"true"')]);
  });
});

describe('events without a schema', () => {
  const encodeRow = (row: string, options: Partial<ChangeEncoderOptions> = {}) => {
    const { encode, lines } = changeEncoding({ ...SCHEMALESS, deleteSign: undefined, ...options });
    encode(null, plainEvent('c', null, row));
    return lines()[0];
  };

  test('values stay what they are, on one line', () => {
    const row = '{"a":12345678901234567890.10,"b":[1,{"c":null}],"d\\"e":"ü\\n"}';
    expect(encodeRow(row)).toBe(row);
    expect(encodeRow('{\n  "a": [\n1,\t2 ]\n}')).toBe('{"a":[ 1, 2 ]}');
  });

  test('what its form tells is converted', () => {
    expect(encodeRow('{"n":{"scale":2,"value":"z8c="},"h":{"scale":"2","value":"z8c="}}')).toBe(
      '{"n":-123.45,"h":{"scale":"2","value":"z8c="}}',
    );
    expect(encodeRow('{"p":{"x":1,"y":2,"wkb":null,"srid":null}}')).toBe(
      `{"p":${JSON.stringify('{"type":"Point","coordinates":[1,2]}')}}`,
    );
  });

  test('columns whose types are known are converted as with a schema', () => {
    const columns: StructSchema = {
      type: 'STRUCT',
      optional: false,
      fields: [
        { name: 'day', schema: { type: 'INT32', optional: false, name: 'io.debezium.time.Date' } },
        {
          name: 'price',
          schema: {
            type: 'BYTES',
            optional: true,
            name: 'org.apache.kafka.connect.data.Decimal',
            parameters: { scale: '2' },
          },
        },
      ],
    };
    expect(encodeRow('{"id":1,"price":"AJY=","day":19782}', { columns })).toBe(
      '{"id":1,"price":1.50,"day":"2024-02-29"}',
    );
    expect(encodeRow('{"day":null}', { columns })).toBe('{"day":null}');
  });

  test.each(['', '[]', '"text"', '12', '{"op":'])('%j is no event', (value) => {
    expect(errorOf(() => changeEncoding(SCHEMALESS).encode(null, value)).code).toBe('RECORD_INVALID');
  });
});

describe('schemas', () => {
  test('are shown before each row, the same one as the same object', () => {
    const seen: EventSchema[] = [];
    const { encode } = changeEncoding({ onSchema: (schema) => seen.push(schema) });
    const wider = envelopeSchema([...FIELDS, { field: 'extra', type: 'string', optional: true }], 'postgresql');
    const widerEvent = withSchema(wider, `{"after":{"id":1,"price":1},"source":{},"op":"c"}`);
    for (const value of [event('c', null, ROW), widerEvent, event('c', null, ROW), widerEvent]) encode(null, value);
    expect(seen.map(({ row, dialect }) => [row.fields.map(({ name }) => name), dialect])).toEqual([
      [['id', 'name', 'price'], 'mysql'],
      [['id', 'name', 'price', 'extra'], 'postgresql'],
      [['id', 'name', 'price'], 'mysql'],
      [['id', 'name', 'price', 'extra'], 'postgresql'],
    ]);
    expect(new Set(seen).size).toBe(2);
  });

  test('one that is refused is shown again', () => {
    let ready = false;
    const { encode, lines } = changeEncoding({
      onSchema() {
        if (!ready) throw new SluiceError('SINK_TABLE_UNKNOWN', 'not yet');
      },
    });
    expect(errorOf(() => encode(null, event('c', null, ROW))).code).toBe('SINK_TABLE_UNKNOWN');
    ready = true;
    encode(null, event('c', null, ROW));
    expect(lines()).toHaveLength(1);
  });
});

test('a row is the same in any order of its fields and with any white space', () => {
  const member = (name: string, value: string) => fc.constant([name, value] as const);
  const members = fc
    .tuple(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.string(), fc.integer({ max: 2 ** 31 - 1 }))
    .chain(([id, name, price]) =>
      fc.tuple(
        fc.constant(`{"id":${id},"name":${JSON.stringify(name)},"price":${price}}`),
        fc
          .tuple(member('id', String(id)), member('name', JSON.stringify(name)), member('price', String(price)))
          .chain((all) => fc.shuffledSubarray([...all], { minLength: 3 })),
        fc.constantFrom('', ' ', '\n', ' \t'),
      ),
    );
  const { encode, lines } = changeEncoding({ deleteSign: undefined });
  fc.assert(
    fc.property(members, ([expected, parts, space]) => {
      const row = `{${parts.map(([name, value]) => `${space}"${name}"${space}:${space}${value}${space}`).join(',')}}`;
      encode(null, event('c', null, row));
      expect(lines().at(-1)).toBe(expected);
    }),
  );
});

describe('positions in the source', () => {
  const positionOf = (text: string) => readSourcePosition(Buffer.from(text), 0, text.length);

  test('of PostgreSQL and of MySQL are in the order of their logs', () => {
    const lsn = (value: string) => positionOf(`{"connector":"postgresql","lsn":${value}}`);
    const binlog = (file: string, pos: number, row: number) =>
      positionOf(`{"connector":"mysql","file":"bin.${file}","pos":${pos},"row":${row}}`);
    const ordered = [
      [lsn('27930360'), lsn('9007199254740993'), lsn('9007199254740994')],
      [binlog('000009', 900, 0), binlog('000010', 4, 0), binlog('000010', 4, 1), binlog('000010', 5, 0)],
    ];
    for (const positions of ordered) {
      for (const [index, left] of positions.entries()) {
        const right = positions[index + 1];
        if (left === undefined) throw new Error('no position');
        expect(compareSourcePositions(left, left)).toBe(0);
        if (right !== undefined) expect(compareSourcePositions(left, right)).toBe(-1);
        if (right !== undefined) expect(compareSourcePositions(right, left)).toBe(1);
      }
    }
  });

  test('of other databases are not known', () => {
    expect(positionOf('{"connector":"oracle","scn":"1"}')).toBeUndefined();
    expect(positionOf('{"connector":"postgresql","lsn":null}')).toBeUndefined();
  });
});
