/** Reads single properties and gathers what is wrong with them. */

export interface SettingsProblem {
  key: string;
  /** Reads on after the key: "is missing…", "must be…". */
  message: string;
}

/** Typed reads with defaults. A wrong value is noted as a problem and the default is given back. */
export class PropertyReader {
  readonly problems: SettingsProblem[] = [];

  constructor(private readonly properties: Readonly<Record<string, string | undefined>>) {}

  problem(key: string, message: string): void {
    this.problems.push({ key, message });
  }

  /** Undefined when absent or blank. */
  optional(key: string): string | undefined {
    const value = this.properties[key]?.trim();
    return value === '' ? undefined : value;
  }

  /** True also for an empty value: some properties mean something when they are set to nothing. */
  has(key: string): boolean {
    return this.properties[key] !== undefined;
  }

  /** A password: not trimmed. */
  secret(key: string): string | undefined {
    const value = this.properties[key];
    return value === '' ? undefined : value;
  }

  text(key: string, fallback: string): string {
    return this.optional(key) ?? fallback;
  }

  /** Compared without regard to case; the value is given back as listed. */
  oneOf<Value extends string>(key: string, values: readonly Value[], fallback: Value): Value {
    const given = this.optional(key);
    if (given === undefined) return fallback;
    const known = values.find((value) => value.toLowerCase() === given.toLowerCase());
    if (known === undefined) this.problem(key, `must be one of ${values.join(', ')}, not "${given}".`);
    return known ?? fallback;
  }

  integer(key: string, fallback: number, minimum: number): number {
    const given = this.optional(key);
    if (given === undefined) return fallback;
    const value = /^-?\d{1,10}$/.test(given) ? Number(given) : Number.NaN;
    if (value >= minimum && value <= 0x7fffffff) return value;
    this.problem(key, `must be a whole number from ${minimum} to ${0x7fffffff}, not "${given}".`);
    return fallback;
  }
}
