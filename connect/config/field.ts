/**
 * A configuration key, declared once: a superset of what Kafka's ConfigDef knows about a key. From the declaration come
 * the parsed value and its TypeScript type, all validation, the REST answers and the generated documentation.
 */
import {
  type Bounds,
  type ConfigType,
  invalid,
  type Outcome,
  type Reader,
  readBoolean,
  readChoice,
  readDouble,
  readInteger,
  readList,
  readSecret,
  readString,
  type Secret,
} from './values.js';

export type Importance = 'HIGH' | 'MEDIUM' | 'LOW';
export type Width = 'NONE' | 'SHORT' | 'MEDIUM' | 'LONG';

export interface FieldSpec {
  readonly type: ConfigType;
  readonly required: boolean;
  /** The default as a user would write it. */
  readonly defaultText: string | undefined;
  /** The default in words, where it is not a fixed text. */
  readonly defaultWords: string | undefined;
  readonly documentation: string;
  readonly importance: Importance;
  readonly group: string;
  readonly width: Width;
  readonly displayName: string | undefined;
  /** Keys whose meaning depends on this one. */
  readonly dependents: readonly string[];
  readonly recommended: readonly string[];
  /** What is accepted, for people. */
  readonly accepts: string | undefined;
  /** Other names of the key. */
  readonly aliases: readonly string[];
  /** What to use instead. */
  readonly deprecated: string | undefined;
  /** Why a key that is accepted for compatibility changes nothing here. */
  readonly noEffect: string | undefined;
  /** The Sluice release that added a key which Kafka Connect does not have. */
  readonly since: string | undefined;
  /** What to do about an invalid value. */
  readonly hint: string | undefined;
  /** The message for an invalid value, where it is not Connect's usual one. */
  readonly wording: ((value: string) => string) | undefined;
  /** True for a family of keys `name.*`, whose value is the map of what follows the prefix. */
  readonly family: boolean;
  /** Whether the names inside a family are in lower case whatever the user wrote. */
  readonly lowerCaseNames: boolean;
}

const BLANK: Omit<FieldSpec, 'type'> = {
  required: false,
  defaultText: undefined,
  defaultWords: undefined,
  documentation: '',
  importance: 'MEDIUM',
  group: 'General',
  width: 'MEDIUM',
  displayName: undefined,
  dependents: [],
  recommended: [],
  accepts: undefined,
  aliases: [],
  deprecated: undefined,
  noEffect: undefined,
  since: undefined,
  hint: undefined,
  wording: undefined,
  family: false,
  lowerCaseNames: false,
};

/** Present says whether a parsed configuration always has a value of this field (it is required or has a default). */
export class Field<Value, Present extends boolean> {
  constructor(
    readonly spec: FieldSpec,
    readonly read: Reader<Value>,
    readonly present: Present,
  ) {}

