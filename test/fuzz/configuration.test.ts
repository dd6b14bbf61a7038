/** Configuration files, damaged and hostile: read, or refused by a typed error; never anything else. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { parseConnectorJson } from '../../connect/config/files.js';
import { parseProperties, parseWorkerConfig, resolvePlaceholders } from '../../connect/config/index.js';
import { SluiceError } from '../../connect/errors.js';
import { dorisSinkFields } from '../../connectors/doris/config/fields.js';
import { dorisSinkDefinition, parseDorisSinkConfig } from '../../connectors/doris/config.js';
import { parseKafkaSettings } from '../../kafka/settings.js';
import { rawConfig } from '../connectors/doris/support/sink.js';
import { damaged, damages, FUZZ_TIMEOUT_MS, HOSTILE_TEXTS, runs, typedOutcome } from './support/fuzz.js';

const EXAMPLES = join('examples');
const examples = readdirSync(EXAMPLES, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.(json|properties)$/.test(name))
  .map((name): [string, Buffer] => [name, readFileSync(join(EXAMPLES, name))]);

const keys = fc.constantFrom(
  ...Object.keys(dorisSinkFields),
  ...HOSTILE_TEXTS,
  ...['__proto__', 'constructor', 'columns', 'group_commit', 'label\n', 'bad name', ''].flatMap((member) => [
    `sink.properties.${member}`,
    `consumer.override.${member}`,
    `value.converter.${member}`,
  ]),
);
const values = fc.oneof(
  fc.constantFrom(...HOSTILE_TEXTS),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom('true', 'false', '0', '-1', '2147483648', 'a:b,c:d.e', 'json', 'sync_mode', 'a,b', '1.5'),
);

/** All that is done with a configuration on its way to a running connector. */
function readConfiguration(raw: Readonly<Record<string, string>>): void {
  dorisSinkDefinition.check(raw);
  dorisSinkDefinition.validate(raw, 'DorisSinkConnector');
  dorisSinkDefinition.masked(raw);
  typedOutcome(() => parseDorisSinkConfig(raw));
  typedOutcome(() => parseWorkerConfig(raw));
  typedOutcome(() => parseKafkaSettings(raw));
}

test.each(examples)(
  'the example %s, damaged',
  (_name, bytes) => {
    const separators = ['\\', '\\u', '=', ':', '#', '\n', '"', '{', '}', ',', '\\ud800', '${env:', ...HOSTILE_TEXTS];
    fc.assert(
      fc.property(damages(separators), (damage) => {
        const text = damaged(bytes, damage).toString('utf8');
        const asProperties = typedOutcome(() => parseProperties(text));
        if (!(asProperties instanceof SluiceError)) readConfiguration(asProperties);
        const asJson = typedOutcome(() => parseConnectorJson(text));
        if (!(asJson instanceof SluiceError)) readConfiguration(asJson.config);
      }),
      runs(25),
    );
  },
  FUZZ_TIMEOUT_MS,
);

test(
  'keys and values that nobody means',
  () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(keys, values), { maxLength: 12 }), (entries) => {
        const raw = Object.fromEntries([...Object.entries(rawConfig(8030)), ...entries]);
        readConfiguration(raw);
        expect(Object.getPrototypeOf(dorisSinkDefinition.masked(raw))).toBe(Object.prototype);
      }),
      runs(150),
    );
    expect(Object.keys(Object.prototype)).toEqual([]);
  },
  FUZZ_TIMEOUT_MS,
);

test(
  'any JSON for a connector',
  () => {
    const anything = fc.json({ maxDepth: 4 });
    const submission = fc
      .tuple(anything, anything, anything)
      .map(([a, b, c]) => `{"name":${a},"config":{"topics":${b},"__proto__":${c}}}`);
    fc.assert(
      fc.property(fc.oneof(anything, submission), (text) => {
        const read = typedOutcome(() => parseConnectorJson(text));
        if (!(read instanceof SluiceError)) readConfiguration(read.config);
      }),
      runs(150),
    );
  },
  FUZZ_TIMEOUT_MS,
);

test.each<[string, string]>([
  ['continued lines', 'a=b\\\n '.repeat(400_000)],
  ['backslashes', `${'\\'.repeat(1_000_000)}x`],
  ['one key', 'a'.repeat(4_000_000)],
  ['arrays within each other', `{"config":{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}}`],
])('megabytes of %s are read, or refused, at once', (_title, text) => {
  const began = performance.now();
  typedOutcome(() => parseProperties(text));
  typedOutcome(() => parseConnectorJson(text));
  expect(performance.now() - began).toBeLessThan(10_000);
});

test('a placeholder is what it names, never what a JavaScript object happens to have', async () => {
  for (const name of ['constructor', 'toString', '__proto__', 'hasOwnProperty', '']) {
    for (const placeholder of [`\${env:${name}}`, `\${file:package.json:${name}}`]) {
      const failure = await resolvePlaceholders({ 'doris.password': placeholder }).catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: 'SECRET_UNRESOLVED', context: { key: 'doris.password' } });
    }
  }
});

test.each<[string, Record<string, string>, string]>([
  ['a header in a header', { 'sink.properties.columns': 'a\r\nlabel: other' }, 'sink.properties.columns'],
  ['a header in the name of a header', { 'sink.properties.a: b\r\nlabel': 'x' }, 'sink.properties.a: b\r\nlabel'],
  ['NUL in a header', { 'sink.properties.where': 'a\0' }, 'sink.properties.where'],
  ['half a character in a header', { 'sink.properties.where': 'a = \ud800' }, 'sink.properties.where'],
  ['half a character for a database', { 'doris.database': 'db\ud800' }, 'doris.database'],
  ['a path for a database', { 'doris.database': '..' }, 'doris.database'],
  ['a path for a table', { 'doris.topic2table.map': 't:../x' }, 'doris.topic2table.map'],
  ['half a character for a table', { 'doris.topic2table.map': 't:\udc00' }, 'doris.topic2table.map'],
  ['a user with two parts', { 'doris.user': 'a:b' }, 'doris.user'],
  ['a file for an address', { 'doris.urls': 'file:///etc/passwd' }, 'doris.urls'],
  ['a user in an address', { 'doris.urls': 'http://root:secret@fe:8030' }, 'doris.urls'],
  ['a newline in an address', { 'doris.urls': 'fe\r\nx: y' }, 'doris.urls'],
  ['a file for an allowed host', { 'doris.redirect.allowed.hosts': 'file:///x' }, 'doris.redirect.allowed.hosts'],
  ['an address with a path', { 'doris.urls': 'http://fe:8030/x?y#' }, 'doris.urls'],
])('%s is a problem of its key, told before anything is sent', (_title, changes, key) => {
  const { problems } = dorisSinkDefinition.check(rawConfig(8030, changes));
  expect(problems.map((problem) => problem.key)).toContain(key);
});

test('a label prefix with newlines makes labels without', () => {
  const config = parseDorisSinkConfig(rawConfig(8030, { 'label.prefix': 'a\r\nX: y/../"é' }));
  expect(config.labelPrefix).toMatch(/^[-_A-Za-z0-9]+$/);
});
