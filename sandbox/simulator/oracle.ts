/**
 * What has to be true, at every moment and at the end. The oracle sees what no part of the connector can see: the log,
 * the rows of every transaction, and what the workflow believes.
 */
import type { GroupOffset } from '../../activities/ports.js';
import type { Connector } from '../../workflows/core/connector.js';
import type { LedgerEntry, LoadReference, Range, TopicPartition } from '../../workflows/core/model.js';
import { partitionName, rangeName } from '../../workflows/core/offsets.js';
import type { Transaction } from '../olap/transactions.js';
import { tableOfRow } from './connector-config.js';
import type { Rows, RowWatch } from './database.js';
import { rowId, type SimulatedLog } from './log.js';
import type { SimulationSettings } from './settings.js';

export class Oracle implements RowWatch {
  /** The first of them is what has gone wrong; the others may follow from it. */
  readonly violations: string[] = [];
  log: SimulatedLog | undefined;
  /** Row id to the transactions that brought it for good. */
  private readonly committedBy = new Map<string, Transaction[]>();
  private readonly deadLetters = new Set<string>();
  private readonly visibleIds = new Set<string>();
  private readonly lastVisible = new Map<string, number>();
  /** Where the ledger of the present chain of runs stands, per partition. */
  private readonly ledgerEnds = new Map<string, string>();
  private readonly seenEntries = new Set<string>();
  private seenLedger: readonly LedgerEntry[] = [];

  constructor(private readonly settings: SimulationSettings) {}

  get exactlyOnce(): boolean {
    return this.settings.mode !== 'groupCommit';
  }

  /** A worker that has not heard yet that it, or its whole run, was given up may write what was true a moment ago. */
  private get isMirrorLate(): boolean {
    return this.settings.faults.includes('cutOff') || this.settings.faults.includes('reset');
  }

  violated(what: string): void {
    this.violations.push(what);
  }

  // --- the database

  committed(transaction: Transaction, { table, ids }: Rows): void {
    for (const id of ids) {
      if (table !== tableOfRow(this.settings, id)) this.violated(`${id} went to table ${table}`);
      if (this.deadLetters.has(id)) this.violated(`${id} is a dead letter and in the table`);
      const before = this.committedBy.get(id);
      if (before === undefined) {
        this.committedBy.set(id, [transaction]);
        continue;
      }
      before.push(transaction);
      if (!this.exactlyOnce) continue;
      const labels = before.map(({ id: number, label }) => `${number} (${label})`).join(' and ');
      this.violated(`${id} is in the table twice, by transactions ${labels}`);
    }
  }

  /**
   * The rows of a partition become visible in the order of their offsets, in each table: the order of each key is part
   * of it.
   */
  visible(_transaction: Transaction, { table, ids }: Rows): void {
    for (const id of ids) {
      this.visibleIds.add(id);
      if (!this.exactlyOnce) continue;
      const [topic, partition, offset] = id.split('/');
      const place = `${topic}/${partition}/${table}`;
      const last = this.lastVisible.get(place) ?? -1;
      if (Number(offset) <= last) this.violated(`${id} became visible after offset ${last}`);
      this.lastVisible.set(place, Number(offset));
    }
  }

  /** Whether all rows of a load are in the table, none, or, which must never be, some. */
  truthOf(load: Pick<LoadReference, 'table'>, ranges: readonly Range[]): 'all' | 'none' | 'some' {
    const ids = ranges
      .flatMap((range) => this.idsOf(range))
      .filter((id) => tableOfRow(this.settings, id) === load.table && !this.deadLetters.has(id));
    const there = ids.filter((id) => this.committedBy.has(id)).length;
    if (there === ids.length) return 'all';
    return there === 0 ? 'none' : 'some';
  }

  // --- the dead letter queue

