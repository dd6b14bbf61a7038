/**
 * A record that goes through transforms which change nothing makes the rows that it makes without them, or is refused in
 * both ways; and nothing but a SluiceError is ever thrown.
 */
import avsc from 'avsc';
import fc from 'fast-check';
import protobuf from 'protobufjs';
import { SluiceError } from '../../../connect/errors.js';
import { RegistryDouble } from '../../../sandbox/registry/index.js';
import { type Case, canonical, caseOf } from '../converters/model.js';
import { readCapture } from '../debezium/captured.js';
import { JSON_CONVERTER, type Reading, reading, STRING_CONVERTER } from './reading.js';

const unchanged = {
  transforms: 'none',
  'transforms.none.type': 'org.apache.kafka.connect.transforms.RegexRouter',
  'transforms.none.regex': 'there is no such topic',
  'transforms.none.replacement': 'x',
};

let registry: RegistryDouble;
beforeAll(async () => {
  registry = await RegistryDouble.start();
});
afterAll(() => registry.close());

const NO_FIELDS = { type: 'STRUCT', optional: false, fields: [] } as const;
const NO_UPDATE = { keys: [], columns: new Set<string>() };

/** The same configuration without and with transforms. */
function both(config: Readonly<Record<string, string>>) {
  const tables = { onSchema: () => undefined, fieldsOf: () => NO_FIELDS, partialUpdate: () => NO_UPDATE };
  const ways: readonly [Reading, Reading] = [
    reading(config, { tables }),
    reading({ ...config, ...unchanged }, { tables }),
  ];
  return {
    /** What becomes of a value: its rows, or that it is refused. */
    async ofBoth(value: RecordOrValue): Promise<readonly [unknown, unknown]> {
      const [direct, transformed] = await Promise.all(ways.map((way) => rowsOrRefusal(way, value)));
      return [direct, transformed];
    },
    close: () => Promise.all(ways.map((way) => way.close())),
  };
}

type RecordOrValue = Buffer | string | null | { readonly key: string | null; readonly value: string | null };

async function rowsOrRefusal(way: Reading, value: RecordOrValue): Promise<unknown> {
  try {
    const { tables } = await way.read([
      value === null || typeof value === 'string' || Buffer.isBuffer(value) ? { value } : value,
    ]);
    return (tables['db.t'] ?? []).map((row) => sameTexts(canonical(row)));
  } catch (error) {
    if (error instanceof SluiceError && (error.code === 'RECORD_INVALID' || error.code === 'RECORD_NULL')) {
      expect(error.context).toMatchObject({ topic: 't', partition: 0, offset: '100', stage: expect.any(String) });
      return 'refused';
    }
    throw error;
  }
}

/** Texts and large numbers can be written in several ways. */
function sameTexts(row: string): string {
  return row.replace(/"(?:[^"\\]|\\.)*"|-?\d+(?:\.0\b|(?:\.\d+)?[eE][+-]?\d+)/g, (token) =>
    token.startsWith('"') ? JSON.stringify(JSON.parse(token)) : String(Number(token)),
  );
}

async function holdsFor(
  config: Readonly<Record<string, string>>,
  values: fc.Arbitrary<Buffer | string | null>,
  numRuns = 400,
): Promise<void> {
  const { ofBoth, close } = both(config);
  await fc.assert(
    fc.asyncProperty(values, async (value) => {
      const [direct, transformed] = await ofBoth(value);
      expect(transformed).toEqual(direct);
    }),
    { numRuns },
  );
  await close();
}

const bytes = fc.uint8Array({ maxLength: 60 }).map((array) => Buffer.from(array));

