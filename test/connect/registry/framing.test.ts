import fc from 'fast-check';
import { Framing } from '../../../connect/registry/index.js';
import { recordError, survives } from '../converters/binary/decoding.js';

const GUID = '89791762-2336-4186-9674-299b90a802e2';
const GUID_BYTES = Buffer.from(GUID.replaceAll('-', ''), 'hex');

function read(
  bytes: number[] | Buffer,
  { withIndexes = false, header }: { withIndexes?: boolean; header?: Buffer } = {},
) {
  const source = Buffer.concat([Buffer.from([9, 9]), Buffer.from(bytes), Buffer.from([9])]);
  const { key, messageIndexes, payloadStart } = new Framing(withIndexes).read(source, 2, source.length - 1, header);
  return { key, messageIndexes, payloadStart: payloadStart - 2 };
}

test('an id or a GUID before the value', () => {
  expect(read([0, 0, 0, 1, 2, 7])).toEqual({ key: 258, messageIndexes: [0], payloadStart: 5 });
  expect(read(Buffer.concat([Buffer.from([1]), GUID_BYTES]))).toEqual({
    key: GUID,
    messageIndexes: [0],
    payloadStart: 17,
  });
});

test('either in the header of the record, and then the value is all payload', () => {
  const header = Buffer.concat([Buffer.from([1]), GUID_BYTES]);
  expect(read([0x7b], { header })).toEqual({ key: GUID, messageIndexes: [0], payloadStart: 0 });
  const withIndexes = Buffer.concat([header, Buffer.from([4, 2, 0])]);
  expect(read([8], { header: withIndexes, withIndexes: true })).toEqual({
    key: GUID,
    messageIndexes: [1, 0],
    payloadStart: 0,
  });
});

test('message indexes of Protobuf', () => {
  const withIndexes = true;
  expect(read([0, 0, 0, 0, 1, 0], { withIndexes })).toMatchObject({ messageIndexes: [0], payloadStart: 6 });
  expect(read([0, 0, 0, 0, 1, 2, 4], { withIndexes })).toMatchObject({ messageIndexes: [2], payloadStart: 7 });
  expect(read([0, 0, 0, 0, 1, 4, 2, 0x80, 1], { withIndexes })).toMatchObject({
    messageIndexes: [1, 64],
    payloadStart: 9,
  });
  expect(recordError(() => read([0, 0, 0, 0, 1, 4, 2], { withIndexes }))).toContain('wrong message indexes');
  expect(recordError(() => read([0, 0, 0, 0, 1, 1], { withIndexes }))).toContain('wrong message indexes');
});

test('values that were written without a registry say what they look like', () => {
  expect(recordError(() => read(Buffer.from('{"a":1}')))).toMatch(/Unknown magic byte!.*0x7b.*JsonConverter/);
  expect(recordError(() => read([]))).toContain('The value is empty');
  expect(recordError(() => read([0, 0, 0]))).toContain('too short');
  expect(recordError(() => read([5], { header: Buffer.from([9]) }))).toContain('The record header');
});

test('any bytes are framed or RECORD_INVALID', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 30 }), fc.boolean(), (bytes, withIndexes) => {
      survives(() => read(Buffer.from(bytes), { withIndexes }));
    }),
  );
});
