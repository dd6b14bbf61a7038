import { type RecordStage, SluiceError } from '../errors.js';

/** The error with where in its way the record was; what knows that already keeps it. */
export function atStage(error: unknown, stage: RecordStage): unknown {
  return error instanceof SluiceError ? error.within({ stage }) : error;
}
