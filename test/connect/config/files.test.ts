import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseConnectorJson, readConnectorFile, readWorkerFile } from '../../../connect/config/files.js';
import { CONNECTORS } from '../../../connectors/registry.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-config-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function file(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

describe('a connector in JSON', () => {
  test.each<[string, string, Record<string, string>]>([
    ['a flat map', '{"name":"c","topics":"t"}', { name: 'c', topics: 't' }],
    ['the body of a REST call', '{"name":"c","config":{"topics":"t"}}', { name: 'c', topics: 't' }],
    ['the name on both levels', '{"name":"c","config":{"name":"c","topics":"t"}}', { name: 'c', topics: 't' }],
    ['no name outside', '{"config":{"name":"c"}}', { name: 'c' }],
    [
      'numbers and booleans',
      '{"name":"c","tasks.max":2,"x":0.5,"jmx":true}',
      { name: 'c', 'tasks.max': '2', x: '0.5', jmx: 'true' },
    ],
    ['null is absent', '{"name":"c","topics":null}', { name: 'c' }],
    ['a list', '{"name":"c","topics":["a","b"]}', { name: 'c', topics: 'a,b' }],
    ['commas before closing braces', '{"name":"c","config":{"a":"x,}",\n },\n}', { name: 'c', a: 'x,}' }],
  ])('%s', (_title, text, expected) => {
    expect(parseConnectorJson(text).config).toEqual(expected);
  });

  test('the state to begin in', () => {
    expect(parseConnectorJson('{"name":"c","config":{},"initial_state":"paused"}').initialState).toBe('PAUSED');
    expect(parseConnectorJson('{"name":"c","config":{}}').initialState).toBeUndefined();
  });

  test.each([
    ['{"name":"a","config":{"name":"b"}}', "Connector name configuration (b) doesn't match connector name"],
    ['{"name":"a","config":{},"state":"PAUSED"}', 'Unrecognized field "state"'],
    ['{"name":"a","config":{},"initial_state":"x"}', 'initial_state must be one of: RUNNING, PAUSED, STOPPED.'],
    ['[]', 'not a JSON object'],
    ['{"a":{"b":"c"}}', 'The value of a is not text'],
    ['{"a":12345678901234567890}', 'The number of a is too large'],
  ])('%s: %s', (text, message) => {
    expect(() => parseConnectorJson(text)).toThrow(message);
  });

  test('broken JSON is told by its line, never by its text', () => {
    expect(() => parseConnectorJson('{"name":"c",\n"doris.password":"geheim" x}')).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.not.stringContaining('geheim') }),
    );
  });
});

test('files are read by their names, or by what they hold', async () => {
  const expected = { config: { name: 'c', topics: 't' }, initialState: undefined };
  expect(await readConnectorFile(await file('a.properties', 'name=c\ntopics=t'))).toEqual(expected);
  expect(await readConnectorFile(await file('a.json', '{"name":"c","topics":"t"}'))).toEqual(expected);
  expect(await readConnectorFile(await file('a.conf', ' {"name":"c","topics":"t"}'))).toEqual(expected);
  expect(await readWorkerFile(await file('worker.json', '{"bootstrap.servers":"k:9092"}'))).toEqual({
    'bootstrap.servers': 'k:9092',
  });
});

test('what is wrong with a file is told with its path', async () => {
  await expect(readConnectorFile(join(folder, 'none.json'))).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringContaining(join(folder, 'none.json')),
  });
  await expect(readConnectorFile(await file('bad.json', '{'))).rejects.toThrow('bad.json');
});

test.each(['connector.json', 'connector.properties'])('examples/doris-json/%s is a valid connector', async (name) => {
  const { config } = await readConnectorFile(join('examples', 'doris-json', name));
  const [doris] = CONNECTORS;
  expect(doris?.definition.check(config)).toEqual({ problems: [], warnings: [], notes: [] });
});
