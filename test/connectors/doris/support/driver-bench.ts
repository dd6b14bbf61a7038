/** A driver on a double of Doris, new for each test; the double is shared by the tests of a file. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { DorisDriver } from '../../../../connectors/doris/driver.js';
import type { Load } from '../../../../connectors/sink-driver.js';
import type { DorisDoubleOptions } from '../../../../sandbox/doris/double.js';
import {
  DEFAULT_TRANSACTION_SETTINGS,
  type Transaction,
  type TransactionSettings,
} from '../../../../sandbox/olap/transactions.js';
import { startTestDouble, type TestDouble } from '../../../sandbox/doris/support/client.js';
import { openDriver, prepared } from './sink.js';

export const { signal } = new AbortController();
export const fresh = { mustExist: false, signal };
export const rows = ['{"id":1,"name":"a"}', '{"id":2,"name":"b"}'];
/** What readers see of `rows`. */
export const inTable = [
  ['1', 'a'],
  ['2', 'b'],
];

export class DriverBench {
  /** A label that nobody else uses. */
  label = '';
  private labels = 0;
  private started: TestDouble | undefined;
  private readonly closing: (() => Promise<void>)[] = [];

  get doris(): TestDouble {
    if (this.started === undefined) throw new Error('the double is not started');
    return this.started;
  }

  get settings(): TransactionSettings {
    return this.doris.double.transactions.settings;
  }

  async start(): Promise<void> {
    this.started = await startTestDouble({ publishWaitMs: 50, groupCommitIntervalMs: 20 });
  }

  async beginTest(): Promise<void> {
    this.label = `driver_${++this.labels}`;
    await this.doris.double.engine.truncateTable('db', 't');
  }

  async endTest(): Promise<void> {
    this.doris.double.faults.disarm();
    Object.assign(this.settings, DEFAULT_TRANSACTION_SETTINGS);
    for (const close of this.closing.splice(0)) await close();
  }

  async stop(): Promise<void> {
    await this.started?.double.close();
  }

  opened(changes: Readonly<Record<string, string>> = {}, fePort = this.doris.double.fePort): DorisDriver {
    const made = openDriver(fePort, changes);
    this.closing.push(() => made.close());
    return made;
  }

  async ownDouble(options: DorisDoubleOptions): Promise<TestDouble> {
    const started = await startTestDouble(options);
    this.closing.push(() => started.double.close());
    return started;
  }

  transactionsOf(label: string): readonly Transaction[] {
    return this.doris.double.transactions.byLabel('db', label);
  }

  /** Waits until the label is in a state. */
  async becomes(state: string, label = this.label): Promise<void> {
    while (this.doris.double.transactions.labelState('db', label) !== state) await nextTurn();
  }

  /** Loads and commits; gives what readers then see. */
  async loadAndCommit(driver: DorisDriver, load: Load) {
    const reference = prepared(await driver.prepare(load, fresh));
    if (reference.state === 'PRECOMMITTED') expect(await driver.commit(reference, signal)).toBe('committed');
    await this.becomes('VISIBLE', load.label);
    return this.doris.rows();
  }
}

/** Starts a double for the tests of this file. */
export function useDriverBench(): DriverBench {
  const bench = new DriverBench();
  beforeAll(() => bench.start());
  beforeEach(() => bench.beginTest());
  afterEach(() => bench.endTest());
  afterAll(() => bench.stop());
  return bench;
}
