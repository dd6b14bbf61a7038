/** From the keys of a connector to the chain of its transforms. */
import { defineConfig } from '../config/definition.js';
import { boolean, className, type Fields, list, string } from '../config/field.js';
import { type Finding, Findings, invalidConfiguration } from '../config/findings.js';
import { editDistance, type RawConfig, withPrefix } from '../config/keys.js';
import { hasPlaceholder } from '../config/placeholders.js';
import type { ConnectRecord } from '../data/value.js';
import { SluiceError } from '../errors.js';
import { findPredicate, findTransform, PREDICATE_NAMES, TRANSFORM_NAMES } from './catalogue.js';
import type { Predicate, Transform } from './transform.js';

/** Keys that every transform has besides its own. */
const TRANSFORM_KEYS = {
  type: className().required().doc('The class of the transform.').importance('HIGH'),
  predicate: string().doc('The predicate that says which records the transform is for; absent: all.'),
  negate: boolean().default('false').doc('Whether it is for those records that the predicate does not hold for.'),
  'plugin.version': string().noEffect('transforms are part of Sluice, there are no plug-ins to load.'),
};

const PREDICATE_KEYS = {
  type: className().required().doc('The class of the predicate.').importance('HIGH'),
  'plugin.version': string().noEffect('predicates are part of Sluice, there are no plug-ins to load.'),
};

/** What a look at the transforms of a connector brought up. */
export interface TransformFindings {
  readonly problems: readonly Finding[];
  readonly warnings: readonly Finding[];
  readonly notes: readonly Finding[];
}

/**
 * The transforms of a connector, in the order of `transforms`, as one. Placeholders are to be resolved before. Without
 * transforms records stay as they are.
 * @throws SluiceError CONFIG_INVALID with every problem that there is
 */
export function compileTransforms(config: RawConfig): Transform {
  const compiler = new Compiler(config, false);
  const stages = compiler.compile();
  if (compiler.findings.problems.length > 0) throw invalidConfiguration(compiler.findings.problems, config.name);
  return stages.length === 0 ? UNCHANGED : new Chain(stages);
}

/** Everything that is wrong or has no effect in the transforms of a connector; values with placeholders are trusted. */
export function checkTransforms(config: RawConfig): TransformFindings {
  const compiler = new Compiler(config, true);
  compiler.compile();
  return compiler.findings;
}

/** Whether the topic of a record behind the transforms may be another one than in Kafka. */
export function mayChangeTopic(config: RawConfig): boolean {
  return (config.transforms ?? '').split(',').some((alias) => {
    const prefix = `transforms.${alias.trim()}.`;
    const changes = findTransform(config[`${prefix}type`] ?? '')?.type.changesTopic;
    return changes === 'always' || (changes !== undefined && Boolean(config[`${prefix}${changes.key}`]?.trim()));
  });
}

const UNCHANGED: Transform = { apply: (record) => record };

interface Stage {
  readonly alias: string;
  readonly transform: Transform;
  readonly predicate: Predicate | undefined;
  readonly negate: boolean;
}

class Chain implements Transform {
  readonly #stages: readonly Stage[];

  constructor(stages: readonly Stage[]) {
    this.#stages = stages;
  }

  apply(record: ConnectRecord): ConnectRecord | undefined {
    let current: ConnectRecord | undefined = record;
    for (const stage of this.#stages) {
      if (stage.predicate !== undefined && stage.predicate.test(current) === stage.negate) continue;
      try {
        current = stage.transform.apply(current);
      } catch (error) {
        throw failed(stage, record, error);
      }
      if (current === undefined) return undefined;
    }
    return current;
  }
}

/** The error with the transform, and with the record as it came from Kafka. */
function failed({ alias }: Stage, { topic, partition, offset }: ConnectRecord, error: unknown): unknown {
  const context = { topic, partition, offset: offset.toString(), key: `transforms.${alias}` };
  if (error instanceof SluiceError) return error.within(context);
  const message = error instanceof Error ? error.message : String(error);
  return new SluiceError('RECORD_INVALID', message, { context, cause: error });
}