  /** @param value of a record, as it stands in the log */
  deadLetter(value: string): void {
    const id = /"id":"([^"]+)"/.exec(value)?.[1] ?? '';
    if (this.deadLetters.has(id)) this.violated(`${id} is a dead letter twice`);
    if (this.committedBy.has(id)) this.violated(`${id} is in the table and a dead letter`);
    this.deadLetters.add(id);
  }

  /** In the table, or, for what cannot be there, in the dead letter queue. */
  private isDelivered(id: string): boolean {
    return this.committedBy.has(id) || this.deadLetters.has(id);
  }

  // --- the consumer group

  /** @param core the connector that runs now */
  groupWritten(offsets: readonly GroupOffset[], core: Connector | undefined): void {
    const states = core?.lanes.flatMap(({ state }) => state.partitions) ?? [];
    const positions = new Map(states.map((state) => [partitionName(state), BigInt(state.committed)]));
    for (const { topic, partition, offset } of offsets) {
      const name = partitionName({ topic, partition });
      const committed = positions.get(name);
      if (committed !== undefined && offset < committed && !this.isMirrorLate) {
        this.violated(`the group offset of ${name} is set to ${offset}, behind the position ${committed}`);
      }
      this.requireCommitted({ topic, partition, start: '0', end: offset.toString() }, 'the group offset');
    }
  }

  // --- the workflow

  /** A chain of runs that knows nothing of the one before. */
  forgetLedger(): void {
    this.ledgerEnds.clear();
    this.seenEntries.clear();
  }

  look(core: Connector): void {
    if (core.ledger === this.seenLedger) return;
    this.seenLedger = core.ledger;
    for (const entry of core.ledger) {
      const key = `${entry.ranges.map(rangeName).join()}@${entry.committedAtMs}`;
      if (this.seenEntries.has(key)) continue;
      this.seenEntries.add(key);
      this.settled(entry);
    }
    for (const { state } of core.lanes) {
      for (const { topic, partition, next, committed } of state.partitions) {
        if (BigInt(committed) > BigInt(next)) {
          this.violated(`${partitionName({ topic, partition })} is committed to ${committed}, planned to ${next}`);
        }
      }
    }
  }

  private settled(entry: LedgerEntry): void {
    let rows = 0;
    let records = 0;
    for (const range of entry.ranges) {
      const name = partitionName(range);
      const end = this.ledgerEnds.get(name);
      // After a reset the ledger lacks what its workflow has forgotten; the table does not.
      if (end !== undefined && this.settings.faults.includes('reset')) {
        this.requireCommitted({ ...range, start: end, end: range.start }, 'the ledger');
      } else if (end !== undefined && end !== range.start) {
        this.violated(`the ledger has ${rangeName(range)} where ${end} should follow`);
      }
      this.ledgerEnds.set(name, range.end);
      this.requireCommitted(range, 'the ledger');
      rows += this.idsOf(range).length;
      records += this.log?.readable(range, Number(range.start), Number(range.end)) ?? 0;
    }
    const what = `batch ${entry.ranges.map(rangeName).join(', ')}`;
    const told = entry.rowsLoaded + (entry.deadLetters ?? 0);
    if (told !== rows) this.violated(`the ledger has ${told} rows and dead letters of ${what}: there are ${rows}`);
    if (entry.recordsRead !== records) {
      this.violated(`the ledger has ${entry.recordsRead} records read of ${what}: there are ${records}`);
    }
  }

  private requireCommitted(range: Range, who: string): void {
    if (this.settings.mode === 'groupCommit') return;
    const missing = this.idsOf(range).find((id) => !this.isDelivered(id));
    if (missing !== undefined) this.violated(`${who} has passed ${missing}, which is not in the table`);
  }

  // --- the end

  /** Why it is not over yet; undefined when everything is delivered and every position stands at the end. */
  unfinished(core: Connector | undefined): string | undefined {
    const { log } = this;
    if (log === undefined || core === undefined) return 'there is no connector';
    for (const partition of log.partitions()) {
      const name = partitionName(partition);
      const missing = log.loadable(partition).find((offset) => {
        const id = rowId(partition, offset);
        return !this.visibleIds.has(id) && !this.deadLetters.has(id);
      });
      if (missing !== undefined) return `${rowId(partition, missing)} is not visible`;
      const end = log.endOf(partition);
      const state = core.lanes.flatMap((lane) => lane.state.partitions).find((known) => partitionName(known) === name);
      if (state === undefined) return `no task has ${name}`;
      if (state.committed !== String(end)) return `${name} is committed to ${state.committed} of ${end}`;
      if (end > 0 && log.groups.get(name)?.offset !== BigInt(end)) {
        if (!this.isMirrorLate) return `the group has not followed to ${end} of ${name}`;
      }
    }
    const held = core.lanes.find((lane) => lane.state.inFlight.length > 0);
    if (held !== undefined) return `task ${held.state.task} has a batch in flight`;
    const stalled = core.lanes.find((lane) => lane.state.stall !== undefined);
    return stalled === undefined ? undefined : `task ${stalled.state.task} is shown as stalled, with nothing to do`;
  }

  private idsOf({ topic, partition, start, end }: Range): string[] {
    const place: TopicPartition = { topic, partition };
    return (this.log?.loadable(place, Number(start), Number(end)) ?? []).map((offset) => rowId(place, offset));
  }
}
