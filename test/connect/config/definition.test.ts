import { defineConfig } from '../../../connect/config/definition.js';
import {
  boolean,
  double,
  family,
  type Infer,
  int,
  list,
  long,
  oneOf,
  secret,
  string,
} from '../../../connect/config/field.js';
import { HIDDEN, type Secret } from '../../../connect/config/values.js';

const fields = {
  'host.name': string().required().doc('Where to connect.').importance('HIGH').group('Connection'),
  'host.port': int({ min: 1, max: 65535 })
    .default('80')
    .group('Connection')
    .displayName('Port')
    .dependents('host.name'),
  password: secret().group('Connection'),
  mode: oneOf('fast', 'safe').default('safe').group('Work').alias('work.mode').width('SHORT'),
  'count.limit': long({ min: 0 }).group('Work'),
  'wait.seconds': double({ min: 0 }).default('1.5').group('Work'),
  verbose: boolean().default('false').group('Work'),
  tags: list().group('Work'),
  old: string().deprecated('Use mode.').group('Work'),
  unused: string().noEffect('there is nothing to do.').group('Work'),
  'extra.*': family(),
  'extra.inner.*': family().lowerCaseNames(),
};

const definition = defineConfig({
  name: 'example',
  title: 'Example',
  introduction: 'An example.',
  fields,
  rules: [
    ({ values, given }, findings) => {
      if (values.mode === 'fast' && !given('count.limit')) findings.problem('count.limit', 'fast needs count.limit');
    },
  ],
});

const first = (raw: Record<string, string>) => definition.parse({ 'host.name': 'h', ...raw }).problems[0]?.message;

test('values come out typed, defaults included', () => {
  const { values, problems } = definition.parse({
    'host.name': ' h ',
    'HOST.Port': '8080',
    tags: 'a, b ,,c',
    'work.mode': 'SAFE',
    'extra.Key': ' v ',
    'extra.inner.Key': 'w',
  });
  expect(problems).toEqual([]);
  const typed: Infer<typeof fields> | undefined = values;
  const host: string | undefined = typed?.['host.name'];
  const limit: number | undefined = typed?.['count.limit'];
  const password: Secret | undefined = typed?.password;
  expect([host, limit, password]).toEqual(['h', undefined, undefined]);
  expect(typed).toMatchObject({
    'host.port': 8080,
    'wait.seconds': 1.5,
    verbose: false,
    mode: 'safe',
    tags: ['a', 'b', 'c'],
    'extra.*': { Key: ' v ' },
    'extra.inner.*': { key: 'w' },
  });
});

test.each<[Record<string, string>, string | undefined]>([
  [{ 'host.name': '' }, 'host.name cannot be empty.'],
  [{ 'host.port': 'abc' }, 'Invalid value abc for configuration host.port: Not a number of type INT'],
  [{ 'host.port': '3000000000' }, 'Invalid value 3000000000 for configuration host.port: Not a number of type INT'],
  [{ 'host.port': '0' }, 'Invalid value 0 for configuration host.port: Value must be at least 1'],
  [{ 'host.port': '65536' }, 'Invalid value 65536 for configuration host.port: Value must be no more than 65535'],
  [{ 'host.port': '+80' }, undefined],
  [{ 'count.limit': '9007199254740991' }, undefined],
  [
    { 'count.limit': '9007199254740993' },
    'Invalid value 9007199254740993 for configuration count.limit: Value must be no more than 9007199254740991',
  ],
  [
    { 'count.limit': '9223372036854775808' },
    'Invalid value 9223372036854775808 for configuration count.limit: Not a number of type LONG',
  ],
  [{ 'wait.seconds': '0x10' }, 'Invalid value 0x10 for configuration wait.seconds: Not a number of type DOUBLE'],
  [{ verbose: 'on' }, 'Invalid value on for configuration verbose: Expected value to be either true or false'],
  [{ mode: 'slow' }, 'Invalid value slow for configuration mode: String must be one of: fast, safe'],
  [{ mode: 'fast' }, 'fast needs count.limit'],
  [{ mode: 'fast', 'work.mode': 'safe' }, 'Configuration mode is given twice, as mode and work.mode.'],
])('%j: %s', (raw, message) => {
  expect(first(raw)).toBe(message);
});

