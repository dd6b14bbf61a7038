import fc from 'fast-check';
import {
  keyValue,
  partitionOffset,
  partitionSelector,
  positiveNumber,
  wholeNumber,
} from '../../../client/commands/arguments.js';
import { selected } from '../../../client/commands/connector/offsets.js';

test('offsets of any 64-bit size are kept digit by digit', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }), fc.nat(99), (offset, partition) => {
      expect(partitionOffset(`a.b-c_d:${partition}=${offset}`)).toEqual({
        topic: 'a.b-c_d',
        partition,
        offset: offset.toString(),
      });
    }),
  );
});

test.each(['orders', 'orders:0', 'orders=5', 'orders:x=5', 'orders:0=-1', 'orders:0=1.5', ''])(
  '%p is no offset',
  (text) => {
    expect(() => partitionOffset(text)).toThrow('topic:partition=offset');
  },
);

test('--set is split at its first equals sign and may be given again', () => {
  expect(keyValue('b=', keyValue('a=x=y'))).toEqual({ a: 'x=y', b: '' });
  expect(() => keyValue('=x')).toThrow('key=value');
});

test('numbers', () => {
  expect(wholeNumber('12')).toBe(12);
  expect(() => wholeNumber('1.5')).toThrow('whole number');
  expect(positiveNumber('0.5')).toBe(0.5);
  expect(() => positiveNumber('0')).toThrow('above 0');
});

describe('offsets reset', () => {
  const known = [
    { topic: 'a', partition: 0 },
    { topic: 'a', partition: 1 },
    { topic: 'b', partition: 0 },
  ];

  test('takes all partitions, those of a topic, or single ones', () => {
    expect(selected(known, [])).toEqual(known);
    expect(selected(known, [partitionSelector('a')])).toHaveLength(2);
    expect(selected(known, [partitionSelector('a:1'), partitionSelector('b')])).toEqual([known[1], known[2]]);
  });

  test('refuses what the connector does not read', () => {
    expect(() => selected(known, [partitionSelector('c')])).toThrow('does not read c.');
    expect(() => selected(known, [partitionSelector('b:7')])).toThrow('does not read b[7].');
  });
});
