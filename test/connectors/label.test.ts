import fc from 'fast-check';
import { type LabelParts, labelOf, MAX_LABEL_LENGTH, trialLabel } from '../../connectors/label.js';

const parts: LabelParts = {
  prefix: 'orders-sink',
  database: 'shop',
  table: 'orders',
  ranges: [{ topic: 'orders', partition: 3, start: '1200', end: '2400' }],
  identity: { id: 'a1b2c3', epoch: 0 },
};

test('says whose it is, and which records of which partition go into which table', () => {
  expect(labelOf(parts)).toMatch(/^orders-sink__orders__orders__3__1200__2400__[0-9a-f]{8}$/);
});

test('a load without some of the records is another one', () => {
  const excluded = [{ topic: 'orders', partition: 3, offsets: '2' }];
  const without = labelOf({ ...parts, excluded });
  expect(without).not.toBe(labelOf(parts));
  expect(without).not.toBe(labelOf({ ...parts, excluded: [{ topic: 'orders', partition: 3, offsets: '3' }] }));
  expect(labelOf({ ...parts, excluded: [] })).toBe(labelOf(parts));
});

test('trials have labels of their own, within what Doris allows', () => {
  expect(trialLabel('orders__1', 3)).toBe('orders__1__try3');
  const long = trialLabel('x'.repeat(MAX_LABEL_LENGTH), 12);
  expect(long).toHaveLength(MAX_LABEL_LENGTH);
  expect(long).toMatch(/__try12$/);
});

test('is the same for the same batch, always', () => {
  expect(labelOf(parts)).toBe(labelOf(structuredClone(parts)));
});

test('differs by connector and by epoch: another connector is never taken for oneself, a reload is a new load', () => {
  const own = labelOf(parts);
  expect(labelOf({ ...parts, identity: { id: 'zzz', epoch: 0 } })).not.toBe(own);
  expect(labelOf({ ...parts, identity: { id: 'a1b2c3', epoch: 1 } })).not.toBe(own);
});

test('names that look the same after rewriting do not share a label', () => {
  const dotted = labelOf({ ...parts, ranges: [{ topic: 'a.b', partition: 0, start: '0', end: '1' }] });
  const underscored = labelOf({ ...parts, ranges: [{ topic: 'a_b', partition: 0, start: '0', end: '1' }] });
  expect(dotted).not.toBe(underscored);
});

test('stays within what Doris allows, and tells different batches apart, whatever the names', () => {
  const offset = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }).map(String);
  const range = fc.record({
    topic: fc.string({ minLength: 1, maxLength: 249 }),
    partition: fc.nat(),
    start: offset,
    end: offset,
  });
  const anyParts = fc.record({
    prefix: fc.string({ maxLength: 200 }),
    database: fc.string({ maxLength: 64 }),
    table: fc.string({ minLength: 1, maxLength: 200 }),
    ranges: fc.array(range, { minLength: 1, maxLength: 5 }),
    identity: fc.record({ id: fc.string({ minLength: 1 }), epoch: fc.nat() }),
  });
  fc.assert(
    fc.property(anyParts, anyParts, (one, other) => {
      const label = labelOf(one);
      expect(label).toMatch(/^[-_A-Za-z0-9]{1,128}$/);
      expect(label.length).toBeLessThanOrEqual(MAX_LABEL_LENGTH);
      const same = JSON.stringify(one) === JSON.stringify(other);
      if (!same && (one.table !== other.table || JSON.stringify(one.ranges) !== JSON.stringify(other.ranges))) {
        expect(labelOf(other)).not.toBe(label);
      }
    }),
  );
});
