/** A connection as a sequence of packets: incoming ones to iterate over, outgoing ones numbered and framed. */

import { once } from 'node:events';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { framePacket, PacketAssembler } from './packets.js';

/** Small packets are gathered up to this size before they are written. */
const WRITE_BATCH_BYTES = 64 * 1024;

export class PacketChannel {
  #sequenceId: number;
  readonly #assembler = new PacketAssembler();
  readonly #packets: AsyncGenerator<Buffer>;

  constructor(
    readonly socket: Socket,
    sequenceId = 0,
  ) {
    this.#sequenceId = sequenceId;
    this.#packets = this.#read();
  }

  /** The same conversation over TLS from here on: the client has asked for it and begins with its handshake. */
  async secured(certificate: { readonly key: string; readonly cert: string }): Promise<PacketChannel> {
    await this.#packets.return(undefined);
    // The handshake may have come together with the packet that asks for it.
    const rest = this.#assembler.takeRest();
    if (rest.length > 0) this.socket.unshift(rest);
    const secured = new TLSSocket(this.socket, { isServer: true, ...certificate });
    secured.on('error', () => this.socket.destroy());
    return new PacketChannel(secured, this.#sequenceId);
  }

  async *#read(): AsyncGenerator<Buffer> {
    for await (const bytes of this.socket.iterator({ destroyOnReturn: false })) {
      for (const packet of this.#assembler.push(bytes)) {
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
