/**
 * How the record path, which is synchronous, says that something has to happen before it can take a record. Thrown
 * through the reader by the record that it is about; nothing of that record has been written. Not errors.
 */
import type { TableChange } from './tables.js';

/** Something has to be asked for first: a schema of the registry, the columns of a table. */
export class NotReady extends Error {
  override readonly name = 'NotReady';

  /**
   * @param ready gets what is missing. The same record can be tried again once it is fulfilled; it is rejected with the
   *   SluiceError that tells why it cannot be had.
   */
  constructor(readonly ready: (signal: AbortSignal) => Promise<void>) {
    super('not ready');
  }
}

/** Tables have to be changed first, by a step of the workflow. */
export class SchemaChangeNeeded extends Error {
  override readonly name = 'SchemaChangeNeeded';

  constructor(readonly changes: readonly TableChange[]) {
    super('schema change needed');
  }
}
