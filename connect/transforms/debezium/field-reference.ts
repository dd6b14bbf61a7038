/** The fields that `add.fields` and `add.headers` of ExtractNewRecordState name, and where they are in an event. */
import type { Schema, StructSchema } from '../../data/schema.js';
import { Struct, type Value } from '../../data/value.js';
import { indexOf } from '../struct-plan.js';
import { invalidSetting } from '../transform.js';

export interface FieldReference {
  /** The struct inside the envelope; undefined: the envelope itself. */
  readonly struct: string | undefined;
  readonly field: string;
  /** What it is called in the row or among the headers. */
  readonly newName: string;
}

/** Fields that need no struct before them, where they are not in `source`. */
const STRUCT_OF: Readonly<Record<string, string | undefined>> = {
  op: undefined,
  ts_ms: undefined,
  ts_us: undefined,
  ts_ns: undefined,
  id: 'transaction',
  data_collection_order: 'transaction',
  total_order: 'transaction',
  updateDescription: 'updateDescription',
};

/**
 * `field`, `struct.field` or either of them with `:newName`. Without a new name a field is called by the prefix, the
 * struct if it was given, and its own name.
 * @throws SluiceError CONFIG_INVALID
 */
export function parseFieldReference(key: string, prefix: string, reference: string): FieldReference {
  const [path = '', renamed, ...rest] = reference.trim().replace(/:+$/, '').split(':');
  if (rest.length > 0) throw invalidSetting(key, `Unexpected field name: ${reference}`);
  const [first = '', second] = path.split('.');
  const field = second ?? first;
  const struct = second === undefined ? structOf(field) : first;
  const name = renamed ?? (second === undefined ? field : `${first}_${field}`);
  return { struct, field, newName: prefix + name };
}

function structOf(field: string): string | undefined {
  return Object.hasOwn(STRUCT_OF, field) ? STRUCT_OF[field] : 'source';
}

/** A referenced field of envelopes of one schema. */
export interface AddedField {
  readonly name: string;
  readonly schema: Schema;
  readonly read: (envelope: Struct) => Value;
}

/** How a field is read; undefined where envelopes of this schema have neither it nor a field of that name. */
export function resolveReference(reference: FieldReference, envelope: StructSchema): AddedField | undefined {
  const structIndex = reference.struct === undefined ? -1 : indexOf(envelope, reference.struct);
  const structSchema = envelope.fields[structIndex]?.schema;
  if (structSchema?.type === 'STRUCT') {
    const index = indexOf(structSchema, reference.field);
    const field = structSchema.fields[index];
    if (field !== undefined) {
      return added(reference, field.schema, (event) => {
        const inner = event.values[structIndex];
        return inner instanceof Struct ? (inner.values[index] ?? null) : null;
      });
    }
  }
  // Another transform may have put it into the envelope.
  const index = indexOf(envelope, reference.field);
  const field = envelope.fields[index];
  if (field === undefined) return undefined;
  const missing = structIndex >= 0;
  return added(reference, field.schema, (event) => {
    if (missing && !(event.values[structIndex] instanceof Struct)) return null;
    return event.values[index] ?? null;
  });
}

/** Whoever adds a field cannot promise that it is there: it is optional and without a default. */
function added(reference: FieldReference, schema: Schema, read: (envelope: Struct) => Value): AddedField {
  const { defaultJson: _default, ...rest } = schema;
  return { name: reference.newName, schema: { ...rest, optional: true } as Schema, read };
}