/** The entries below `transforms.<alias>.`; aliases are told apart by case, the word before them is not. */
function keysBelow(config: RawConfig, prefix: string): [string, string][] {
  const family = prefix.indexOf('.') + 1;
  return Object.entries(config)
    .map(([key, text]): [string, string] => [key.trim(), text])
    .filter(([key]) => key.slice(0, family).toLowerCase() === prefix.slice(0, family))
    .filter(([key]) => key.startsWith(prefix.slice(family), family));
}

class Compiler {
  readonly findings = new Findings();
  readonly #config: RawConfig;
  readonly #trustPlaceholders: boolean;
  readonly #predicates = new Map<string, Predicate | undefined>();

  constructor(config: RawConfig, trustPlaceholders: boolean) {
    this.#config = config;
    this.#trustPlaceholders = trustPlaceholders;
  }

  compile(): Stage[] {
    const transforms = this.#aliases('transforms', 'transformation');
    const predicates = this.#aliases('predicates', 'predicate');
    for (const alias of predicates) this.#predicates.set(alias, this.#predicate(alias));
    const stages = transforms.map((alias) => this.#stage(alias)).filter((stage) => stage !== undefined);
    this.#reportStray('transforms', transforms);
    this.#reportStray('predicates', predicates);
    return stages;
  }

  #aliases(key: 'transforms' | 'predicates', kind: string): readonly string[] {
    const text = Object.entries(this.#config).find(([name]) => name.trim().toLowerCase() === key)?.[1] ?? '';
    const outcome = list().read(text);
    const aliases = outcome.ok ? outcome.value : [];
    const twice = aliases.find((alias, index) => aliases.indexOf(alias) !== index);
    if (twice !== undefined) {
      const message = `Invalid value ${text} for configuration ${key}: Duplicate alias provided. (${kind} ${twice})`;
      this.findings.problem(key, message, 'Name each alias once.');
    }
    return [...new Set(aliases)];
  }

  #stage(alias: string): Stage | undefined {
    const prefix = `transforms.${alias}.`;
    const found = this.#find(prefix, 'Transformation', findTransform, TRANSFORM_NAMES);
    if (found === undefined) return undefined;
    // Keys that all transforms have come first, as in Connect.
    const values = this.#read(prefix, { ...found.type.fields, ...TRANSFORM_KEYS });
    if (values === undefined) return undefined;
    const predicate = this.#predicateOf(prefix, values);
    const transform = this.#compiled(prefix, () => found.type.compile(values, found.side));
    return transform && { alias, transform, predicate, negate: values.negate === true };
  }

  #predicateOf(prefix: string, values: Readonly<Record<string, unknown>>): Predicate | undefined {
    const alias = values.predicate;
    const negated = keysBelow(this.#config, prefix).some(
      ([key]) => key.slice(prefix.length).toLowerCase() === 'negate',
    );
    if (typeof alias !== 'string') {
      if (negated) {
        const message = `Config '${prefix}negate' was provided but there is no config '${prefix}predicate' defining a predicate to be negated.`;
        this.findings.problem(`${prefix}negate`, message, `Set ${prefix}predicate, or remove ${prefix}negate.`);
      }
      return undefined;
    }
    if (!this.#predicates.has(alias)) {
      const known = [...this.#predicates.keys()].join(', ') || 'none';
      const message = `Invalid value ${alias} for configuration ${prefix}predicate: There is no predicate of that name.`;
      this.findings.problem(`${prefix}predicate`, message, `Name it in predicates, which has: ${known}.`);
    }
    return this.#predicates.get(alias);
  }

