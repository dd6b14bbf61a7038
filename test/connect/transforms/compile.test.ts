import type { StructSchema } from '../../../connect/data/schema.js';
import { type ConnectRecord, Instant, JsonNumber, Struct, type Value } from '../../../connect/data/value.js';
import { SluiceError } from '../../../connect/errors.js';
import { checkTransforms, compileTransforms, mayChangeTopic } from '../../../connect/transforms/index.js';

const KAFKA = 'org.apache.kafka.connect.transforms';

function record(value: Value): ConnectRecord {
  return {
    topic: 'orders',
    partition: 1,
    offset: 9_007_199_254_740_993n,
    timestampMs: 1_714_567_890_123n,
    key: { schema: undefined, value: null },
    value: { schema: undefined, value },
    headers: [],
  };
}

function thrown(action: () => unknown): SluiceError {
  try {
    action();
  } catch (error) {
    if (error instanceof SluiceError) return error;
  }
  throw new Error('no SluiceError was thrown');
}

test('without transforms records stay the objects they are', () => {
  const before = record(null);
  expect(compileTransforms({ name: 'c' }).apply(before)).toBe(before);
});

test('transforms run in the order of their list; a dropped record does not reach the next one', () => {
  const chain = compileTransforms({
    transforms: 'first, second,third',
    'transforms.first.type': `${KAFKA}.InsertField$Value`,
    'transforms.first.offset.field': 'offset',
    'transforms.second.type': 'ReplaceField$Value',
    'transforms.second.renames': 'offset:kafka_offset',
    'transforms.third.type': 'Filter',
    'transforms.third.predicate': 'empty',
    predicates: 'empty',
    'predicates.empty.type': `${KAFKA}.predicates.RecordIsTombstone`,
  });
  const value = new Map<Value, Value>([['price', new JsonNumber('0.10')]]);
  expect(chain.apply(record(value))?.value.value).toEqual(
    new Map<Value, Value>([
      ['price', new JsonNumber('0.10')],
      ['kafka_offset', 9_007_199_254_740_993n],
    ]),
  );
  expect(chain.apply(record(null))).toBeUndefined();
});

test('an error says which transform failed, on which record as Kafka has it', () => {
  const chain = compileTransforms({
    transforms: 'route,unwrap',
    'transforms.route.type': 'RegexRouter',
    'transforms.route.regex': '.*',
    'transforms.route.replacement': 'elsewhere',
    'transforms.unwrap.type': 'ExtractField$Value',
    'transforms.unwrap.field': 'after',
  });
  const error = thrown(() => chain.apply(record('text')));
  expect(error.code).toBe('RECORD_INVALID');
  expect(error.message).toBe(
    'Only Map objects supported in absence of schema for [field extraction], found: java.lang.String',
  );
  expect(error.context).toEqual({
    topic: 'orders',
    partition: 1,
    offset: '9007199254740993',
    key: 'transforms.unwrap',
  });
});

const type = { transforms: 't', 'transforms.t.type': 'InsertField$Value' };

test.each<[string, Record<string, string>, string]>([
  [
    'no type',
    { transforms: 't' },
    'Missing required configuration "transforms.t.type" which has no default value. Set it to the class.',
  ],
  [
    'a class that does not exist',
    { transforms: 't', 'transforms.t.type': `${KAFKA}.InsertFeild$Value` },
    `Invalid value ${KAFKA}.InsertFeild$Value for configuration transforms.t.type: Class ${KAFKA}.InsertFeild$Value could not be found. Did you mean ${KAFKA}.InsertField$Value?`,
  ],
  [
    'neither $Key nor $Value',
    { transforms: 't', 'transforms.t.type': `${KAFKA}.InsertField` },
    `Invalid value ${KAFKA}.InsertField for configuration transforms.t.type: Class ${KAFKA}.InsertField could not be found. Put $Key or $Value behind it: ${KAFKA}.InsertField$Value.`,
  ],
  [
    'a missing key',
    { transforms: 't', 'transforms.t.type': 'RegexRouter', 'transforms.t.regex': 'a' },
    'Missing required configuration "transforms.t.replacement" which has no default value.',
  ],
  [
    'a value of the wrong type',
    { ...type, 'transforms.t.topic.field': 'a', 'transforms.t.replace.null.with.default': 'maybe' },
    'Invalid value maybe for configuration transforms.t.replace.null.with.default: Expected value to be either true or false',
  ],
  [
    'a word that is none of the choices',
    {
      transforms: 't',
      'transforms.t.type': 'TimestampConverter$Value',
      'transforms.t.target.type': 'datetime',
    },
    'Invalid value datetime for configuration transforms.t.target.type: String must be one of: string, unix, Date, Time, Timestamp',
  ],
  [
    'settings that do not go together',
    { ...type, 'transforms.t.static.field': 'a' },
    'transforms.t.static.value: No value specified for static field: a',
  ],
  [
    'a predicate that is not defined',
    { ...type, 'transforms.t.topic.field': 'a', 'transforms.t.predicate': 'p' },
    'Invalid value p for configuration transforms.t.predicate: There is no predicate of that name. Name it in predicates, which has: none.',
  ],
  [
    'negate without a predicate',
    { ...type, 'transforms.t.topic.field': 'a', 'transforms.t.negate': 'true' },
    "Config 'transforms.t.negate' was provided but there is no config 'transforms.t.predicate' defining a predicate to be negated. Set transforms.t.predicate, or remove transforms.t.negate.",
  ],
  [
    'an alias that occurs twice',
    { ...type, transforms: 't,t', 'transforms.t.topic.field': 'a' },
    'Invalid value t,t for configuration transforms: Duplicate alias provided. (transformation t) Name each alias once.',
  ],
  [
    'a replacement with a group that the expression does not have',
    {
      transforms: 't',
      'transforms.t.type': 'RegexRouter',
      'transforms.t.regex': 'a(.*)',
      'transforms.t.replacement': '$2',
    },
    'transforms.t.replacement: Invalid replacement $2: No group 2',
  ],
  [
    'a predicate without its key',
    { predicates: 'p', 'predicates.p.type': 'HasHeaderKey' },
    'Missing required configuration "predicates.p.name" which has no default value.',
  ],
])('%s is refused', (_name, config, message) => {
  const error = thrown(() => compileTransforms(config));
  expect(error.code).toBe('CONFIG_INVALID');
  expect(error.message).toBe(`Connector configuration is invalid and contains the following 1 error(s):\n${message}`);
});

