/** Where a field is: Connect's field path syntax, by `field.syntax.version`. */
import { oneOf } from '../config/field.js';
import type { Field, Schema, StructSchema } from '../data/schema.js';
import type { Struct, Value } from '../data/value.js';
import { requireMap, requireStruct } from './record-part.js';
import { fieldReader, fieldsOf, indexOf } from './struct-plan.js';
import { invalidSetting } from './transform.js';

const PURPOSE = 'nested field access';

export const fieldSyntaxVersion = oneOf('V1', 'V2')
  .default('V1')
  .doc(
    'How fields are named. `V1`: a field of the record. `V2`: dots lead into nested fields, and names that hold dots are put into backticks: `` `foo.bar`.baz ``.',
  )
  .importance('HIGH');

/**
 * The steps of a path. In V2 a pair of backticks holds a name with dots; a backtick that is followed by a dot and belongs
 * to the name has a backslash before it.
 * @throws SluiceError CONFIG_INVALID where a backtick has no partner
 */
export function parseFieldPath(key: string, path: string, version: 'V1' | 'V2'): readonly string[] {
  if (version === 'V1') return [path];
  const steps: string[] = [];
  let at = 0;
  while (at < path.length) {
    if (path[at] === '`') {
      const { step, next } = quotedStep(key, path, at);
      steps.push(step);
      at = next;
    } else {
      const dot = path.indexOf('.', at);
      steps.push(path.slice(at, dot < 0 ? path.length : dot));
      at = dot < 0 ? path.length : dot + 1;
    }
  }
  if (path.endsWith('.')) steps.push('');
  return steps;
}

function quotedStep(key: string, path: string, open: number): { step: string; next: number } {
  let step = '';
  let start = open + 1;
  let at = start;
  for (;;) {
    at = path.indexOf('`', at);
    const escaped = at > 0 && path[at - 1] === '\\';
    const last = at === path.length - 1;
    if (at < 0 || (last && escaped)) throw unpaired(key, path, open);
    if (last) return { step: step + path.slice(start, at), next: path.length };
    if (path[at + 1] === '.') {
      if (!escaped) return { step: step + path.slice(start, at), next: at + 2 };
      step += `${path.slice(start, at - 1)}\``;
      start = at + 1;
    }
    at++;
  }
}

function unpaired(key: string, path: string, open: number): Error {
  return invalidSetting(
    key,
    `Incomplete backtick pair in path: [${path}], consider adding a backslash before backtick at position ${open} to escape it`,
  );
}

export interface FieldAccess {
  readonly field: Field;
  /** Null where the field or a struct on the way to it is null. */
  readonly read: (struct: Struct) => Value;
}

/** How the field is read from structs of this schema; undefined when there is none at the path. */
export function accessField(schema: Schema, steps: readonly string[], nullToDefault: boolean): FieldAccess | undefined {
  const [name = '', ...deeper] = steps;
  const field = fieldsOf(schema).find((candidate) => candidate.name === name);
  if (field === undefined) return undefined;
  const struct = schema as StructSchema;
  const nested = deeper.length > 0;
  const own = fieldReader(struct, indexOf(struct, name), nested || nullToDefault);
  if (!nested) return { field, read: own };
  const inner = accessField(field.schema, deeper, nullToDefault);
  return (
    inner && {
      field: inner.field,
      read: (value) => {
        const next = own(value);
        return next === null ? null : inner.read(requireStruct(next, PURPOSE));
      },
    }
  );
}

/** The value at the path in a record without a schema; null when there is none. */
export function valueAtPath(map: ReadonlyMap<Value, Value>, steps: readonly string[]): Value {
  let current = map;
  for (let at = 0; at < steps.length - 1; at++) {
    const next = current.get(steps[at] ?? '') ?? null;
    if (next === null) return null;
    current = requireMap(next, PURPOSE);
  }
  return current.get(steps.at(-1) ?? '') ?? null;
}
