/** Bytes that are not JSON: where, and what is wrong there. */
export class JsonSyntaxError extends Error {
  override readonly name = 'JsonSyntaxError';

  constructor(
    /** Position in the buffer that was read, in bytes. */
    readonly position: number,
    /** What is wrong, without the position: `expected ',' or '}'`. */
    readonly reason: string,
  ) {
    super(`${reason} at byte ${position}`);
  }
}