test('all problems are reported at once', () => {
  const config = { transforms: 'a,b', 'transforms.a.type': 'Nope', 'transforms.b.type': 'HoistField$Key' };
  expect(checkTransforms(config).problems.map(({ key }) => key)).toEqual(['transforms.a.type', 'transforms.b.field']);
});

test('keys that do nothing are warned of, with the key that was probably meant', () => {
  const { problems, warnings, notes } = checkTransforms({
    ...type,
    'transforms.t.topic.feild': 'a',
    'transforms.t.topic.field': 'b',
    'transforms.t.plugin.version': '1',
    'transforms.tt.type': 'Filter',
    'predicates.p.type': 'HasHeaderKey',
  });
  expect(problems).toEqual([]);
  expect(warnings).toEqual([
    {
      key: 'transforms.t.topic.feild',
      message: 'Unknown configuration transforms.t.topic.feild; it has no effect.',
      hint: 'Did you mean transforms.t.topic.field?',
    },
    {
      key: 'transforms.tt.type',
      message: 'transforms.tt.type has no effect: tt is not in transforms.',
      hint: 'Add tt to transforms, or remove the key.',
    },
    {
      key: 'predicates.p.type',
      message: 'predicates.p.type has no effect: p is not in predicates.',
      hint: 'Add p to predicates, or remove the key.',
    },
  ]);
  expect(notes.map(({ key }) => key)).toEqual(['transforms.t.plugin.version']);
});

test('values with placeholders are trusted when a connector is submitted', () => {
  const config = { ...type, 'transforms.t.replace.null.with.default': `\${env:REPLACE}` };
  expect(checkTransforms(config).problems).toEqual([]);
});

test('aliases are told apart by case', () => {
  const chain = compileTransforms({
    transforms: 'a,A',
    'transforms.a.type': 'HoistField$Value',
    'transforms.a.field': 'inner',
    'transforms.A.type': 'HoistField$Value',
    'transforms.A.field': 'outer',
  });
  expect(chain.apply(record(1n))?.value.value).toEqual(new Map([['outer', new Map([['inner', 1n]])]]));
});

test('a schema is changed once, not per record', () => {
  const chain = compileTransforms({
    transforms: 'insert,rename,cast,unix',
    'transforms.insert.type': 'InsertField$Value',
    'transforms.insert.timestamp.field': 'at',
    'transforms.rename.type': 'ReplaceField$Value',
    'transforms.rename.renames': 'id:key',
    'transforms.cast.type': 'Cast$Value',
    'transforms.cast.spec': 'key:string',
    'transforms.unix.type': 'TimestampConverter$Value',
    'transforms.unix.field': 'at',
    'transforms.unix.target.type': 'Date',
  });
  const schema: StructSchema = {
    type: 'STRUCT',
    optional: false,
    fields: [{ name: 'id', schema: { type: 'INT64', optional: false } }],
  };
  const apply = (id: bigint): ConnectRecord | undefined =>
    chain.apply({ ...record(null), value: { schema, value: new Struct(schema, [id]) } });
  const first = apply(1n);
  const second = apply((1n << 63n) - 1n);
  expect(second?.value.schema).toBe(first?.value.schema);
  expect(second?.value.value).toMatchObject({ values: ['9223372036854775807', new Instant(1_714_521_600_000n)] });
});

test.each([
  ['int64', '9223372036854775808', -9_223_372_036_854_775_808n],
  ['string', '9223372036854775808', '9223372036854775808'],
  ['string', '0.10', '0.1'],
  ['int8', '300.7', 44n],
])('a number that JSON without a schema gives as its text is cast to %s: %s', (to, text, expected) => {
  const chain = compileTransforms({
    transforms: 'cast',
    'transforms.cast.type': 'Cast$Value',
    'transforms.cast.spec': `n:${to}`,
  });
  expect(chain.apply(record(new Map([['n', new JsonNumber(text)]])))?.value.value).toEqual(new Map([['n', expected]]));
});

test.each([
  ['RegexRouter', {}, true],
  ['org.apache.kafka.connect.transforms.TimestampRouter', {}, true],
  ['io.debezium.transforms.ByLogicalTableRouter', {}, true],
  ['io.debezium.transforms.ExtractNewRecordState', {}, false],
  ['io.debezium.transforms.ExtractNewRecordState', { 'transforms.t.route.by.field': 'table' }, true],
  ['Cast$Value', {}, false],
])('%s with %j may change the topic: %s', (type, settings, expected) => {
  expect(mayChangeTopic({ transforms: 'other, t', 'transforms.t.type': type, ...settings })).toBe(expected);
});