  #with(change: Partial<FieldSpec>): Field<Value, Present> {
    return new Field({ ...this.spec, ...change }, this.read, this.present);
  }

  required(): Field<Value, true> {
    return new Field({ ...this.spec, required: true }, this.read, true);
  }

  /** The default as a user would write it; it goes through the same reader. */
  default(defaultText: string): Field<Value, true> {
    return new Field({ ...this.spec, defaultText }, this.read, true);
  }

  /** Says in words what holds when the key is absent and no fixed text can say it. */
  otherwise(defaultWords: string): Field<Value, Present> {
    return this.#with({ defaultWords });
  }

  doc(documentation: string): Field<Value, Present> {
    return this.#with({ documentation });
  }

  importance(importance: Importance): Field<Value, Present> {
    return this.#with({ importance });
  }

  group(group: string): Field<Value, Present> {
    return this.#with({ group });
  }

  width(width: Width): Field<Value, Present> {
    return this.#with({ width });
  }

  displayName(displayName: string): Field<Value, Present> {
    return this.#with({ displayName });
  }

  dependents(...dependents: string[]): Field<Value, Present> {
    return this.#with({ dependents });
  }

  recommend(...recommended: string[]): Field<Value, Present> {
    return this.#with({ recommended });
  }

  accepts(accepts: string): Field<Value, Present> {
    return this.#with({ accepts });
  }

  alias(...aliases: string[]): Field<Value, Present> {
    return this.#with({ aliases });
  }

  deprecated(instead: string): Field<Value, Present> {
    return this.#with({ deprecated: instead });
  }

  noEffect(reason: string): Field<Value, Present> {
    return this.#with({ noEffect: reason });
  }

  since(release: string): Field<Value, Present> {
    return this.#with({ since: release });
  }

  hint(hint: string): Field<Value, Present> {
    return this.#with({ hint });
  }

  wording(wording: (value: string) => string): Field<Value, Present> {
    return this.#with({ wording });
  }

  lowerCaseNames(): Field<Value, Present> {
    return this.#with({ lowerCaseNames: true });
  }

  /** Adds a condition; it returns the reason why a value is refused, or nothing. */
  check(reasonAgainst: (value: Value) => string | undefined): Field<Value, Present> {
    const read = (text: string): Outcome<Value> => {
      const outcome = this.read(text);
      const reason = outcome.ok ? reasonAgainst(outcome.value) : undefined;
      return reason === undefined ? outcome : invalid(reason);
    };
    return new Field(this.spec, read, this.present);
  }
}

export type Fields = Readonly<Record<string, Field<unknown, boolean>>>;

/** The parsed values of a set of fields. */
export type Infer<F extends Fields> = {
  readonly [Key in keyof F]: F[Key] extends Field<infer Value, infer Present>
    ? Present extends true
      ? Value
      : Value | undefined
    : never;
};

function declare<Value>(type: ConfigType, read: Reader<Value>, change: Partial<FieldSpec> = {}): Field<Value, false> {
  return new Field<Value, false>({ ...BLANK, ...change, type }, read, false);
}

export const string = (): Field<string, false> => declare('STRING', readString);
export const boolean = (): Field<boolean, false> =>
  declare('BOOLEAN', readBoolean, { recommended: ['true', 'false'], width: 'SHORT' });
export const list = (): Field<readonly string[], false> => declare('LIST', readList, { width: 'LONG' });
export const secret = (): Field<Secret, false> => declare('PASSWORD', readSecret);
export const className = (): Field<string, false> => declare('CLASS', readString, { width: 'LONG' });

export const short = (bounds: Bounds = {}): Field<number, false> =>
  declare('SHORT', readInteger('SHORT', bounds), { accepts: describeBounds(bounds), width: 'SHORT' });
export const int = (bounds: Bounds = {}): Field<number, false> =>
  declare('INT', readInteger('INT', bounds), { accepts: describeBounds(bounds), width: 'SHORT' });
export const long = (bounds: Bounds = {}): Field<number, false> =>
  declare('LONG', readInteger('LONG', bounds), { accepts: describeBounds(bounds) });
export const double = (bounds: Bounds = {}): Field<number, false> =>
  declare('DOUBLE', readDouble(bounds), { accepts: describeBounds(bounds) });

/** A word out of a few, in any case. */
export const oneOf = <const Choices extends readonly string[]>(...choices: Choices): Field<Choices[number], false> =>
  declare('STRING', readChoice<Choices[number]>(choices), {
    recommended: choices,
    accepts: choices.map((choice) => `\`${choice}\``).join(', '),
  });

/**
 * A family of keys, declared under `prefix.*`. Its value maps what follows the prefix to the text that was given; a
 * longer prefix takes precedence over a shorter one.
 */
export const family = (): Field<Readonly<Record<string, string>>, true> =>
  new Field({ ...BLANK, type: 'STRING', family: true }, () => invalid('A family has no value of its own'), true);

function describeBounds({ min, max }: Bounds): string | undefined {
  if (min !== undefined && max !== undefined) return `${min} to ${max}`;
  if (min !== undefined) return `at least ${min}`;
  return max === undefined ? undefined : `no more than ${max}`;
}
