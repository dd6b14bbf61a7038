/** How change events of Debezium are told: by the name of their schema. */
import type { Schema } from '../../data/schema.js';

export function isEnvelope(schema: Schema): boolean {
  return schema.name?.endsWith('.Envelope') === true;
}
