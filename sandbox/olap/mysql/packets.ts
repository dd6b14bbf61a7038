/**
 * Packet framing: every packet is sent as chunks of at most 2^24 - 1 bytes.
 *
 *     chunk => length (3 bytes) sequence_id (1 byte) payload
 *
 * A chunk of exactly 2^24 - 1 bytes says that another one follows, if need be an empty one. The sequence id counts
 * the chunks of one command, both ways, and wraps at 256.
 */

const HEADER_BYTES = 4;
export const MAX_CHUNK_BYTES = 0xff_ffff;

export interface Packet {
  /** The sequence id of the last chunk: a reply goes on from here. */
  readonly sequenceId: number;
  readonly payload: Buffer;
}

/** Cuts one packet into chunks, ready to be sent. Returns them with the next sequence id. */
export function framePacket(payload: Buffer, sequenceId: number): { chunks: Buffer[]; nextSequenceId: number } {
  const chunks: Buffer[] = [];
  let next = sequenceId;
  for (let at = 0; ; at += MAX_CHUNK_BYTES) {
    const chunk = payload.subarray(at, at + MAX_CHUNK_BYTES);
    const header = Buffer.allocUnsafe(HEADER_BYTES);
    header.writeUIntLE(chunk.length, 0, 3);
    header.writeUInt8(next, 3);
    chunks.push(header, chunk);
    next = (next + 1) & 0xff;
    if (chunk.length < MAX_CHUNK_BYTES) return { chunks, nextSequenceId: next };
  }
}

/** Puts the bytes of a connection together into packets, however they are cut up on the way. */
export class PacketAssembler {
  #received: Buffer[] = [];
  #receivedBytes = 0;
  #chunks: Buffer[] = [];

  /** Takes what has arrived and returns the packets that are now complete. */
  push(bytes: Buffer): Packet[] {
    this.#received.push(bytes);
    this.#receivedBytes += bytes.length;
    const packets: Packet[] = [];
    for (let chunk = this.#takeChunk(); chunk !== undefined; chunk = this.#takeChunk()) {
      this.#chunks.push(chunk.payload);
      if (chunk.payload.length === MAX_CHUNK_BYTES) continue;
      packets.push({ sequenceId: chunk.sequenceId, payload: joined(this.#chunks) });
      this.#chunks = [];
    }
    return packets;
  }

  /** What has arrived behind the last packet, which is then forgotten here. */
  takeRest(): Buffer {
    const rest = joined(this.#received);
    this.#received = [];
    this.#receivedBytes = 0;
    return rest;
  }

  #takeChunk(): Packet | undefined {
    if (this.#receivedBytes < HEADER_BYTES) return undefined;
    const header = this.#peek(HEADER_BYTES);
    const end = HEADER_BYTES + header.readUIntLE(0, 3);
    if (this.#receivedBytes < end) return undefined;
    const bytes = this.#peek(end);
    this.#received = bytes.length === this.#receivedBytes ? [] : [joined(this.#received).subarray(end)];
    this.#receivedBytes -= end;
    return { sequenceId: bytes.readUInt8(3), payload: bytes.subarray(HEADER_BYTES, end) };
  }

  /** The first bytes that have arrived, in one piece. */
  #peek(length: number): Buffer {
    const [first] = this.#received;
    if (first !== undefined && first.length >= length) return first.subarray(0, length);
    this.#received = [joined(this.#received)];
    return (this.#received[0] ?? Buffer.alloc(0)).subarray(0, length);
  }
}

function joined(parts: readonly Buffer[]): Buffer {
  const [only] = parts;
  return parts.length === 1 && only !== undefined ? only : Buffer.concat(parts);
}
