/**
 * How failures are written where payloads are encrypted: with message and stack among what is encrypted, for a database
 * quotes rows in its messages. Temporal loads this file by its path.
 */
import { DefaultFailureConverter } from '@temporalio/common';

export const failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
