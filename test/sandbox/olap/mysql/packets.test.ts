import fc from 'fast-check';
import { framePacket, MAX_CHUNK_BYTES, PacketAssembler } from '../../../../sandbox/olap/mysql/packets.js';

function* cut(bytes: Buffer, sizes: readonly number[]): Generator<Buffer> {
  let at = 0;
  for (let turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

test('packets come out as they went in, however the connection cuts them', () => {
  const payloads = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 10 });
  const sizes = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(payloads, sizes, (sent, cuts) => {
      const wire = Buffer.concat(sent.flatMap((payload, index) => framePacket(Buffer.from(payload), index).chunks));
      const assembler = new PacketAssembler();
      const received = [...cut(wire, cuts)].flatMap((bytes) => assembler.push(bytes));
      expect(received.map(({ payload }) => [...payload])).toEqual(sent.map((payload) => [...payload]));
      expect(received.map(({ sequenceId }) => sequenceId)).toEqual(sent.map((_, index) => index));
    }),
  );
});

test.each([MAX_CHUNK_BYTES - 1, MAX_CHUNK_BYTES, MAX_CHUNK_BYTES + 1, 2 * MAX_CHUNK_BYTES])(
  'a packet of %i bytes',
  (size) => {
    const payload = Buffer.alloc(size, 7);
    const { chunks, nextSequenceId } = framePacket(payload, 255);
    const chunkCount = Math.floor(size / MAX_CHUNK_BYTES) + 1;
    expect(chunks).toHaveLength(2 * chunkCount);
    expect(nextSequenceId).toBe((255 + chunkCount) & 0xff);
    const assembler = new PacketAssembler();
    const received = [...cut(Buffer.concat(chunks), [1_000_003])].flatMap((bytes) => assembler.push(bytes));
    expect(received).toHaveLength(1);
    expect(received[0]?.payload.equals(payload)).toBe(true);
    expect(received[0]?.sequenceId).toBe((255 + chunkCount - 1) & 0xff);
  },
);
