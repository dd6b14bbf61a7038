import fc from 'fast-check';
import { skipBlanks, skipValue, walkArray, walkObject } from '../../../connect/json/index.js';

/** A value of a schema: as a producer writes it, and as it is to appear in a row. */
export interface Case {
  schema: Record<string, unknown>;
  input: string;
  output: string;
}

/** The text without white space between its parts: every digit and escape as it stands. */
export function canonical(text: string): string {
  const source = Buffer.from(text);
  const write = (start: number): string => {
    const at = skipBlanks(source, start, source.length);
    const parts: string[] = [];
    if (source[at] === 0x5b) {
      walkArray(source, at, source.length, (from) => parts.push(write(from)));
      return `[${parts.join(',')}]`;
    }
    if (source[at] === 0x7b) {
      walkObject(source, at, source.length, (nameStart, nameEnd, from) =>
        parts.push(`"${source.toString('utf8', nameStart, nameEnd)}":${write(from)}`),
      );
      return `{${parts.join(',')}}`;
    }
    return source.toString('utf8', at, skipValue(source, at, source.length));
  };
  return write(0);
}

/** Two's complement, big-endian, in as few bytes as it takes: Java's BigInteger.toByteArray. */
export function unscaledBytes(value: bigint): Buffer {
  let length = 1;
  while (BigInt.asIntN(length * 8, value) !== value) length++;
  return Buffer.from(
    BigInt.asUintN(length * 8, value)
      .toString(16)
      .padStart(length * 2, '0'),
    'hex',
  );
}

/** The decimal by plain text arithmetic, for scales above zero. */
function decimal(unscaled: bigint, scale: number): string {
  const divisor = 10n ** BigInt(scale);
  const absolute = unscaled < 0n ? -unscaled : unscaled;
  return `${unscaled < 0n ? '-' : ''}${absolute / divisor}.${String(absolute % divisor).padStart(scale, '0')}`;
}

const same = (schema: Record<string, unknown>, values: fc.Arbitrary<string>): fc.Arbitrary<Case> =>
  values.map((text) => ({ schema, input: text, output: text }));

const integer = (type: string, bits: bigint) =>
  same({ type }, fc.bigInt({ min: -(2n ** (bits - 1n)), max: 2n ** (bits - 1n) - 1n }).map(String));

const decimals: fc.Arbitrary<Case> = fc
  .record({
    unscaled: fc.bigInt({ min: -(2n ** 200n), max: 2n ** 200n }),
    shift: fc.bigInt({ min: 0n, max: 200n }),
    scale: fc.integer({ min: 1, max: 40 }),
  })
  .map(({ unscaled, shift, scale }) => {
    const value = unscaled >> shift;
    return {
      schema: { type: 'bytes', name: 'org.apache.kafka.connect.data.Decimal', parameters: { scale: `${scale}` } },
      input: JSON.stringify(unscaledBytes(value).toString('base64')),
      output: decimal(value, scale),
    };
  });

const scalars: fc.Arbitrary<Case>[] = [
  integer('int8', 8n),
  integer('int16', 16n),
  integer('int32', 32n),
  integer('int64', 64n),
  same(
    { type: 'double' },
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)),
  ),
  same({ type: 'boolean' }, fc.boolean().map(String)),
  same(
    { type: 'string' },
    fc.string({ unit: 'grapheme' }).map((value) => JSON.stringify(value)),
  ),
  same(
    { type: 'bytes' },
    fc.uint8Array().map((value) => JSON.stringify(Buffer.from(value).toString('base64'))),
  ),
  decimals,
];

/** A value and its schema, nested as deep as said. */
export function caseOf(depth: number): fc.Arbitrary<Case> {
  if (depth === 0) return fc.oneof(...scalars);
  const inner = caseOf(depth - 1);
  return fc.oneof(...scalars, nullOf(inner), arrayOf(inner), mapOf(inner), structOf(inner));
}

/** Null in place of a value: as null, or as the default that the value is made. */
function nullOf(inner: fc.Arbitrary<Case>): fc.Arbitrary<Case> {
  return fc.record({ inner, withDefault: fc.boolean() }).map(({ inner: { schema, input, output }, withDefault }) =>
    // A default passes through JSON.parse here, which rounds long numbers and puts keys such as "0" first.
    withDefault && input !== 'null' && JSON.stringify(JSON.parse(input)) === canonical(input)
      ? { schema: { ...schema, optional: true, default: JSON.parse(input) }, input: 'null', output: canonical(output) }
      : { schema: { ...schema, optional: true }, input: 'null', output: 'default' in schema ? output : 'null' },
  );
}

function arrayOf(inner: fc.Arbitrary<Case>): fc.Arbitrary<Case> {
  return fc.record({ inner, length: fc.nat({ max: 3 }) }).map(({ inner: { schema, input, output }, length }) => ({
    schema: { type: 'array', items: schema },
    input: `[${new Array(length).fill(input).join(',')}]`,
    output: `[${new Array(length).fill(output).join(',')}]`,
  }));
}

function mapOf(inner: fc.Arbitrary<Case>): fc.Arbitrary<Case> {
  return fc.record({ inner, keys: fc.uniqueArray(fc.string(), { maxLength: 3 }) }).map(({ inner: it, keys }) => ({
    schema: { type: 'map', keys: { type: 'string' }, values: it.schema },
    input: `{${keys.map((key) => `${JSON.stringify(key)}: ${it.input}`).join(', ')}}`,
    output: `{${keys.map((key) => `${JSON.stringify(key)}:${it.output}`).join(',')}}`,
  }));
}

function structOf(inner: fc.Arbitrary<Case>): fc.Arbitrary<Case> {
  return fc
    .uniqueArray(fc.record({ name: fc.string(), value: inner }), { selector: ({ name }) => name, maxLength: 4 })
    .map((fields) => ({
      schema: { type: 'struct', fields: fields.map(({ name, value }) => ({ ...value.schema, field: name })) },
      input: `{${fields.map(({ name, value }) => `${JSON.stringify(name)}:${value.input}`).join(',')}}`,
      output: `{${fields.map(({ name, value }) => `${JSON.stringify(name)}:${value.output}`).join(',')}}`,
    }));
}
