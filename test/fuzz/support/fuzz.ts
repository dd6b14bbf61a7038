/** What the fuzzers share: how long they run, how bytes are damaged, what may come of it. */
import fc from 'fast-check';
import { SluiceError } from '../../../connect/errors.js';

/** `SLUICE_FUZZ_RUNS=100000` makes every property run so often; the usual number takes a few seconds. */
export function runs(usual: number): { numRuns: number } {
  return { numRuns: Number(process.env.SLUICE_FUZZ_RUNS ?? usual) };
}

/** Longer runs take as long as they take. */
export const FUZZ_TIMEOUT_MS = process.env.SLUICE_FUZZ_RUNS === undefined ? 60_000 : 3_600_000;

/** The value, or the typed error that was thrown; any other error is a fault that the fuzzer has found. */
export function typedOutcome<T>(call: () => T): T | SluiceError {
  try {
    return call();
  } catch (error) {
    if (error instanceof SluiceError) return error;
    throw error;
  }
}

/** One way to damage bytes: a place, as a fraction of the length, and what to do there. */
export type Damage =
  | { readonly kind: 'set'; readonly at: number; readonly byte: number }
  | { readonly kind: 'flip'; readonly at: number; readonly bit: number }
  | { readonly kind: 'cut'; readonly at: number }
  | { readonly kind: 'remove'; readonly at: number; readonly count: number }
  | { readonly kind: 'insert'; readonly at: number; readonly bytes: Uint8Array }
  | { readonly kind: 'repeat'; readonly at: number; readonly count: number };

const place = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });
const noise = fc.uint8Array({ maxLength: 12 });

/** `telling` are texts and bytes that mean something to the format. */
export function damages(telling: readonly (string | Uint8Array)[]): fc.Arbitrary<Damage[]> {
  const kind = <Kind extends Damage['kind']>(name: Kind) => fc.constant(name);
  const count = fc.nat(24);
  const bytes = fc.oneof(noise, fc.constantFrom(...telling.map((part) => Buffer.from(part as string))));
  const one = fc.oneof(
    fc.record({ kind: kind('set'), at: place, byte: fc.constantFrom(0, 1, 0x22, 0x5c, 0x7f, 0x80, 0xff) }),
    fc.record({ kind: kind('flip'), at: place, bit: fc.nat(7) }),
    fc.record({ kind: kind('cut'), at: place }),
    fc.record({ kind: kind('remove'), at: place, count }),
    fc.record({ kind: kind('insert'), at: place, bytes }),
    fc.record({ kind: kind('repeat'), at: place, count }),
  );
  return fc.array(one, { minLength: 1, maxLength: 4 });
}

export function damaged(bytes: Uint8Array, damage: readonly Damage[]): Buffer {
  return damage.reduce(applyOne, Buffer.from(bytes));
}

function applyOne(bytes: Buffer, damage: Damage): Buffer {
  const at = Math.floor(damage.at * bytes.length);
  switch (damage.kind) {
    case 'set':
      if (bytes.length > 0) bytes.writeUInt8(damage.byte, at);
      return bytes;
    case 'flip':
      if (bytes.length > 0) bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << damage.bit), at);
      return bytes;
    case 'cut':
      return bytes.subarray(0, at);
    case 'remove':
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + damage.count)]);
    case 'insert':
      return Buffer.concat([bytes.subarray(0, at), damage.bytes, bytes.subarray(at)]);
    case 'repeat':
      return Buffer.concat([bytes.subarray(0, at + damage.count), bytes.subarray(at)]);
  }
}

/** Texts that have broken programs before. */
export const HOSTILE_TEXTS: readonly string[] = [
  '',
  ' ',
  '__proto__',
  'constructor',
  'toString',
  'null',
  'NaN',
  '-0',
  '1e400',
  '9223372036854775808',
  '\0',
  '\r\nX-Injected: yes',
  '"',
  "'; DROP TABLE t; --",
  '`',
  '%2e%2e%2f',
  '%',
  '../../etc/passwd',
  '..',
  `\${env:PATH}`,
  '\ud800',
  '\udfff',
  '\ufeff',
  '\u2028',
  '编号',
  '\u202e',
  'a'.repeat(10_000),
];
