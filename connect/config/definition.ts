/** A whole configuration: its fields and the rules between them. */
import type { Field, Fields, Infer } from './field.js';
import { type Finding, Findings } from './findings.js';
import { KeyIndex, type RawConfig } from './keys.js';
import { maskSecrets } from './masking.js';
import { hasPlaceholder } from './placeholders.js';
import { type ConfigInfos, type ConfigKeyInfo, describeKeys, describeValues } from './rest.js';
import { maskValue } from './secret-names.js';

/** What a rule looks at. Only what could be read is in `values`; rules must not complain about the rest. */
export interface RuleInput<Values> {
  readonly values: Partial<Values>;
  /** True when the user gave the key, with a value that is not blank. */
  given(key: string): boolean;
  /** All that was given, under declared names; placeholders may be among it. */
  readonly raw: RawConfig;
}

/** A condition over several keys. */
export type Rule<Values> = (input: RuleInput<Values>, findings: Findings) => void;

export interface ParseResult<Values> {
  /** Every value, typed; absent when there are problems. */
  readonly values: Values | undefined;
  readonly problems: readonly Finding[];
  readonly warnings: readonly Finding[];
  readonly notes: readonly Finding[];
}

export interface DefinitionParts<F extends Fields> {
  /** The page in docs/configuration. */
  readonly name: string;
  readonly title: string;
  readonly introduction: string;
  readonly fields: F;
  readonly rules: readonly Rule<Infer<F>>[];
}

interface Given {
  /** The key as the user wrote it. */
  readonly key: string;
  readonly text: string;
}

/** The user's text by declared key; the members of a family by their names. */
interface Gathered {
  readonly single: ReadonlyMap<string, Given>;
  readonly families: ReadonlyMap<string, ReadonlyMap<string, string>>;
}

export class ConfigDefinition<F extends Fields> {
  readonly #index: KeyIndex;

  constructor(readonly parts: DefinitionParts<F>) {
    this.#index = new KeyIndex(parts.fields);
  }

  /** Reads a configuration whose placeholders are resolved, and reports all problems at once. Never throws. */
  parse(raw: RawConfig): ParseResult<Infer<F>> {
    const { values, findings } = this.#read(raw, false);
    const complete = findings.problems.length === 0;
    // Every field was read or has reported a problem, so that without problems the record is complete.
    return { ...listed(findings), values: complete ? (values as Infer<F>) : undefined };
  }

