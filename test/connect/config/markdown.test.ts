import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { convertersPage } from '../../../connect/config/converter-documentation.js';
import { configurationPage } from '../../../connect/config/markdown.js';
import { workerDefinition } from '../../../connect/config/worker.js';
import { transformsPage } from '../../../connect/transforms/index.js';
import { CONNECTORS, connectorOf, findConnector } from '../../../connectors/registry.js';

const definitions = [...CONNECTORS.map(({ definition }) => definition), workerDefinition];

test.each([
  ['converters', convertersPage],
  ['transforms', transformsPage],
])('docs/configuration/%s.md is what the declarations say (npm run docs)', async (name, page) => {
  expect(await readFile(join('docs', 'configuration', `${name}.md`), 'utf8')).toBe(page());
});

test.each(definitions.map((definition) => [definition.parts.name, definition] as const))(
  'docs/configuration/%s.md is what the definition says (npm run docs)',
  async (name, { parts }) => {
    expect(await readFile(join('docs', 'configuration', `${name}.md`), 'utf8')).toBe(configurationPage(parts));
  },
);

test.each(definitions.map((definition) => [definition.parts.name, definition] as const))(
  'every default of %s is valid, and every key is explained',
  (_name, { parts }) => {
    for (const [key, { spec, read }] of Object.entries(parts.fields)) {
      if (spec.defaultText !== undefined) expect([key, read(spec.defaultText).ok]).toEqual([key, true]);
      expect([key, spec.documentation !== '' || spec.noEffect !== undefined]).toEqual([key, true]);
    }
  },
);

test('connectors are found by class, by simple name and by alias', () => {
  const doris = findConnector('org.apache.doris.kafka.connector.DorisSinkConnector');
  expect(doris).toBeDefined();
  expect(findConnector('DorisSink')).toBe(doris);
  expect(connectorOf({ 'Connector.Class': 'DorisSinkConnector' })).toBe(doris);
  expect(() => connectorOf({})).toThrow('Missing required configuration "connector.class"');
  expect(() => connectorOf({ 'connector.class': 'Other' })).toThrow('available connectors are: org.apache.doris');
});
