/** The two ways LZ77 formats write output: bytes from the input, and bytes already written, again. */
import { CompressionError } from './errors.js';

/** Below this many bytes a loop is faster than a call into the runtime. */
const CALL_PAYS_FROM = 32;

/** Copies `length` input bytes and returns the new end of the output. */
export function copyLiterals(input: Buffer, from: number, output: Buffer, at: number, length: number): number {
  if (length >= CALL_PAYS_FROM) {
    input.copy(output, at, from, from + length);
  } else {
    for (let index = 0; index < length; index++) output[at + index] = input[from + index] as number;
  }
  return at + length;
}

/** Repeats `length` bytes that lie `distance` back, which may overlap what is being written. */
export function copyMatch(output: Buffer, at: number, distance: number, length: number): number {
  const from = at - distance;
  if (distance === 0 || from < 0) throw new CompressionError(`a back reference of ${distance} bytes at byte ${at}`);
  if (length >= CALL_PAYS_FROM && distance >= length) {
    output.copyWithin(at, from, from + length);
  } else {
    for (let index = 0; index < length; index++) output[at + index] = output[from + index] as number;
  }
  return at + length;
}