test('JSON with a schema, whatever it is', async () => {
  const config = { 'value.converter': JSON_CONVERTER, 'value.converter.schemas.enable': 'true' };
  const structs = fc
    .uniqueArray(fc.tuple(fc.string(), caseOf(2)), { selector: ([name]) => name, minLength: 1, maxLength: 4 })
    .map((fields: readonly (readonly [string, Case])[]) => {
      const schema = { type: 'struct', fields: fields.map(([field, { schema: type }]) => ({ ...type, field })) };
      const members = fields.map(([name, { input }]) => `${JSON.stringify(name)}:${input}`);
      return `{"schema":${JSON.stringify(schema)},"payload":{${members.join()}}}`;
    });
  await holdsFor(config, structs);
  const any = caseOf(1).map(({ schema, input }) => `{"schema":${JSON.stringify(schema)},"payload":${input}}`);
  await holdsFor(config, fc.oneof(any, fc.json(), bytes));
});

test('JSON without a schema, and texts', async () => {
  const objects = fc.json().map((json) => `{"v":${json}}`);
  const lists = fc.array(objects).map((all) => `[${all.join()}]`);
  await holdsFor({}, fc.oneof(objects, lists, fc.json(), bytes));
  await holdsFor({ 'value.converter': STRING_CONVERTER }, fc.oneof(objects, lists, fc.string()));
});

const framed = (id: number, rest: fc.Arbitrary<Buffer>) =>
  fc.oneof(
    { weight: 9, arbitrary: rest.map((payload) => Buffer.concat([Buffer.from([0, 0, 0, 0, id]), payload])) },
    { weight: 1, arbitrary: bytes },
  );

/** Mostly the bytes as they are, sometimes with one of them changed. */
const changed = (right: fc.Arbitrary<Buffer>) =>
  fc.tuple(right, fc.boolean(), fc.nat(), fc.nat(255)).map(([all, isChanged, at, byte]) => {
    if (isChanged && all.length > 0) all[at % all.length] = byte;
    return all;
  });

const withRegistry = (className: string) => ({
  'value.converter': className,
  'value.converter.schema.registry.url': registry.url,
});

test('Avro: every type, with nulls, defaults and unions', async () => {
  const decimal = { type: 'bytes', logicalType: 'decimal', precision: 9, scale: 2 };
  const field = (name: string, type: unknown, more: object = {}) => ({ name, type, ...more });
  const schema = {
    type: 'record',
    name: 'Order',
    fields: [
      field('b', 'boolean'),
      field('i', 'int'),
      field('l', ['null', 'long'], { default: null }),
      field('f', 'float', { default: 0.1 }),
      field('d', ['double', 'null'], { default: 1.5 }),
      field('s', ['string', 'null'], { default: 'none' }),
      field('x', { type: 'fixed', name: 'X', size: 2 }),
      field('e', { type: 'enum', name: 'E', symbols: ['A', 'B'] }),
      field('m', ['null', decimal]),
      field('md', [decimal, 'null'], { default: '\u0001' }),
      field('day', { type: 'int', logicalType: 'date' }),
      field('at', { type: 'long', logicalType: 'timestamp-millis' }),
      field('u', ['int', 'string', { type: 'array', items: 'float' }]),
      field('map', { type: 'map', values: ['null', 'bytes'] }),
      field('next', ['null', 'Order']),
    ],
  };
  const { stored } = registry.register('t-value', { schema: JSON.stringify(schema) });
  const type = avsc.Type.forSchema(schema as avsc.Schema);
  const right = fc.constant(undefined).map(() => type.toBuffer(type.random()));
  await holdsFor(withRegistry('io.confluent.connect.avro.AvroConverter'), framed(stored.id, changed(right)), 800);
});

