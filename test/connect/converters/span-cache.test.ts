import { SpanCache } from '../../../connect/converters/span-cache.js';

/** Looks the text up between other bytes. */
function find(cache: SpanCache<string>, text: string): string | undefined {
  return cache.find(Buffer.from(`__${text}__`), 2, 2 + text.length)?.value;
}

function add(cache: SpanCache<string>, key: string): void {
  cache.add(Buffer.from(`_${key}_`), 1, 1 + key.length, `value of ${key}`);
}

test('finds the entry that the span begins with, and does not look past the span', () => {
  const cache = new SpanCache<string>(4, 1000);
  add(cache, 'abc');
  expect(find(cache, 'abcdef')).toBe('value of abc');
  expect(find(cache, 'abc')).toBe('value of abc');
  expect(find(cache, 'ab')).toBeUndefined();
  expect(find(cache, 'xabc')).toBeUndefined();
  expect(cache.find(Buffer.from('abc'), 0, 2)).toBeUndefined();
});

test('forgets what was not used for longest', () => {
  const cache = new SpanCache<string>(2, 1000);
  add(cache, 'a');
  add(cache, 'b');
  find(cache, 'a');
  add(cache, 'c');
  expect(['a', 'b', 'c'].map((key) => find(cache, key))).toEqual(['value of a', undefined, 'value of c']);
});

test('bounds the bytes of its keys, but keeps the newest', () => {
  const cache = new SpanCache<string>(10, 8);
  for (const key of ['aaaa', 'bbbb', 'cccc', 'dddddddddddd']) add(cache, key);
  expect(find(cache, 'cccc')).toBeUndefined();
  expect(find(cache, 'dddddddddddd')).toBe('value of dddddddddddd');
  add(cache, 'aaaa');
  add(cache, 'bbbb');
  expect(find(cache, 'aaaa')).toBe('value of aaaa');
  expect(find(cache, 'bbbb')).toBe('value of bbbb');
});

test('keeps its own copy of the key', () => {
  const cache = new SpanCache<string>(2, 1000);
  const source = Buffer.from('abc');
  cache.add(source, 0, 3, 'kept');
  source.fill(0);
  expect(find(cache, 'abc')).toBe('kept');
});