  /** The findings for a configuration as submitted: values that hold placeholders are taken on trust. */
  check(raw: RawConfig): Pick<ParseResult<Infer<F>>, 'problems' | 'warnings' | 'notes'> {
    return listed(this.#read(raw, true).findings);
  }

  /** The answer of `PUT /connector-plugins/{plugin}/config/validate`. */
  validate(raw: RawConfig, pluginName: string): ConfigInfos {
    return describeValues(this.#index, pluginName, raw, this.check(raw).problems);
  }

  /** The answer of `GET /connector-plugins/{plugin}/config`. */
  keyInfos(): ConfigKeyInfo[] {
    return describeKeys(this.#index);
  }

  /** The same configuration under the declared names, in lower case, aliases replaced. */
  canonical(raw: RawConfig): Record<string, string> {
    return this.#index.canonical(raw);
  }

  /** The same configuration with secrets hidden; placeholders stay, they tell nothing. */
  masked(raw: RawConfig): Record<string, string> {
    return maskSecrets(this.#index, raw);
  }

  #read(raw: RawConfig, trustPlaceholders: boolean): { values: Partial<Infer<F>>; findings: Findings } {
    const findings = new Findings();
    const gathered = this.#gather(raw, findings);
    const values: Record<string, unknown> = {};
    for (const [key, field] of this.#index.fields) {
      if (field.spec.family) {
        const members = [...(gathered.families.get(key) ?? [])];
        values[key] = Object.fromEntries(members.filter(([, text]) => !(trustPlaceholders && hasPlaceholder(text))));
        continue;
      }
      const given = gathered.single.get(key);
      if (trustPlaceholders && given !== undefined && hasPlaceholder(given.text)) continue;
      readField(key, field, given, values, findings);
    }
    const typed = values as Partial<Infer<F>>;
    const given = (key: string): boolean => (gathered.single.get(key)?.text.trim() ?? '') !== '';
    const canonical = this.#index.canonical(raw);
    for (const rule of this.parts.rules) rule({ values: typed, given, raw: canonical }, findings);
    return { values: typed, findings };
  }

  #gather(raw: RawConfig, findings: Findings): Gathered {
    const single = new Map<string, Given>();
    const families = new Map<string, Map<string, string>>();
    for (const [key, text] of Object.entries(raw)) {
      const match = this.#index.find(key);
      if (match === undefined) {
        this.#reportUnknown(key, findings);
        continue;
      }
      const { declared, field, member } = match;
      if (member !== undefined) {
        families.set(declared, (families.get(declared) ?? new Map<string, string>()).set(member, text));
      } else {
        const earlier = single.get(declared);
        if (earlier !== undefined && earlier.text !== text) {
          findings.problem(declared, `Configuration ${declared} is given twice, as ${earlier.key} and ${key}.`);
        }
        single.set(declared, { key, text });
        reportUse(declared, key, field, findings);
      }
      if (field.spec.noEffect !== undefined) findings.note(key, `${key} has no effect: ${field.spec.noEffect}`);
    }
    return { single, families };
  }

  #reportUnknown(key: string, findings: Findings): void {
    const nearest = this.#index.nearest(key);
    if (nearest === undefined) findings.warning(key, `Unknown configuration ${key}; it has no effect.`);
    else findings.warning(key, `Unknown configuration ${key}; it has no effect.`, `Did you mean ${nearest}?`);
  }
}

function listed({ problems, warnings, notes }: Findings): Pick<Findings, 'problems' | 'warnings' | 'notes'> {
  return { problems, warnings, notes };
}

function reportUse(declared: string, key: string, field: Field<unknown, boolean>, findings: Findings): void {
  const { deprecated } = field.spec;
  if (deprecated !== undefined) findings.warning(declared, `${key} is deprecated.`, deprecated);
}

const TEXT_TYPES = new Set(['STRING', 'LIST', 'CLASS', 'PASSWORD']);

/** Reads one field into `values`, or reports why it cannot be read. */
function readField(
  key: string,
  field: Field<unknown, boolean>,
  given: Given | undefined,
  values: Record<string, unknown>,
  findings: Findings,
): void {
  const { spec } = field;
  const blank = given !== undefined && given.text.trim() === '';
  if (spec.required && blank) {
    findings.problem(key, `${key} cannot be empty.`, spec.hint);
    return;
  }
  const absent = given === undefined || (blank && spec.defaultText === undefined && TEXT_TYPES.has(spec.type));
  const text = absent ? spec.defaultText : given.text;
  if (text === undefined) {
    if (!spec.required) values[key] = undefined;
    else findings.problem(key, `Missing required configuration "${key}" which has no default value.`, spec.hint);
    return;
  }
  const outcome = field.read(text);
  if (outcome.ok) {
    values[key] = outcome.value;
    return;
  }
  const shown = maskValue(key, text, spec.type === 'PASSWORD');
  const connectWords = `Invalid value ${shown} for configuration ${key}: ${outcome.reason}`;
  if (spec.wording === undefined) findings.problem(key, connectWords, spec.hint);
  else findings.problem(key, spec.wording(shown), spec.hint ?? `${outcome.reason}.`);
}

/** Declares a configuration. */
export function defineConfig<const F extends Fields>(parts: DefinitionParts<F>): ConfigDefinition<F> {
  return new ConfigDefinition(parts);
}
