import type { ChangeEncoderOptions } from '../../../connect/debezium/index.js';
import { changeEncoding } from './encoding.js';

/** The schema of an event whose row has these fields; the source is of the connector. */
export function envelopeSchema(fields: readonly Record<string, unknown>[], connector = 'postgresql') {
  const row = (field: string) => ({ type: 'struct', optional: true, field, fields, name: 's.t.Value' });
  const source = { type: 'struct', optional: false, field: 'source', fields: [] };
  return {
    type: 'struct',
    optional: false,
    name: 's.t.Envelope',
    fields: [
      row('before'),
      row('after'),
      { ...source, name: `io.debezium.connector.${connector}.Source` },
      { type: 'string', optional: false, field: 'op' },
      { type: 'int64', optional: true, field: 'ts_ms' },
    ],
  };
}

/** What a value of a field of the schema is in a row: JSON text, as both of them. */
export function rowOf(
  schema: Record<string, unknown>,
  value: string,
  options: Partial<ChangeEncoderOptions> = {},
  connector = 'postgresql',
): string {
  const { encode, lines } = changeEncoding({ deleteSign: undefined, ...options });
  const envelope = envelopeSchema([{ optional: true, ...schema, field: 'f' }], connector);
  const payload = `{"before":null,"after":{"f":${value}},"source":{},"op":"c","ts_ms":1}`;
  encode(null, `{"schema":${JSON.stringify(envelope)},"payload":${payload}}`);
  return (lines()[0] ?? '').replace(/^\{"f":(.*)\}$/, '$1');
}
