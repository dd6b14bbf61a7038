/** A connection as a sequence of packets: incoming ones to iterate over, outgoing ones numbered and framed. */

import { once } from 'node:events';
import type { Socket } from 'node:net';
import { framePacket, PacketAssembler } from './packets.js';

/** Small packets are gathered up to this size before they are written. */
const WRITE_BATCH_BYTES = 64 * 1024;

export class PacketChannel {
  #sequenceId = 0;
  readonly #packets: AsyncGenerator<Buffer>;

  /** A TLS upgrade would hand a TLSSocket over this socket to a new channel: nothing else knows of the transport. */
  constructor(readonly socket: Socket) {
    this.#packets = this.#read();
  }

  async *#read(): AsyncGenerator<Buffer> {
    const assembler = new PacketAssembler();
    for await (const bytes of this.socket) {
      for (const packet of assembler.push(bytes)) {
        this.#sequenceId = (packet.sequenceId + 1) & 0xff;
        yield packet.payload;
      }
    }
  }

  /** The next packet of the client; undefined once the connection is closed. */
  async receive(): Promise<Buffer | undefined> {
    const { value, done } = await this.#packets.next();
    return done === true ? undefined : value;
  }

  /** Sends packets under the next sequence ids and waits while the client does not keep up. */
  async send(payloads: Iterable<Buffer>): Promise<void> {
    let batch: Buffer[] = [];
    let batchBytes = 0;
    for (const payload of payloads) {
      const framed = framePacket(payload, this.#sequenceId);
      this.#sequenceId = framed.nextSequenceId;
      batch.push(...framed.chunks);
      batchBytes += payload.length;
      if (batchBytes < WRITE_BATCH_BYTES) continue;
      await this.#write(Buffer.concat(batch));
      batch = [];
      batchBytes = 0;
    }
    if (batch.length > 0) await this.#write(Buffer.concat(batch));
  }

  async #write(bytes: Buffer): Promise<void> {
    if (this.socket.destroyed || this.socket.write(bytes)) return;
    const closed = new AbortController();
    const onClose = (): void => closed.abort();
    this.socket.once('close', onClose);
    try {
      await once(this.socket, 'drain', { signal: closed.signal });
    } catch (error) {
      if (!closed.signal.aborted) throw error;
    } finally {
      this.socket.off('close', onClose);
    }
  }
}
