/** The registry of schemas that records name theirs in: one at hand, or the double, in this process. */
import { SluiceError } from '../connect/errors.js';
import { RegistryDouble } from '../sandbox/registry/index.js';
import type { ValueSchema } from './records/index.js';

const REPLY_TIMEOUT_MS = 10_000;

/** Started when it is first asked for. Whoever makes one closes it. */
export class BenchRegistry {
  #double: Promise<RegistryDouble> | undefined;

  /** @param address `http://host:port` of a registry at hand */
  constructor(readonly address: string | undefined) {}

  async url(): Promise<string> {
    if (this.address !== undefined) return this.address;
    this.#double ??= RegistryDouble.start();
    return (await this.#double).url;
  }

  /** Registers the schema of a topic's values as producers do, and returns its id. */
  async register(topic: string, { schema, schemaType }: ValueSchema): Promise<number> {
    const url = `${await this.url()}/subjects/${encodeURIComponent(`${topic}-value`)}/versions`;
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
      body: JSON.stringify({ schema, schemaType }),
      signal: AbortSignal.timeout(REPLY_TIMEOUT_MS),
    });
    const text = await response.text();
    const { id } = (response.ok ? JSON.parse(text) : {}) as { id?: number };
    if (id !== undefined) return id;
    throw new SluiceError('CONFIG_INVALID', `${url} answers with HTTP ${response.status}: ${text}`, {
      hint: 'Give the address of a schema registry: --registry http://host:port.',
    });
  }

  async close(): Promise<void> {
    await (await this.#double)?.close();
  }
}
