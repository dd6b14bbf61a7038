/** What goes wrong inside a decoder; `decompress` turns these into typed errors for users. */
export class CompressionError extends Error {}

/** The data unpacks to more than the limit. */
export class OutputLimitError extends CompressionError {
  constructor() {
    super('the output limit is reached');
  }
}