  #predicate(alias: string): Predicate | undefined {
    const prefix = `predicates.${alias}.`;
    const type = this.#find(prefix, 'Predicate', findPredicate, PREDICATE_NAMES);
    const values = type && this.#read(prefix, { ...type.fields, ...PREDICATE_KEYS });
    return values && this.#compiled(prefix, () => type?.compile(values));
  }

  /** The kind that the key `type` names. */
  #find<Found>(
    prefix: string,
    kind: string,
    find: (name: string) => Found | undefined,
    names: readonly string[],
  ): Found | undefined {
    const key = `${prefix}type`;
    const name =
      keysBelow(this.#config, key)
        .find(([candidate]) => candidate.length === key.length)?.[1]
        .trim() ?? '';
    if (name === '') {
      this.findings.problem(
        key,
        `Missing required configuration "${key}" which has no default value.`,
        'Set it to the class.',
      );
      return undefined;
    }
    if (this.#trustPlaceholders && hasPlaceholder(name)) return undefined;
    const found = find(name);
    if (found === undefined) {
      const message = `Invalid value ${name} for configuration ${key}: Class ${name} could not be found.`;
      this.findings.problem(key, message, wantedClass(kind, name, names));
    }
    return found;
  }

  /** The values without the prefix; undefined where there are problems or placeholders. */
  #read(prefix: string, fields: Fields): Readonly<Record<string, unknown>> | undefined {
    const definition = defineConfig({
      name: prefix,
      title: prefix,
      introduction: '',
      fields: withPrefix(fields, prefix),
      rules: [],
    });
    const own = keysBelow(this.#config, prefix);
    const raw = Object.fromEntries(own);
    const trusted = this.#trustPlaceholders && own.some(([, text]) => hasPlaceholder(text));
    const result = trusted ? { ...definition.check(raw), values: undefined } : definition.parse(raw);
    this.#collect(result);
    const { values } = result;
    return (
      values && Object.fromEntries(Object.entries(values).map(([key, value]) => [key.slice(prefix.length), value]))
    );
  }

  /** Conditions over several keys show when a transform is made. */
  #compiled<Made>(prefix: string, make: () => Made): Made | undefined {
    try {
      return make();
    } catch (error) {
      if (!(error instanceof SluiceError) || error.code !== 'CONFIG_INVALID') throw error;
      const key = `${prefix}${error.context.key ?? ''}`;
      this.findings.problem(key, `${key}: ${error.message}`, error.hint);
      return undefined;
    }
  }

  #collect({ problems, warnings, notes }: TransformFindings): void {
    this.findings.problems.push(...problems);
    this.findings.warnings.push(...warnings);
    this.findings.notes.push(...notes);
  }

  /** Settings of transforms that are not in the list. */
  #reportStray(family: 'transforms' | 'predicates', aliases: readonly string[]): void {
    for (const [key] of keysBelow(this.#config, `${family}.`)) {
      const below = key.slice(family.length + 1);
      if (aliases.some((alias) => below.startsWith(`${alias}.`))) continue;
      const alias = below.split('.')[0] ?? below;
      const meant = nearest(alias, aliases);
      const hint = meant === undefined ? `Add ${alias} to ${family}, or remove the key.` : `Did you mean ${meant}?`;
      this.findings.warning(key, `${key} has no effect: ${alias} is not in ${family}.`, hint);
    }
  }
}

function wantedClass(kind: string, name: string, names: readonly string[]): string {
  if (names.includes(`${name}$Value`)) return `Put $Key or $Value behind it: ${name}$Value.`;
  const meant = nearest(name, names);
  const own = names.filter((candidate) => !candidate.includes('.')).join(', ');
  return meant === undefined ? `${kind}s that are available: ${own}.` : `Did you mean ${meant}?`;
}

function nearest(wanted: string, names: readonly string[]): string | undefined {
  const farthest = Math.min(3, Math.floor(wanted.length / 3));
  const [best] = names
    .map((name) => ({ name, distance: editDistance(name.toLowerCase(), wanted.toLowerCase()) }))
    .filter(({ distance }) => distance <= farthest)
    .sort((one, other) => one.distance - other.distance);
  return best?.name;
}
