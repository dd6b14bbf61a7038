/** Lines as records of a topic. */
import { recordsOf } from '../../../client/demo/records.js';

const texts = async (lines: readonly string[], keySeparator?: string) => {
  const records = await recordsOf('t', lines, keySeparator === undefined ? {} : { keySeparator });
  return records.map(({ key, value }) => [key?.toString() ?? null, value?.toString() ?? null]);
};

test('without keys', async () => {
  expect(await texts(['a:b', 'c'])).toEqual([
    [null, 'a:b'],
    [null, 'c'],
  ]);
});

test('with keys; nothing behind the separator is null', async () => {
  expect(await texts(['a:b:c', 'd:'], ':')).toEqual([
    ['a', 'b:c'],
    ['d', null],
  ]);
});

test('a line without a key, and a schema without a registry, are told', async () => {
  await expect(texts(['a'], ':')).rejects.toThrow('A line has no ":": a');
  await expect(recordsOf('t', [], { schema: 'user.avsc' })).rejects.toThrow('The sandbox runs no registry.');
});
