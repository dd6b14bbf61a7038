import fc from 'fast-check';
import { encoding, errorOf } from './encoding.js';
import { type Case, canonical, caseOf } from './model.js';

/** The only field of the row that a value of the type makes. */
function rendered(type: object, value: string, replaceNullWithDefault = true): string | undefined {
  const schema = { type: 'struct', fields: [{ field: 'v', ...type }] };
  const { encode, lines } = encoding({ converter: 'json', replaceNullWithDefault });
  encode(`{"schema":${JSON.stringify(schema)},"payload":{"v":${value}}}`);
  return /^\{"v": ?(.*)\}$/.exec(lines()[0] ?? '')?.[1];
}

function refused(type: object, value: string): string {
  return errorOf(() => rendered(type, value)).message;
}

const DECIMAL = (scale: string) => ({
  type: 'bytes',
  name: 'org.apache.kafka.connect.data.Decimal',
  parameters: { scale },
});

describe('values as Connect renders them', () => {
  test.each([
    [{ type: 'int8' }, '-128', '-128'],
    [{ type: 'int64' }, '-9223372036854775808', '-9223372036854775808'],
    [{ type: 'int64' }, '1.5e3', '1500'],
    [{ type: 'float' }, '1e-7', '1e-7'],
    [{ type: 'double' }, '0.1000000000000000055', '0.1000000000000000055'],
    [{ type: 'double' }, '"NaN"', '"NaN"'],
    [{ type: 'boolean' }, 'false', 'false'],
    [{ type: 'string' }, '"a\\u0000\\n😀"', '"a\\u0000\\n😀"'],
    [{ type: 'bytes' }, '"q83v\\/+=="', '"q83v\\/+=="'],
    [{ type: 'int32', name: 'org.apache.kafka.connect.data.Date' }, '19845', '19845'],
    [{ type: 'int32', name: 'org.apache.kafka.connect.data.Time' }, '37805123', '37805123'],
    [{ type: 'int64', name: 'org.apache.kafka.connect.data.Timestamp' }, '1712917800000', '1712917800000'],
    [{ type: 'string', name: 'io.debezium.time.ZonedTimestamp' }, '"2024-04-12T10:30:00Z"', '"2024-04-12T10:30:00Z"'],
    [DECIMAL('2'), '"MDk="', '123.45'],
    [DECIMAL('2'), '"z8c="', '-123.45'],
    [DECIMAL('0'), '"AQ=="', '1'],
    [DECIMAL('3'), '"\\/w=="', '-0.001'],
    [DECIMAL('-2'), '"AQ=="', '100'],
    [DECIMAL('2'), '123.450', '123.450'],
    [DECIMAL('5'), '"S7FYyT9r3iEvZw=="', '3574489576307481589.30791'],
    [{ type: 'array', items: { type: 'int32', optional: true } }, '[1, null,3]', '[1, null,3]'],
    [{ type: 'array', items: DECIMAL('1') }, '["AQ==",\n2]', '[0.1,2]'],
    [
      { type: 'map', keys: { type: 'string' }, values: DECIMAL('1') },
      '{"a":"AQ==","\\u0062":"Ag=="}',
      '{"a":0.1,"\\u0062":0.2}',
    ],
    [{ type: 'map', keys: { type: 'int32' }, values: { type: 'string' } }, '[[1,"a"], [2.0,"b"]]', '[[1,"a"],[2,"b"]]'],
    [{ type: 'array', items: { type: 'int8' } }, '[]', '[]'],
    [{ type: 'map', keys: { type: 'string' }, values: { type: 'int8' } }, '{}', '{}'],
    [{ ...DECIMAL('2'), default: 'MDk=' }, 'null', '123.45'],
    [{ type: 'string', default: 'x' }, 'null', '"x"'],
  ])('%j %s is %s', (type, value, text) => expect(rendered(type, value)).toBe(text));

  test.each([
    [{ type: 'int8' }, '128'],
    [{ type: 'int16' }, '"7"'],
    [{ type: 'int64' }, 'true'],
    [{ type: 'int64' }, '1e99'],
    [{ type: 'boolean' }, '1'],
    [{ type: 'boolean' }, '"true"'],
    [{ type: 'double' }, '"1.5"'],
    [{ type: 'string' }, '7'],
    [{ type: 'bytes' }, '"a b"'],
    [{ type: 'bytes' }, '[1]'],
    [DECIMAL('2'), '"MDk=\\n"'],
    [DECIMAL('2'), '""'],
    [DECIMAL('2'), '{}'],
    [{ type: 'array', items: { type: 'int8' } }, '{}'],
    [{ type: 'map', keys: { type: 'string' }, values: { type: 'int8' } }, '[]'],
    [{ type: 'map', keys: { type: 'int8' }, values: { type: 'int8' } }, '[[1]]'],
    [{ type: 'map', keys: { type: 'int8' }, values: { type: 'int8' } }, '{"1":1}'],
  ])('%j %s is refused', (type, value) => expect(refused(type, value)).toMatch(/^Field payload\.v is /));

  test('a decimal needs a scale, and a sane one', () => {
    const name = 'org.apache.kafka.connect.data.Decimal';
    expect(refused({ type: 'bytes', name }, '"AQ=="')).toContain('scale parameter not found (field payload.v)');
    expect(refused(DECIMAL('two'), '"AQ=="')).toContain('Invalid scale parameter found in Decimal schema: two');
    expect(refused(DECIMAL('999999999'), '"AQ=="')).toContain('Invalid scale parameter');
    expect(refused(DECIMAL('2'), JSON.stringify('A'.repeat(4000)))).toContain('Field payload.v');
  });

  test('errors name the field, however deep it is', () => {
    const point = { type: 'struct', fields: [{ field: 'x', type: 'int32' }] };
    const points = { type: 'map', keys: { type: 'string' }, values: { type: 'array', items: point } };
    expect(refused(points, '{"a":[{"x":1},{"x":"1"}]}')).toContain('Field payload.v{}[].x is INT32');
    expect(refused(points, '{"a":[null]}')).toContain('required STRUCT field payload.v{}[].');
  });

  test('names that need escaping are matched and written', () => {
    const schema = {
      type: 'struct',
      fields: [
        { field: 'a"\n', type: 'int8' },
        { field: 'é', type: 'int8' },
      ],
    };
    const { encode, lines } = encoding({ converter: 'json' });
    encode(`{"schema":${JSON.stringify(schema)},"payload":{"\\u00e9":2,"a\\u0022\\n":1}}`);
    expect(lines()).toEqual(['{"a\\"\\n":1,"é":2}']);
  });
});

