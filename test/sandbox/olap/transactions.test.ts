import fc from 'fast-check';
import { type Refusal, TransactionManager, TransactionRefused } from '../../../sandbox/olap/transactions.js';

const BACKEND = 'BE: 127.0.0.1';

describe('labels and transactions', () => {
  let now = 0;
  let manager: TransactionManager;
  beforeEach(() => {
    now = 1_000;
    manager = new TransactionManager(() => now);
  });

  const begin = (label: string, extra: { timeoutMs?: number; coordinator?: string } = {}) =>
    manager.begin({ database: 'db', label, tables: ['t'], coordinator: BACKEND, ...extra }).id;
  const finish = (label: string): bigint => {
    const id = begin(label);
    manager.commitPrepared('db', id);
    manager.publish('db', id);
    return id;
  };

  it('goes through the two phases', () => {
    const id = begin('a');
    expect(manager.labelState('db', 'a')).toBe('PREPARE');
    manager.precommit('db', id);
    expect(manager.labelState('db', 'a')).toBe('PRECOMMITTED');
    now = 2_000;
    manager.commit('db', id);
    expect(manager.labelState('db', 'a')).toBe('COMMITTED');
    expect(manager.publish('db', id)).toMatchObject({
      state: 'VISIBLE',
      prepareTimeMs: 1_000,
      precommitTimeMs: 1_000,
      commitTimeMs: 2_000,
      publishTimeMs: 2_000,
      finishTimeMs: 2_000,
    });
  });

  it('gives a label to one transaction that was not aborted', () => {
    const id = begin('a');
    expect(refusalOf(() => begin('a'))).toMatchObject({ kind: 'label-used', transaction: { id, state: 'PREPARE' } });
    manager.abort('db', id, 'User Abort');
    const again = begin('a');
    expect(manager.byLabel('db', 'a').map((each) => each.state)).toEqual(['ABORTED', 'PREPARE']);
    manager.commitPrepared('db', again);
    expect(refusalOf(() => begin('a'))).toMatchObject({ kind: 'label-used', transaction: { state: 'COMMITTED' } });
    expect(manager.begin({ database: 'other', label: 'a', tables: [], coordinator: BACKEND }).state).toBe('PREPARE');
  });

  it('finds a label only in the states that the operation can change', () => {
    const id = begin('a');
    expect(manager.idByLabel('db', 'a', 'abort')).toBe(id);
    expect(refusalOf(() => manager.idByLabel('db', 'a', 'commit'))).toEqual({ kind: 'label-not-running', label: 'a' });
    manager.precommit('db', id);
    expect(manager.idByLabel('db', 'a', 'commit')).toBe(id);
    manager.commit('db', id);
    expect(refusalOf(() => manager.idByLabel('db', 'a', 'commit'))).toEqual({ kind: 'label-not-running', label: 'a' });
    expect(refusalOf(() => manager.idByLabel('db', 'b', 'commit'))).toEqual({ kind: 'unknown-label', label: 'b' });
  });

  it('aborts PREPARE after the time-out of its load and PRECOMMITTED after that of the settings', () => {
    const prepared = begin('a', { timeoutMs: 10_000 });
    const precommitted = begin('b');
    manager.precommit('db', precommitted);
    now += 9_999;
    expect(manager.sweep()).toEqual([]);
    now += 1;
    expect(manager.sweep()).toMatchObject([{ id: prepared, state: 'ABORTED', reason: 'timeout by txn manager' }]);
    now += 3_600_000;
    expect(manager.sweep()).toMatchObject([{ id: precommitted, reason: 'timeout by txn manager' }]);
  });

  it('forgets finished labels by age and by number, the oldest first', () => {
    manager.settings.labelKeepCount = 3;
    for (const label of ['a', 'b', 'c', 'd', 'e']) finish(label);
    expect(manager.labelState('db', 'a')).toBe('VISIBLE');
    manager.sweep();
    expect(['a', 'b', 'c', 'd', 'e'].map((label) => manager.labelState('db', label))).toEqual(
      ['UNKNOWN', 'UNKNOWN', 'VISIBLE', 'VISIBLE', 'VISIBLE'], // biome-ignore format: five labels
    );
    now += 43_200_000;
    manager.sweep();
    expect(manager.list('db')).toEqual([]);
    manager.settings.labelKeepCount = -1;
    for (const label of ['a', 'b', 'c', 'd', 'e']) finish(label);
    manager.sweep();
    expect(manager.list('db')).toHaveLength(5);
  });

  it('never forgets what is still running', () => {
    manager.settings.labelKeepCount = 0;
    const id = begin('a');
    now += 1_000_000;
    manager.sweep();
    expect(manager.get('db', id)?.state).toBe('PREPARE');
  });

  it('counts running transactions against the quota of the database', () => {
    manager.settings.maxRunningPerDatabase = 2;
    manager.commitPrepared('db', begin('a'));
    begin('b');
    expect(refusalOf(() => begin('c'))).toEqual({ kind: 'quota', databaseId: 10_001, running: 2, limit: 2 });
    manager.publish('db', 1n);
    expect(begin('c')).toBe(3n);
  });

  it('aborts only what a restarted coordinator had not precommitted', () => {
    const prepared = begin('a');
    manager.precommit('db', begin('b'));
    begin('c', { coordinator: 'BE: 10.0.0.2' });
    expect(manager.abortPrepared(BACKEND, 'coordinate BE restart')).toMatchObject([
      { id: prepared, reason: 'coordinate BE restart' },
    ]);
    expect(manager.labelState('db', 'b')).toBe('PRECOMMITTED');
    expect(manager.labelState('db', 'c')).toBe('PREPARE');
  });

  it('offers for publishing what has waited long enough, in the order of commits', () => {
    manager.settings.publishDelayMs = 100;
    const [first, second] = [begin('a'), begin('b')];
    manager.commitPrepared('db', second);
    now += 50;
    manager.commitPrepared('db', first);
    expect(manager.publishable()).toEqual([]);
    now += 50;
    expect(manager.publishable().map(({ id }) => id)).toEqual([second]);
    now += 50;
    expect(manager.publishable().map(({ id }) => id)).toEqual([second, first]);
  });

  it('never has two transactions of a label that were not aborted, and never leaves a final state', () => {
    const step = fc.record({
      operation: fc.constantFrom('begin', 'precommit', 'commit', 'commitPrepared', 'publish', 'abort', 'sweep'),
      label: fc.constantFrom('a', 'b'),
      id: fc.bigInt(1n, 12n),
      waitMs: fc.constantFrom(0, 1_000, 4_000_000),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        now = 0;
        manager = new TransactionManager(() => now, { labelKeepCount: 3 });
        const finals = new Map<bigint, string>();
        for (const { operation, label, id, waitMs } of steps) {
          now += waitMs;
          attempt(() => {
            if (operation === 'begin') begin(label);
            else if (operation === 'sweep') manager.sweep();
            else if (operation === 'abort') manager.abort('db', id, 'User Abort');
            else manager[operation as 'precommit' | 'commit' | 'commitPrepared' | 'publish']('db', id);
          });
          for (const each of manager.list('db')) {
            const settled = finals.get(each.id);
            if (settled !== undefined) expect(each.state).toBe(settled);
            if (each.state === 'VISIBLE' || each.state === 'ABORTED') finals.set(each.id, each.state);
          }
          for (const name of ['a', 'b']) {
            expect(manager.byLabel('db', name).filter(({ state }) => state !== 'ABORTED').length).toBeLessThan(2);
          }
        }
      }),
    );
  });
});

function attempt(operation: () => void): Refusal | undefined {
  try {
    operation();
    return undefined;
  } catch (error) {
    if (error instanceof TransactionRefused) return error.refusal;
    throw error;
  }
}

function refusalOf(operation: () => void): Refusal | undefined {
  return attempt(operation);
}
