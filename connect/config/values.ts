/** Readers of configuration values: the types of Kafka's ConfigDef and the words it uses when a value does not fit. */

import { HIDDEN } from './secret-names.js';

export { HIDDEN };

/** The types of Kafka's ConfigDef, as the REST interface names them. */
export const CONFIG_TYPES = [
  'BOOLEAN',
  'STRING',
  'INT',
  'SHORT',
  'LONG',
  'DOUBLE',
  'LIST',
  'CLASS',
  'PASSWORD',
] as const;
export type ConfigType = (typeof CONFIG_TYPES)[number];

/** A value, or the reason why the text is not one. */
export type Outcome<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reason: string };
export type Reader<T> = (text: string) => Outcome<T>;

/** Inclusive bounds of a number. */
export interface Bounds {
  readonly min?: number;
  readonly max?: number;
}

/** A secret that does not show in logs, JSON or error messages; only `reveal` gives it away. */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return HIDDEN;
  }

  toJSON(): string {
    return HIDDEN;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return HIDDEN;
  }
}

export function valid<T>(value: T): Outcome<T> {
  return { ok: true, value };
}

export function invalid<T>(reason: string): Outcome<T> {
  return { ok: false, reason };
}

export const readString: Reader<string> = (text) => valid(text.trim());

/** Secrets are taken as they stand: a blank may be part of a password. */
export const readSecret: Reader<Secret> = (text) => valid(new Secret(text));

export const readBoolean: Reader<boolean> = (text) => {
  const word = text.trim().toLowerCase();
  if (word === 'true') return valid(true);
  if (word === 'false') return valid(false);
  return invalid('Expected value to be either true or false');
};

/** Comma-separated; blanks around items and empty items are dropped. */
export const readList: Reader<readonly string[]> = (text) =>
  valid(
    text
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== ''),
  );

const WIDTH_BITS = { SHORT: 16n, INT: 32n, LONG: 64n } as const;

/**
 * Reads a whole number as Java does (sign and digits) and checks that it fits the type and the bounds. A LONG beyond
 * 2^53 is refused rather than rounded: no setting needs one.
 */
export function readInteger(type: keyof typeof WIDTH_BITS, bounds: Bounds): Reader<number> {
  const limit = 1n << (WIDTH_BITS[type] - 1n);
  return (text) => {
    const digits = text.trim();
    if (!/^[+-]?\d{1,20}$/.test(digits)) return invalid(`Not a number of type ${type}`);
    const exact = BigInt(digits.replace('+', ''));
    if (exact >= limit || exact < -limit) return invalid(`Not a number of type ${type}`);
    return within(Number(exact), { max: Number.MAX_SAFE_INTEGER, min: Number.MIN_SAFE_INTEGER, ...bounds });
  };
}

export function readDouble(bounds: Bounds): Reader<number> {
  return (text) => {
    const digits = text.trim();
    if (!/^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/.test(digits)) return invalid('Not a number of type DOUBLE');
    const value = Number(digits);
    return Number.isFinite(value) ? within(value, bounds) : invalid('Not a number of type DOUBLE');
  };
}

function within(value: number, { min, max }: Bounds): Outcome<number> {
  if (min !== undefined && value < min) return invalid(`Value must be at least ${min}`);
  if (max !== undefined && value > max) return invalid(`Value must be no more than ${max}`);
  return valid(value);
}

/** One of a few words, in any case; the declared spelling is what comes out. */
export function readChoice<Choice extends string>(choices: readonly Choice[]): Reader<Choice> {
  return (text) => {
    const word = text.trim().toLowerCase();
    const choice = choices.find((candidate) => candidate.toLowerCase() === word);
    return choice === undefined ? invalid(`String must be one of: ${choices.join(', ')}`) : valid(choice);
  };
}
