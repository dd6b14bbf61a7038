/** Finds the declaration that a key in a user's file belongs to. */
import type { Field, Fields } from './field.js';

/** A configuration as users give it: text by key. */
export type RawConfig = Readonly<Record<string, string>>;

export interface KeyMatch {
  /** The declared name: `doris.urls`, or `sink.properties.*` for a member of a family. */
  readonly declared: string;
  readonly field: Field<unknown, boolean>;
  /** What follows the prefix of a family. */
  readonly member: string | undefined;
}

export class KeyIndex {
  readonly #names = new Map<string, string>();
  readonly #prefixes: { prefix: string; declared: string }[] = [];
  readonly #fields: ReadonlyMap<string, Field<unknown, boolean>>;

  constructor(fields: Fields) {
    this.#fields = new Map(Object.entries(fields));
    for (const [declared, { spec }] of this.#fields) {
      if (spec.family) this.#prefixes.push({ prefix: declared.slice(0, -1), declared });
      for (const name of [declared, ...spec.aliases]) this.#names.set(name.toLowerCase(), declared);
    }
    this.#prefixes.sort((a, b) => b.prefix.length - a.prefix.length);
  }

  get fields(): ReadonlyMap<string, Field<unknown, boolean>> {
    return this.#fields;
  }

  /** Keys match in any case, as the Java connectors lower-case theirs; the members of a family keep theirs. */
  find(key: string): KeyMatch | undefined {
    const wanted = key.trim().toLowerCase();
    const name = this.#names.get(wanted);
    if (name !== undefined) return this.#match(name, undefined);
    const family = this.#prefixes.find(({ prefix }) => wanted.startsWith(prefix) && wanted !== prefix);
    return family && this.#match(family.declared, key.trim().slice(family.prefix.length));
  }

  #match(declared: string, member: string | undefined): KeyMatch | undefined {
    const field = this.#fields.get(declared);
    if (field === undefined) return undefined;
    return { declared, field, member: field.spec.lowerCaseNames ? member?.toLowerCase() : member };
  }

  /** The same configuration under the declared names; unknown keys stay as they are. */
  canonical(raw: RawConfig): Record<string, string> {
    const renamed = Object.entries(raw).map(([key, text]): [string, string] => {
      const match = this.find(key);
      if (match === undefined) return [key, text];
      return [match.member === undefined ? match.declared : `${match.declared.slice(0, -1)}${match.member}`, text];
    });
    return Object.fromEntries(renamed);
  }

  /** The declared key that an unknown one was probably meant to be. */
  nearest(key: string): string | undefined {
    const wanted = key.trim().toLowerCase();
    const farthest = Math.min(3, Math.floor(wanted.length / 3));
    let best: string | undefined;
    let bestDistance = farthest + 1;
    for (const [name, declared] of this.#names) {
      if (name.endsWith('*') || Math.abs(name.length - wanted.length) >= bestDistance) continue;
      const distance = editDistance(name, wanted);
      if (distance < bestDistance) {
        best = declared;
        bestDistance = distance;
      }
    }
    return best;
  }
}

/** The same fields, each key behind a prefix. */
export function withPrefix(fields: Fields, prefix: string): Fields {
  return Object.fromEntries(Object.entries(fields).map(([key, field]) => [prefix + key, field]));
}

/** Levenshtein distance: single-character insertions, deletions and substitutions. */
export function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const substitution = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(substitution, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
