import type { SchemaAndValue } from '../../data/value.js';
import { SluiceError } from '../../errors.js';
import {
  Framing,
  type RegistryClient,
  type ResolvedSchema,
  type SchemaKey,
  type SchemaType,
} from '../../registry/index.js';
import type { RowBuffer } from '../../rows/index.js';
import type { RecordDecoder } from '../binary/record-decoder.js';
import { recordInvalid } from '../invalid.js';

/** Schemas of the registry, compiled: for Protobuf a file with messages, for the others one type. */
export interface CompiledSchema {
  /** @throws SluiceError RECORD_INVALID when the schema has no such message */
  decoderAt(messageIndexes: readonly number[]): RecordDecoder;
}

/** A kind of schemas and what reads their values. */
export interface SchemaFormat {
  readonly type: SchemaType;
  /** @throws SluiceError RECORD_INVALID when the schema cannot be used */
  compile(schema: ResolvedSchema): CompiledSchema;
}

/** An error of a schema that the registry does not have is told again for so long, before it is asked again. */
const FAILED_MS = 10_000;

interface Failed {
  readonly error: SluiceError;
  readonly untilMs: number;
}

/** A value inside the buffer it was fetched in. */
export interface EncodedValue {
  readonly topic: string;
  readonly buffer: Buffer;
  readonly start: number;
  readonly end: number;
  /** The record header `__value_schema_id` or `__key_schema_id`, where the record has one. */
  readonly schemaIdHeader?: Buffer | undefined;
}

/**
 * Reads values that name their schemas in a registry. Reading is synchronous, asking the registry is not: call `prepare`
 * first and wait if it says so; for a schema that is known it costs a look into a map.
 *
 * A schema that cannot be had or cannot be used is the error of the records that name it, told again for each of them.
 */
export class RegistryConverter {
  readonly #framing: Framing;
  readonly #known = new Map<SchemaKey, CompiledSchema>();
  readonly #failed = new Map<SchemaKey, Failed>();
  #lastKey: SchemaKey | undefined;
  #last: CompiledSchema | undefined;

  /** @param subjectOf the subject that the schemas of a topic's values are registered under, where it is known */
  constructor(
    readonly client: RegistryClient,
    readonly format: SchemaFormat,
    readonly subjectOf: (topic: string) => string | undefined,
  ) {
    this.#framing = new Framing(format.type === 'PROTOBUF');
  }

  /**
   * Undefined when the value can be read at once; otherwise what to wait for, which rejects as `RegistryClient.schema`
   * does. A schema that is wrong is told by `read` and `writeRows`.
   * @throws SluiceError RECORD_INVALID when the value is not framed
   */
  prepare(value: EncodedValue, signal: AbortSignal): Promise<void> | undefined {
    return this.missing(value)?.(signal);
  }

  /**
   * The same, without anything being asked yet: what gets the schema that is missing. One that cannot be had is told by
   * `read` and `writeRows` for a while, too.
   * @throws SluiceError RECORD_INVALID when the value is not framed
   */
  missing(value: EncodedValue): ((signal: AbortSignal) => Promise<void>) | undefined {
    const { key } = this.#frame(value);
    if (key === this.#lastKey || this.#known.has(key) || this.#failure(key) !== undefined) return undefined;
    const { topic } = value;
    return (signal) => this.#load(key, topic, signal);
  }

  /** @throws SluiceError RECORD_INVALID */
  read(value: EncodedValue): SchemaAndValue {
    return this.decoderOf(value).read(value.buffer, this.payloadStart, value.end);
  }

  /**
   * Writes the value's rows and returns how many; undefined when the value is null.
   * @throws SluiceError RECORD_INVALID, with `out` as it was before
   */
  writeRows(value: EncodedValue, out: RowBuffer): number | undefined {
    return this.decoderOf(value).writeRows(value.buffer, this.payloadStart, value.end, out);
  }

  /** Where the payload begins of the value that was given to `decoderOf` last. */
  get payloadStart(): number {
    return this.#framing.payloadStart;
  }

  #frame({ buffer, start, end, schemaIdHeader }: EncodedValue): Framing {
    return this.#framing.read(buffer, start, end, schemaIdHeader);
  }

  /**
   * What reads the payload of a value whose schema is there.
   * @throws SluiceError RECORD_INVALID
   */
  decoderOf(value: EncodedValue): RecordDecoder {
    const { key, messageIndexes } = this.#frame(value);
    if (key !== this.#lastKey || this.#last === undefined) {
      this.#last = this.#known.get(key);
      this.#lastKey = key;
    }
    if (this.#last === undefined) {
      this.#lastKey = undefined;
      throw this.#failure(key) ?? new SluiceError('INTERNAL', `The schema ${key} was not prepared.`);
    }
    return this.#last.decoderAt(messageIndexes);
  }

  async #load(key: SchemaKey, topic: string, signal: AbortSignal): Promise<void> {
    try {
      const schema = await this.client.schema(key, this.subjectOf(topic), signal);
      if (schema.type !== this.format.type) throw otherFormat(key, schema.type, this.format.type);
      this.#known.set(key, this.#compiled(schema));
    } catch (error) {
      if (error instanceof SluiceError && error.code === 'RECORD_INVALID') this.#remember(key, error);
      throw error;
    }
  }

  #failure(key: SchemaKey): SluiceError | undefined {
    const failed = this.#failed.get(key);
    return failed !== undefined && this.client.clock.nowMs() < failed.untilMs ? failed.error : undefined;
  }

  #remember(key: SchemaKey, error: SluiceError): void {
    const nowMs = this.client.clock.nowMs();
    for (const [other, { untilMs }] of this.#failed) if (untilMs <= nowMs) this.#failed.delete(other);
    this.#failed.set(key, { error, untilMs: nowMs + FAILED_MS });
  }

  /** A schema that cannot be compiled stays so: its error is kept for all its records. */
  #compiled(schema: ResolvedSchema): CompiledSchema {
    try {
      return this.format.compile(schema);
    } catch (error) {
      if (!(error instanceof SluiceError)) throw error;
      return {
        decoderAt: () => {
          throw error;
        },
      };
    }
  }
}

const CONVERTER_NAMES: Readonly<Record<SchemaType, string>> = {
  AVRO: 'io.confluent.connect.avro.AvroConverter',
  PROTOBUF: 'io.confluent.connect.protobuf.ProtobufConverter',
  JSON: 'io.confluent.connect.json.JsonSchemaConverter',
};

function otherFormat(key: SchemaKey, found: SchemaType, wanted: SchemaType): Error {
  return recordInvalid(
    `The value was written with the schema ${key} of the registry, which is ${found}, not ${wanted}.`,
    `Set value.converter=${CONVERTER_NAMES[found]} if all values of the topic are so.`,
  );
}