test('a missing key is reported as Connect does', () => {
  expect(definition.parse({}).problems).toEqual([
    { key: 'host.name', message: 'Missing required configuration "host.name" which has no default value.' },
  ]);
});

test('deprecated, unused and unknown keys do not keep anything from starting', () => {
  const { values, warnings, notes } = definition.parse({
    'host.name': 'h',
    old: 'x',
    unused: 'y',
    'host.prot': '1',
    z: '',
  });
  expect(values).toBeDefined();
  expect(warnings).toEqual([
    { key: 'old', message: 'old is deprecated.', hint: 'Use mode.' },
    {
      key: 'host.prot',
      message: 'Unknown configuration host.prot; it has no effect.',
      hint: 'Did you mean host.port?',
    },
    { key: 'z', message: 'Unknown configuration z; it has no effect.' },
  ]);
  expect(notes).toEqual([{ key: 'unused', message: 'unused has no effect: there is nothing to do.' }]);
});

test('as submitted, values with placeholders are taken on trust', () => {
  const raw = { 'host.name': `\${env:HOST}`, 'host.port': `\${file:/etc/p:port}` };
  expect(definition.check(raw).problems).toEqual([]);
  expect(definition.parse(raw).problems).toHaveLength(1);
});

test('secrets are hidden, placeholders and other values are not', () => {
  const raw = {
    password: 'geheim',
    'extra.ssl.key.password': 'geheim',
    'extra.sasl.jaas.config': `\${env:JAAS}`,
    'extra.url': 'http://user:geheim@host',
    'unknown.token': 'geheim',
    'host.name': 'h',
  };
  expect(definition.masked(raw)).toEqual({
    password: HIDDEN,
    'extra.ssl.key.password': HIDDEN,
    'extra.sasl.jaas.config': `\${env:JAAS}`,
    'extra.url': `http://${HIDDEN}@host`,
    'unknown.token': HIDDEN,
    'host.name': 'h',
  });
});

test('the answer of the REST validate call', () => {
  const infos = definition.validate({ 'host.port': 'abc', password: 'geheim', 'extra.a': 'b' }, 'Example');
  expect(infos).toMatchObject({ name: 'Example', error_count: 2, groups: ['Connection', 'Work', 'General'] });
  expect(infos.configs[0]).toEqual({
    definition: {
      name: 'host.name',
      type: 'STRING',
      required: true,
      default_value: null,
      importance: 'HIGH',
      documentation: 'Where to connect.',
      group: 'Connection',
      order: 1,
      width: 'MEDIUM',
      display_name: 'host.name',
      dependents: [],
    },
    value: {
      name: 'host.name',
      value: null,
      recommended_values: [],
      errors: ['Missing required configuration "host.name" which has no default value.'],
      visible: true,
    },
  });
  expect(infos.configs[1]).toMatchObject({
    definition: {
      type: 'INT',
      required: false,
      default_value: '80',
      order: 2,
      display_name: 'Port',
      dependents: ['host.name'],
    },
    value: { value: 'abc', errors: ['Invalid value abc for configuration host.port: Not a number of type INT'] },
  });
  expect(infos.configs[2]).toMatchObject({ definition: { type: 'PASSWORD' }, value: { value: HIDDEN, errors: [] } });
  expect(infos.configs[3]).toMatchObject({ value: { value: 'safe', recommended_values: ['fast', 'safe'] } });
  expect(infos.configs.at(-1)).toMatchObject({
    definition: { name: 'extra.a' },
    value: { name: 'extra.a', value: 'b' },
  });
  expect(definition.keyInfos().map(({ name }) => name)).not.toContain('extra.*');
});
