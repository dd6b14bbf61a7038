/** org.apache.kafka.connect.transforms.ReplaceField */
import { list } from '../../config/field.js';
import type { StructSchema } from '../../data/schema.js';
import { Struct, type Value } from '../../data/value.js';
import { partOf, requireMap, requireStruct, type Side, withPart } from '../record-part.js';
import { allIndexes, FieldCopier, perSchema, structLike } from '../struct-plan.js';
import { defineTransform, replaceNullWithDefault, type Transform } from '../transform.js';

const PURPOSE = 'field replacement';

interface Replacement {
  readonly exclude: ReadonlySet<string>;
  readonly include: ReadonlySet<string>;
  readonly renames: ReadonlyMap<string, string>;
}

export const replaceField = defineTransform({
  javaClass: 'org.apache.kafka.connect.transforms.ReplaceField',
  sided: true,
  summary: 'Leaves fields out and renames fields.',
  fields: {
    exclude: list().default('').doc('The fields to leave out; they are left out even where `include` names them.'),
    include: list().default('').doc('The only fields to keep; empty: all.'),
    renames: list()
      .default('')
      .doc('New names: `old:new`, comma-separated.')
      .check((pairs) => {
        const wrong = pairs.find((pair) => parsePair(pair) === undefined);
        return wrong === undefined ? undefined : `Invalid rename mapping: ${wrong}`;
      }),
    'replace.null.with.default': replaceNullWithDefault,
  },
  compile: (values, side) => {
    const pairs = values.renames.map(parsePair).filter((pair) => pair !== undefined);
    const replacement = {
      exclude: new Set(values.exclude),
      include: new Set(values.include),
      renames: new Map(pairs),
    };
    return replacing(side, replacement, values['replace.null.with.default']);
  },
});

/** As Java splits it: empty parts at the end do not count. */
function parsePair(pair: string): [string, string] | undefined {
  const [from, to, ...rest] = pair.replace(/:+$/, '').split(':');
  return from === undefined || to === undefined || rest.length > 0 ? undefined : [from, to];
}

/** What Debezium's transforms use to drop fields. */
export function dropping(side: Side, names: Iterable<string>): Transform {
  return replacing(side, { exclude: new Set(names), include: new Set(), renames: new Map() }, true);
}

function replacing(side: Side, { exclude, include, renames }: Replacement, nullToDefault: boolean): Transform {
  const keeps = (name: string): boolean => !exclude.has(name) && (include.size === 0 || include.has(name));
  const renamed = (name: string): string => renames.get(name) ?? name;

  const planOf = perSchema((schema: StructSchema) => {
    const kept = allIndexes(schema).filter((index) => keeps(schema.fields[index]?.name ?? ''));
    const fields = schema.fields.filter(({ name }) => keeps(name));
    return {
      schema: structLike(
        schema,
        fields.map((field) => ({ name: renamed(field.name), schema: field.schema })),
      ),
      copier: new FieldCopier(schema, kept, nullToDefault),
    };
  });

  function replaceEntries(map: ReadonlyMap<Value, Value>): Map<Value, Value> {
    const updated = new Map<Value, Value>();
    for (const [name, value] of map) {
      if (typeof name === 'string' && keeps(name)) updated.set(renamed(name), value);
    }
    return updated;
  }

  return {
    apply: (record) => {
      const { schema, value } = partOf(record, side);
      if (value === null) return record;
      if (schema === undefined) return withPart(record, side, undefined, replaceEntries(requireMap(value, PURPOSE)));
      const struct = requireStruct(value, PURPOSE);
      const plan = planOf(struct.schema);
      return withPart(record, side, plan.schema, new Struct(plan.schema, plan.copier.copy(struct)));
    },
  };
}