describe('property', () => {
  const anyCase: fc.Arbitrary<Case> = caseOf(3);

  test('every row is the value of the model, however its payload is written', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), anyCase, { minKeys: 1, maxKeys: 6, noNullPrototype: true }),
        fc.gen(),
        (fields, gen) => {
          const names = Object.keys(fields);
          const schema = {
            type: 'struct',
            fields: names.map((field) => ({ ...fields[field]?.schema, field })),
          };
          const order = gen(fc.shuffledSubarray, names, { minLength: names.length });
          const space = gen(() => fc.constantFrom('', ' ', '\n\t'));
          const members = (gen(fc.boolean) ? order : names).map(
            (name) => `${JSON.stringify(name)}:${space}${fields[name]?.input}`,
          );
          const { encode, lines } = encoding({ converter: 'json' });
          const value = `{"schema":${JSON.stringify(schema)},"payload":{${members.join(`,${space}`)}}}`;
          // The second time the opening is known.
          expect(encode(value) + encode(value)).toBe(2);
          const expected = `{${names.map((name) => `${JSON.stringify(name)}:${fields[name]?.output}`).join(',')}}`;
          expect(lines().map(canonical)).toEqual([canonical(expected), canonical(expected)]);
        },
      ),
      { numRuns: 500 },
    );
  });
});
