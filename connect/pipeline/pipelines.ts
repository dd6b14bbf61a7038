import type { ConverterConfig } from '../config/converters.js';
import { createRegistryClient } from '../converters/registry/index.js';
import { SluiceError } from '../errors.js';
import type { RegistryClient } from '../registry/index.js';
import type { RegistryClients } from './parts.js';
import { createPipeline, type Pipeline } from './pipeline.js';
import type { PipelineSettings } from './settings.js';

/** So many are kept for the next reading. */
const MAX_IDLE = 8;

/**
 * The pipelines of a connector: one for each reading that is under way. What they have learned (compiled schemas) stays
 * with them for the next; what the registry has told is shared.
 */
export class Pipelines {
  readonly #settings: PipelineSettings;
  readonly #clients: RegistryClients;
  readonly #idle: Pipeline[];

  /** @throws SluiceError CONFIG_INVALID where converters or transforms cannot be made of their settings */
  constructor(settings: PipelineSettings) {
    const { keyConverter, valueConverter } = settings.config.records;
    this.#settings = settings;
    this.#clients = { key: clientOf(keyConverter, 'key'), value: clientOf(valueConverter, 'value') };
    this.#idle = [createPipeline(settings, this.#clients)];
  }

  /** Runs `work` with a pipeline that nobody else uses meanwhile. */
  async use<T>(work: (pipeline: Pipeline) => Promise<T>): Promise<T> {
    const pipeline = this.#idle.pop() ?? createPipeline(this.#settings, this.#clients);
    pipeline.begin();
    let isSound = true;
    try {
      return await work(pipeline);
    } catch (error) {
      // One that has failed in an unforeseen way is not used again.
      isSound = error instanceof SluiceError;
      throw error;
    } finally {
      if (isSound && this.#idle.length < MAX_IDLE) this.#idle.push(pipeline);
    }
  }

  /** Closes what asks registries. Readings that are under way fail. */
  async close(): Promise<void> {
    await Promise.all([this.#clients.key?.close(), this.#clients.value?.close()]);
  }
}

function clientOf({ kind, properties }: ConverterConfig, side: 'key' | 'value'): RegistryClient | undefined {
  return kind === 'registry' ? createRegistryClient(properties, side) : undefined;
}
