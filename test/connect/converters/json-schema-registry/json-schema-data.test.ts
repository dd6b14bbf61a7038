import { readFileSync } from 'node:fs';
import { parseJsonSchema } from '../../../../connect/converters/json-schema.js';
import { compileJsonSchema, JSON_SCHEMA_DEFAULTS } from '../../../../connect/converters/json-schema-registry/index.js';
import type { Schema } from '../../../../connect/data/schema.js';
import {
  isArray,
  isObject,
  type JsonObject,
  jsonText,
  parseJsonTree,
  textOf,
} from '../../../../connect/registry/json-tree.js';
import { decodeRows, decodeValue, writeText } from '../binary/decoding.js';
import { comparable, withDefaults } from '../binary/java-results.js';

/**
 * What the Java classes make of JSON with JSON schemas: io.confluent.connect.json.JsonSchemaData of schema-registry 8 and
 * then Connect's JsonConverter. Values that these refuse only because something is missing are not among them.
 */
const path = new URL('fixtures/json-schema-data.json', import.meta.url);
const cases = parseJsonTree(readFileSync(path, 'utf8')) as readonly JsonObject[];

describe.each(cases.map((item): [string, JsonObject] => [String(item.get('name')), item]))('%s', (_, item) => {
  const config = item.get('config');
  const has = (key: string): boolean => isObject(config) && config.get(key) === 'true';
  const decoder = compileJsonSchema(
    { schemaText: jsonText(item.get('schema') ?? null) },
    {
      ...JSON_SCHEMA_DEFAULTS,
      useOptionalForNonRequired: has('use.optional.for.nonrequired'),
      generalizedSumTypeSupport: has('generalized.sum.type.support'),
    },
    writeText,
  );
  const values = item.get('values');
  const pairs = (isArray(values) ? values : []).filter(isObject).filter((pair) => pair.has('row'));

  test.each(pairs.map((pair) => [String(pair.get('value')), String(pair.get('row'))]))(
    'the row of %s',
    (value, row) => {
      const [ours] = decodeRows(decoder, Buffer.from(value)) ?? [];
      expect(comparable(parseJsonTree(String(ours)))).toEqual(comparable(parseJsonTree(row)));
      expect(decodeValue(decoder, Buffer.from(value)).value).not.toBeNull();
    },
  );

  const connectSchema = textOf(item.get('connectSchema'));
  if (connectSchema === undefined) return;
  test('the schema', () => {
    const java = Buffer.from(connectSchema);
    expect(inAnyOrder(withDefaults(decoder.schema as Schema))).toEqual(
      inAnyOrder(withDefaults(parseJsonSchema(java, 0, java.length) as Schema)),
    );
  });
});

/**
 * Java has the properties of an object in the order of a hash table, and numbers the objects that are referred to more
 * than once.
 */
function inAnyOrder(schema: unknown): unknown {
  return JSON.parse(
    JSON.stringify(schema, (_, part) => (typeof part === 'bigint' ? String(part) : part)),
    (key, part) => {
      if (key === 'parameters') delete part['io.confluent.connect.json.Id'];
      return key === 'fields' ? part.toSorted((one: Named, other: Named) => one.name.localeCompare(other.name)) : part;
    },
  );
}

interface Named {
  readonly name: string;
}