test('Protobuf: every type, with oneofs, maps and well-known messages', async () => {
  const schema = `
    syntax = "proto3";
    import "google/protobuf/timestamp.proto";
    import "google/protobuf/wrappers.proto";
    message Order {
      enum Kind { NONE = 0; ONE = 1; }
      int32 i = 1; sint64 l = 2; string s = 3; bytes b = 4; double d = 5; float f = 6; bool t = 7; Kind kind = 8;
      repeated int32 many = 9; map<string, int64> counts = 10; Order next = 11;
      oneof choice { string name = 12; uint32 number = 13; }
      google.protobuf.Timestamp at = 14; google.protobuf.StringValue note = 15; optional uint64 big = 16;
    }`;
  const { stored } = registry.register('t-value', { schema, schemaType: 'PROTOBUF' });
  // To write values, the messages that are imported may as well be bytes.
  const text = schema.replaceAll(/import .*;/g, '').replaceAll(/google\.protobuf\.\w+/g, 'bytes');
  const order = protobuf.parse(text).root.lookupType('Order');
  const plain = fc.record(
    {
      i: fc.integer(),
      l: fc.maxSafeInteger(),
      s: fc.string({ unit: 'grapheme' }),
      b: fc.uint8Array(),
      d: fc.double(),
      f: fc.float(),
      t: fc.boolean(),
      kind: fc.nat(2),
      many: fc.array(fc.integer()),
      counts: fc.dictionary(fc.string(), fc.maxSafeInteger()),
      name: fc.string(),
      at: fc.constantFrom(Buffer.from([8, 1, 16, 2]), Buffer.alloc(0)),
      note: fc.constantFrom(Buffer.from([10, 1, 0x41]), Buffer.alloc(0)),
      big: fc.maxSafeInteger(),
    },
    { requiredKeys: [] },
  );
  const nested = fc.tuple(plain, fc.option(plain)).map(([outer, next]) => (next === null ? outer : { ...outer, next }));
  const right = nested.map((message) => Buffer.from(order.encode(order.fromObject(message)).finish()));
  const payload = changed(right).map((message) => Buffer.concat([Buffer.from([0]), message]));
  await holdsFor(withRegistry('io.confluent.connect.protobuf.ProtobufConverter'), framed(stored.id, payload), 600);
});

test('JSON with a JSON schema', async () => {
  const schema = {
    type: 'object',
    properties: {
      n: { type: 'integer' },
      f: { type: 'number', default: 1.5 },
      s: { oneOf: [{ type: 'null' }, { type: 'string' }] },
      u: { oneOf: [{ type: 'integer' }, { type: 'string' }] },
      a: { type: 'array', items: { type: 'boolean' } },
      m: { type: 'object', additionalProperties: { type: 'number' } },
    },
  };
  const { stored } = registry.register('t-value', { schema: JSON.stringify(schema), schemaType: 'JSON' });
  const value = fc.record(
    {
      n: fc.oneof(fc.integer(), fc.string()),
      f: fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constant(null)),
      s: fc.oneof(fc.string(), fc.constant(null), fc.integer()),
      u: fc.oneof(fc.integer(), fc.string()),
      a: fc.array(fc.boolean()),
      m: fc.dictionary(fc.string(), fc.integer()),
    },
    { requiredKeys: [] },
  );
  const payload = fc
    .oneof(
      value.map((json) => JSON.stringify(json)),
      fc.json(),
    )
    .map((json) => Buffer.from(json));
  await holdsFor(withRegistry('io.confluent.connect.json.JsonSchemaConverter'), framed(stored.id, payload), 800);
});

test.each([
  'my-connect',
  'my-iso',
  'my-micro',
  'my-nano',
  'my-plain',
  'pg-adaptive',
  'pg-adaptmicro',
  'pg-connect',
  'pg-iso',
  'pg-micro',
  'pg-nano',
  'pg-plain',
  'pg-unwrap',
])('change events that genuine connectors sent: %s', async (name) => {
  const { records } = readCapture(name);
  const schemasEnable = String(records.some(({ value }) => value?.startsWith('{"schema":') === true));
  const { ofBoth, close } = both({
    'converter.mode': 'debezium_ingestion',
    'enable.delete': 'true',
    'enable.truncate': 'false',
    'behavior.on.null.values': 'delete',
    'sink.properties.unique_key_update_mode': 'UPDATE_FLEXIBLE_COLUMNS',
    'value.converter': JSON_CONVERTER,
    'value.converter.schemas.enable': schemasEnable,
    'key.converter': JSON_CONVERTER,
    'key.converter.schemas.enable': schemasEnable,
  });
  let rows = 0;
  for (const record of records) {
    const [direct, transformed] = await ofBoth(record);
    expect(transformed).toEqual(direct);
    rows += Array.isArray(direct) ? direct.length : 0;
  }
  expect(rows).toBeGreaterThan(0);
  await close();
});
