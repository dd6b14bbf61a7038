/** The fields that a header lists are dropped from rows and keys: `drop.fields.*` of ExtractNewRecordState. */
import type { Schema } from '../../data/schema.js';
import type { ConnectRecord } from '../../data/value.js';
import { dropping } from '../kafka/replace-field.js';
import { dataError, javaClassOf, partOf, type Side } from '../record-part.js';
import { fieldsOf } from '../struct-plan.js';
import type { Transform } from '../transform.js';

/** Lists of fields are few; more than this and the older ones are forgotten. */
const REMEMBERED = 64;

export class FieldDropper {
  readonly #header: string;
  readonly #fromKey: boolean;
  readonly #onlyOptional: boolean;
  readonly #known = new Map<string, Transform>();

  constructor(header: string, fromKey: boolean, onlyOptional: boolean) {
    this.#header = header;
    this.#fromKey = fromKey;
    this.#onlyOptional = onlyOptional;
  }

  /** @throws SluiceError RECORD_INVALID where the header is no list */
  apply(record: ConnectRecord): ConnectRecord {
    const names = this.#namesIn(record);
    if (names.length === 0) return record;
    return this.#drop(this.#fromKey ? this.#drop(record, 'key', names) : record, 'value', names);
  }

  #namesIn(record: ConnectRecord): readonly string[] {
    const list = record.headers.find(({ key }) => key === this.#header)?.value ?? null;
    if (list === null) return [];
    if (!Array.isArray(list)) {
      throw dataError(`The header ${this.#header} is to list fields, found: ${javaClassOf(list)}`);
    }
    return list.map(String);
  }

  #drop(record: ConnectRecord, side: Side, names: readonly string[]): ConnectRecord {
    const { schema, value } = partOf(record, side);
    if (value === null || schema === undefined) return record;
    const dropped = this.#onlyOptional ? optionalFields(schema, names) : names;
    if (dropped.length === 0) return record;
    return this.#droppingOf(side, dropped).apply(record) ?? record;
  }

  #droppingOf(side: Side, names: readonly string[]): Transform {
    const id = JSON.stringify([side, ...names]);
    const known = this.#known.get(id);
    if (known !== undefined) return known;
    if (this.#known.size >= REMEMBERED) this.#known.clear();
    const transform = dropping(side, names);
    this.#known.set(id, transform);
    return transform;
  }
}

function optionalFields(schema: Schema, names: readonly string[]): string[] {
  return fieldsOf(schema)
    .filter((field) => field.schema.optional && names.includes(field.name))
    .map(({ name }) => name);
}
