/**
 * Where in the log of its source an event comes from.
 *
 * After a crash Debezium sends the events since its last saved position again, in their order. In a table with a unique
 * key the rows end as they should: the last event of a key is the last one in any case, since all events of a key are
 * in one partition. In between an older row may be seen again. Positions tell events that came before from new ones,
 * with these limits: they compare within one source server and one incarnation of its log only (a failover, a restored
 * backup or RESET MASTER begins anew), rows of an incremental snapshot carry the position of the log that they were read
 * beside, and the delete and the create of a changed primary key have the same one.
 */

import { QUOTE } from '../json/bytes.js';
import { decodeString, walkObject } from '../json/index.js';

export interface SourcePosition {
  readonly connector: string;
  /** Compared from left to right: the LSN of PostgreSQL; the number of the binlog, the position in it and the row. */
  readonly order: readonly bigint[];
}

/** Reads the `source` block of an event, given as the span of its object; undefined for other databases' positions. */
export function readSourcePosition(source: Buffer, start: number, end: number): SourcePosition | undefined {
  const members = new Map<string, string>();
  walkObject(source, start, end, (nameStart, nameEnd, valueStart, valueEnd) => {
    const text = source[valueStart] === QUOTE;
    members.set(
      decodeString(source, nameStart, nameEnd),
      text ? decodeString(source, valueStart + 1, valueEnd - 1) : source.toString('latin1', valueStart, valueEnd),
    );
  });
  const connector = members.get('connector') ?? '';
  if (connector === 'postgresql') return position(connector, [members.get('lsn')]);
  if (connector !== 'mysql' && connector !== 'mariadb') return undefined;
  const file = /\.(\d+)$/.exec(members.get('file') ?? '')?.[1];
  return position(connector, [file, members.get('pos'), members.get('row')]);
}

function position(connector: string, parts: readonly (string | undefined)[]): SourcePosition | undefined {
  const order = parts.map((part) => (part !== undefined && /^\d+$/.test(part) ? BigInt(part) : undefined));
  return order.every((part) => part !== undefined) ? { connector, order } : undefined;
}

/** Below zero when `left` came first; both are of one server. */
export function compareSourcePositions(left: SourcePosition, right: SourcePosition): number {
  for (const [index, part] of left.order.entries()) {
    const other = right.order[index] ?? 0n;
    if (part !== other) return part < other ? -1 : 1;
  }
  return 0;
}
