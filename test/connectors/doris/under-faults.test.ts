/**
 * What becomes of a batch under each fault of docs/fault-injection.md: prepare, commit and abort as the activities run
 * them, against the double. In the end the rows are in the table exactly once, and the user was told what happened.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { possibleLoads } from '../../../activities/batch-loads.js';
import { abortBatch, commitBatch } from '../../../activities/commit-batch.js';
import { prepareBatch } from '../../../activities/prepare-batch.js';
import { describeError, type ErrorCode, SluiceError } from '../../../connect/errors.js';
import type { Fault } from '../../../sandbox/olap/faults.js';
import { DEFAULT_TRANSACTION_SETTINGS } from '../../../sandbox/olap/transactions.js';
import type { PrepareBatchOutput } from '../../../workflows/core/activities.js';
import type { LoadReference } from '../../../workflows/core/model.js';
import { createBench, range } from '../../activities/support/bench.js';
import { startTestDouble, type TestDouble } from '../../sandbox/doris/support/client.js';

const RECORDS = ['{"id":1,"name":"a"}', '{"id":2,"name":"b"}', '{"id":3,"name":"c"}'];
const IN_TABLE = [
  ['1', 'a'],
  ['2', 'b'],
  ['3', 'c'],
];
const RANGES = [range('t', 0, 0, RECORDS.length)];
const PAGE = '<html><head><title>Bad Gateway</title></head></html>';
const HALF = '{\n    "TxnId": 17,\n    "Label": "x';
/** Enough for every fault of this file; what is retried for longer has failed. */
const MAX_ATTEMPTS = 6;

let doris: TestDouble;
let batches = 0;
let batch: Batch;
beforeAll(async () => {
  doris = await startTestDouble({ frontends: 2, publishWaitMs: 50 });
});
beforeEach(() => {
  batch = new Batch();
});
afterEach(async () => {
  await batch.close();
  const { double } = doris;
  double.faults.disarm();
  Object.assign(double.transactions.settings, DEFAULT_TRANSACTION_SETTINGS);
  for (const { name, running } of double.nodes.list()) if (!running) await double.nodes.start(name);
  double.nodes.elect('fe-0');
  await double.engine.truncateTable('db', 't');
});
afterAll(() => doris.double.close());

type Config = Readonly<Record<string, string>>;

/** One batch of a connector of its own. */
class Batch {
  readonly failures: SluiceError[] = [];
  /** How often the database had aborted what was to be committed. */
  aborted = 0;
  /** Of the next attempt to prepare. */
  isFirstAttempt = true;
  private readonly identity = { id: `batch${++batches}`, epoch: 1 };
  private readonly opened: ReturnType<typeof createBench>[] = [];

  private get bench(): ReturnType<typeof createBench> {
    const bench = this.opened.at(-1);
    if (bench === undefined) throw new Error('the batch is not opened');
    return bench;
  }

  /** Also in the middle, with another configuration. */
  open(config: Config = {}): this {
    const bench = createBench({ fePort: doris.double.fePort, config });
    bench.log.createTopic('t');
    bench.log.produce('t', 0, ...RECORDS);
    this.opened.push(bench);
    return this;
  }

  get label(): string {
    return this.load.label;
  }

  /** The load that follows from the ranges alone. */
  get load(): LoadReference {
    const [load] = possibleLoads(this.bench.sink, { identity: this.identity, labelPrefix: 'test', ranges: RANGES });
    if (load === undefined) throw new Error('the batch has no load');
    return load;
  }

  get states(): readonly string[] {
    return doris.double.transactions.byLabel('db', this.label).map(({ state }) => state);
  }

  prepare(more: { recovered?: boolean } = {}): Promise<PrepareBatchOutput> {
    const { deps, prepareInput, lease } = this.bench;
    const attempt = { ...lease, isFirstAttempt: this.isFirstAttempt };
    this.isFirstAttempt = false;
    return prepareBatch(deps, prepareInput(RANGES, { identity: this.identity, ...more }), attempt);
  }

  async prepared(): Promise<readonly LoadReference[]> {
    const output = await this.prepare();
    if (output.outcome !== 'prepared') throw new Error(`the batch is ${output.outcome}`);
    return output.loads;
  }

  commit(loads: readonly LoadReference[]) {
    const { deps, commitInput, lease } = this.bench;
    return commitBatch(deps, commitInput(RANGES, loads, { identity: this.identity }), lease);
  }

  abort(loads: readonly LoadReference[]) {
    const { deps, commitInput, lease } = this.bench;
    return abortBatch(deps, commitInput(RANGES, loads, { identity: this.identity }), lease);
  }

  /** Attempt after attempt, as the workflow and Temporal make them. After each failure the world may be mended. */
  async run(mend: () => unknown, loads?: readonly LoadReference[]): Promise<void> {
    let reached = loads;
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      try {
        reached ??= await this.prepared();
        const output = await this.commit(reached);
        if (output.outcome === 'committed') return;
        if (output.outcome !== 'aborted') throw new Error(`the commit is ${output.outcome}`);
        this.aborted++;
        reached = undefined;
      } catch (error) {
        if (!(error instanceof SluiceError)) throw error;
        this.failures.push(error);
        await mend();
      }
    }
    throw new Error(`not committed: ${this.failures.map(describeError).join('; ')}`);
  }

  /** Exactly once, and no transaction left open. */
  async isThereOnce(): Promise<void> {
    while (this.states.at(-1) === 'COMMITTED') await nextTurn();
    expect(await doris.rows()).toEqual(IN_TABLE);
    expect(this.states.filter((state) => state !== 'ABORTED')).toEqual(['VISIBLE']);
  }

  async close(): Promise<void> {
    for (const bench of this.opened) await bench.close();
  }
}

/** What the user is told, and whether the task goes on by itself. `waitMs` is asked for by the database. */
interface Told {
  readonly code: ErrorCode;
  readonly words: string | RegExp;
  readonly stops?: boolean;
  readonly waitMs?: number;
}

interface Case {
  readonly title: string;
  /** A fault, or whatever else breaks the double. */
  readonly fault: (Partial<Fault> & Pick<Fault, 'point' | 'effect'>) | ((label: string) => unknown);
  /** Absent: nothing fails for the user, the driver finds out by itself. */
  readonly told?: Told;
  readonly config?: Config;
  /** An attempt was made before: the label is asked for. */
  readonly again?: boolean;
  /** What ends it; a fault is disarmed anyway. */
  readonly mend?: () => unknown;
}

const reply = (status: number, body: string, contentType = 'text/html') =>
  ({ kind: 'reply', status, body, contentType }) as const;
const json = (body: string) => reply(200, body, 'application/json');
const reset = { kind: 'reset' } as const;
const hang = { kind: 'hang' } as const;
/** For the attempt that is not answered; the next one has time enough on a busy machine. */
const IMPATIENT = { 'request.read.timeout.ms': '500' };
const nodes = () => doris.double.nodes;
const settings = () => doris.double.transactions.settings;
const calm = () => Object.assign(settings(), DEFAULT_TRANSACTION_SETTINGS);
const bothFrontends = () => ({ 'doris.urls': doris.double.fePorts.map((port) => `127.0.0.1:${port}`).join(',') });

const UNREACHABLE = (words: string | RegExp): Told => ({ code: 'SINK_UNREACHABLE', words });
const UNAVAILABLE = (words: string | RegExp): Told => ({ code: 'SINK_UNAVAILABLE', words });
const PROTOCOL = (words: string | RegExp): Told => ({ code: 'SINK_PROTOCOL', words });
const LATE: Told = { code: 'SINK_TIMEOUT', words: 'Doris did not answer in time: no reply within 500 ms' };
const CUT = /The connection to Doris was cut: (read ECONNRESET|other side closed|aborted|terminated|socket hang up)/;

/** Of either phase: while the rows are sent, or while they are committed. */
const ANYWHERE = (point: 'be.load' | 'be.2pc'): Case[] => [
  ...[500, 502, 503].flatMap((status): Case[] => [
    {
      title: `HTTP ${status} with a page, before`,
      // A commit is put to another back end first.
      fault: { point, times: point === 'be.2pc' ? 2 : 1, effect: reply(status, PAGE) },
      told: UNAVAILABLE(`HTTP ${status}: ${PAGE}`),
    },
    {
      title: `HTTP ${status} with a page, after`,
      fault: { point, phase: 'after', effect: reply(status, PAGE) },
      ...(point === 'be.2pc' ? {} : { told: UNAVAILABLE(`HTTP ${status}: ${PAGE}`) }),
    },
  ]),
  {
    title: 'HTTP 401',
    fault: { point, effect: reply(401, 'Unauthorized') },
    told: { code: 'SINK_AUTHENTICATION_FAILED', words: 'HTTP 401', stops: true },
  },
  {
    title: 'HTTP 403',
    fault: { point, effect: reply(403, 'Forbidden') },
    told: { code: 'SINK_ACCESS_DENIED', words: 'HTTP 403', stops: true },
  },
  { title: 'slow', fault: { point, effect: { kind: 'delay', delayMs: 100 } } },
  {
    title: 'half a JSON reply',
    fault: { point, phase: 'after', effect: json(HALF) },
    told: PROTOCOL(/not a JSON object: { "TxnId": 17/),
  },
  {
    title: 'a true reply that ends too early',
    fault: { point, phase: 'after', effect: { kind: 'truncate', bytes: 15, complete: true } },
    told: PROTOCOL(/not a JSON object/),
  },
];

const WHILE_PREPARING: readonly Case[] = [
  ...ANYWHERE('be.load'),
  {
    title: 'connection refused: back end down',
    fault: () => nodes().stop('be'),
    mend: () => nodes().start('be'),
    told: UNREACHABLE('ECONNREFUSED'),
  },
  {
    title: 'connection refused: front end down',
    fault: () => nodes().stop('fe-0'),
    mend: () => nodes().start('fe-0'),
    told: UNREACHABLE('ECONNREFUSED'),
  },
  {
    title: 'reset at a byte of the body',
    fault: { point: 'be.load', phase: 'body', afterBytes: 10, effect: reset },
    told: UNREACHABLE(CUT),
  },
  {
    title: 'reset after the last byte',
    fault: { point: 'be.load', phase: 'received', effect: reset },
    told: UNREACHABLE(CUT),
  },
  {
    title: 'reset at a byte of the reply',
    fault: { point: 'be.load', phase: 'after', effect: { kind: 'truncate', bytes: 20 } },
    told: UNREACHABLE(CUT),
  },
  {
    title: 'reply lost after the precommit',
    fault: { point: 'be.load', phase: 'after', effect: reset },
    told: UNREACHABLE(CUT),
  },
  {
    title: 'no reply before anything is done',
    fault: { point: 'be.load', effect: hang },
    config: IMPATIENT,
    told: LATE,
  },
  {
    title: 'no reply after the precommit',
    fault: { point: 'be.load', phase: 'after', effect: hang },
    config: IMPATIENT,
    told: LATE,
  },
  {
    title: 'a body that stands still',
    fault: { point: 'be.load', phase: 'body', effect: hang },
    config: IMPATIENT,
    told: LATE,
  },
  { title: 'slow disk', fault: { point: 'be.load', phase: 'body', effect: { kind: 'delay', delayMs: 100 } } },
  {
    title: 'too many versions (-235)',
    fault: { point: 'be.load', effect: { kind: 'fail', code: 'E-235' } },
    told: {
      code: 'SINK_TOO_MANY_VERSIONS',
      words: '[E-235]failed to init rowset builder. version count: 2001',
      waitMs: 5_000,
    },
  },
  {
    title: 'transaction quota',
    fault: () => Object.assign(settings(), { maxRunningPerDatabase: 0 }),
    mend: calm,
    told: { code: 'SINK_QUOTA_EXCEEDED', words: 'is 0, larger than limit 0', waitMs: 2_000 },
  },
  {
    title: 'a disk error while rows are flushed',
    fault: {
      point: 'be.load',
      phase: 'body',
      effect: { kind: 'fail', code: 'IO_ERROR', text: 'No space left on device' },
    },
    told: UNAVAILABLE('[IO_ERROR]No space left on device'),
  },
  { title: 'back end restarted: PREPARE is lost', fault: (label) => restartDuring(label), told: UNREACHABLE(CUT) },
  {
    title: 'the label is asked for, and the front end fails',
    again: true,
    fault: { point: 'fe.load_state', effect: reply(500, PAGE) },
    told: UNAVAILABLE('HTTP 500'),
  },
  {
    title: 'the label is asked for, and half an answer comes',
    again: true,
    fault: { point: 'fe.load_state', effect: json('{"msg":"succ') },
    told: PROTOCOL('{"msg":"succ'),
  },
  {
    title: 'the label is asked for, and the front end says why not',
    again: true,
    fault: {
      point: 'fe.load_state',
      effect: { kind: 'fail', code: '', text: 'errCode = 2, detailMessage = not master' },
    },
    told: UNAVAILABLE('not master'),
  },
  {
    title: 'the label is asked for, and no answer comes',
    again: true,
    fault: { point: 'fe.load_state', effect: hang },
    config: IMPATIENT,
    told: LATE,
  },
  {
    title: 'the front end does not redirect: HTTP 503',
    fault: { point: 'fe.redirect', effect: reply(503, PAGE) },
    told: UNAVAILABLE('HTTP 503'),
  },
  {
    title: 'the front end does not redirect: reset',
    fault: { point: 'fe.redirect', effect: reset },
    told: UNREACHABLE(CUT),
  },
  {
    title: 'the front end does not redirect: wrong password',
    fault: {
      point: 'fe.redirect',
      effect: json('{"msg":"Unauthorized","code":401,"data":"Access denied for root@10.0.0.1","count":0}'),
    },
    told: { code: 'SINK_AUTHENTICATION_FAILED', words: 'Access denied for root@10.0.0.1', stops: true },
  },
  {
    title: 'redirect loop',
    fault: { point: 'fe.redirect', times: 9, effect: { kind: 'redirect' } },
    told: PROTOCOL('redirects in a circle'),
  },
  {
    title: 'redirect to a stranger',
    fault: { point: 'fe.redirect', effect: { kind: 'redirect', to: '192.0.2.1:8040' } },
    told: { code: 'SINK_REDIRECT_REFUSED', words: 'redirects to 192.0.2.1:8040', stops: true },
  },
  {
    title: 'redirect to a port where nobody listens',
    fault: { point: 'fe.redirect', effect: { kind: 'redirect', to: '127.0.0.1:1' } },
    told: UNREACHABLE(/ECONNREFUSED.*127.0.0.1:1\b/),
  },
  { title: 'a follower sends the question on to the leader', fault: () => nodes().elect('fe-1') },
  { title: 'fail-over: the first front end is down', fault: () => nodes().stop('fe-0'), config: { both: '' } },
  {
    title: 'all front ends are down',
    fault: async () => Promise.all(['fe-0', 'fe-1'].map((name) => nodes().stop(name))),
    mend: async () => nodes().start('fe-1'),
    config: { both: '' },
    told: UNREACHABLE(/No Doris FE is available: 127.0.0.1:\d+: .*ECONNREFUSED.*; 127.0.0.1:\d+: /),
  },
];

const WHILE_COMMITTING: readonly Case[] = [
  ...ANYWHERE('be.2pc'),
  {
    title: 'connection refused: back end down',
    fault: () => nodes().stop('be'),
    mend: () => nodes().start('be'),
    told: UNREACHABLE('ECONNREFUSED'),
  },
  {
    title: 'front end down: the back end can commit nothing',
    fault: async () => Promise.all(['fe-0', 'fe-1'].map((name) => nodes().stop(name))),
    mend: () => nodes().start('fe-0'),
    told: UNREACHABLE('ECONNREFUSED'),
  },
  { title: 'reset before', fault: { point: 'be.2pc', times: 2, effect: reset }, told: UNREACHABLE(CUT) },
  {
    title: 'reply lost after the commit: found out at once',
    fault: { point: 'be.2pc', phase: 'after', effect: reset },
  },
  {
    title: 'reply lost after the commit, twice',
    fault: { point: 'be.2pc', phase: 'after', effect: { kind: 'truncate', bytes: 9 } },
  },
  { title: 'no reply', fault: { point: 'be.2pc', times: 2, effect: hang }, config: IMPATIENT, told: LATE },
  { title: 'back end restarted: PRECOMMITTED is kept', fault: () => nodes().restart('be') },
  { title: 'leader changed', fault: () => nodes().elect('fe-1') },
  { title: 'published late', fault: { point: 'publish', effect: { kind: 'delay', delayMs: 200 } } },
];

/** The back end restarts while it reads the rows. */
async function restartDuring(label: string): Promise<void> {
  arm({ point: 'be.load', phase: 'body', effect: hang }, label);
  const restart = async () => {
    while (doris.double.transactions.labelState('db', label) !== 'PREPARE') await nextTurn();
    await nodes().restart('be');
  };
  restarting = restart();
}
let restarting: Promise<void> = Promise.resolve();

function arm(fault: Partial<Fault> & Pick<Fault, 'point' | 'effect'>, label: string): void {
  const named = fault.point === 'fe.backends' ? {} : { label };
  doris.double.faults.arm({ phase: 'before', times: 1, ...named, ...fault });
}

async function strike({ fault, config = {}, again = false }: Case, at: 'prepare' | 'commit') {
  const { both, ...rest } = config;
  batch.open(both === undefined ? rest : { ...rest, ...bothFrontends() });
  const loads = at === 'commit' ? await batch.prepared() : undefined;
  if (again) batch.isFirstAttempt = false;
  if (typeof fault === 'function') await fault(batch.label);
  else arm(fault, batch.label);
  return loads;
}

async function survives(one: Case, at: 'prepare' | 'commit'): Promise<void> {
  const loads = await strike(one, at);
  const mend = async () => {
    doris.double.faults.disarm();
    if (one.config === IMPATIENT) batch.open();
    await one.mend?.();
  };
  await batch.run(mend, loads);
  await restarting;
  await batch.isThereOnce();
  const [first, ...more] = batch.failures;
  expect(more.map(describeError)).toEqual([]);
  if (one.told === undefined) expect(first && describeError(first)).toBeUndefined();
  else expectTold(first, one.told);
}

/** Code, whether it is tried again, and a message that names the label, the table and the database's own words. */
function expectTold(error: SluiceError | undefined, { code, words, stops = false, waitMs }: Told): void {
  if (error === undefined) throw new Error('nothing failed');
  const message = describeError(error);
  expect([error.code, error.retryable, error.retryDelayMs]).toEqual([code, !stops, waitMs]);
  expect(message).toMatch(typeof words === 'string' ? escaped(words) : words);
  expect(message).toContain(`table db.t, label ${batch.label}`);
  expect(error.hint ?? '').toMatch(/\.$/);
}

function escaped(words: string): RegExp {
  return new RegExp(words.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
}

describe('while the rows are sent', () => {
  test.each(WHILE_PREPARING)('$title', (one) => survives(one, 'prepare'));
});

describe('while they are committed', () => {
  test.each(WHILE_COMMITTING)('$title', (one) => survives(one, 'commit'));
});

describe('without two-phase commit', () => {
  const config = { 'enable.2pc': 'false' };

  test.each<Case>([
    { title: 'Publish Timeout', fault: { point: 'publish', effect: { kind: 'delay', delayMs: 200 } }, config },
    {
      title: 'reply lost after the commit',
      fault: { point: 'be.load', phase: 'after', effect: reset },
      told: UNREACHABLE(CUT),
      config,
    },
    {
      title: 'HTTP 500 after the commit',
      fault: { point: 'be.load', phase: 'after', effect: reply(500, PAGE) },
      told: UNAVAILABLE('HTTP 500'),
      config,
    },
    {
      title: 'reset after the last byte',
      fault: { point: 'be.load', phase: 'received', effect: reset },
      told: UNREACHABLE(CUT),
      config,
    },
  ])('$title', (one) => survives(one, 'prepare'));
});

describe('a label that exists', () => {
  test.each<[string, () => Promise<unknown>]>([
    [
      'PREPARE',
      async () =>
        doris.double.transactions.begin({ database: 'db', label: batch.label, tables: ['t'], coordinator: 'BE: x' }),
    ],
    ['PRECOMMITTED', () => batch.prepared()],
    [
      'COMMITTED',
      async () => {
        doris.double.faults.arm({ point: 'publish', phase: 'before', effect: { kind: 'delay', delayMs: 200 } });
        await doris.twoPhase({ label: (await batch.prepared())[0]?.label ?? '', txn_operation: 'commit' });
      },
    ],
    ['VISIBLE', async () => batch.commit(await batch.prepared())],
    ['ABORTED', async () => batch.abort(await batch.prepared())],
  ])('%s', async (state, before) => {
    batch.open();
    await before();
    expect(batch.states.at(-1)).toBe(state);
    await batch.run(() => undefined);
    expect(batch.failures).toEqual([]);
    await batch.isThereOnce();
  });
});

describe('time', () => {
  test('precommit time-out: aborted by the database, loaded again under the same label', async () => {
    const loads = await batch.open().prepared();
    settings().precommitTimeoutMs = 0;
    await clean();
    await batch.run(() => undefined, loads);
    expect([batch.aborted, batch.failures]).toEqual([1, []]);
    await batch.isThereOnce();
  });

  test.each([
    ['age', { labelKeepMs: 0 }],
    ['count', { labelKeepCount: 0 }],
  ])(
    'label evicted by %s between a lost reply and the next attempt: in doubt, and nothing is loaded',
    async (_, change) => {
      const [load] = await batch.open().prepared();
      if (load === undefined) throw new Error('the batch has no load');
      batch.open(IMPATIENT);
      arm({ point: 'be.2pc', phase: 'after', effect: hang }, load.label);
      arm({ point: 'be.2pc', skip: 1, effect: reset }, load.label);
      await expect(batch.commit([load])).rejects.toMatchObject({ code: 'SINK_UNREACHABLE', retryable: true });
      doris.double.faults.disarm();
      batch.open();
      while (batch.states.at(-1) !== 'VISIBLE') await nextTurn();
      Object.assign(settings(), change);
      await clean();
      const message = expect.stringMatching(escaped(`label ${load.label} into db.t was begun`));
      expect(await batch.commit([load])).toEqual({ outcome: 'inDoubt', loads: [load], message });
      expect(await batch.prepare({ recovered: true })).toMatchObject({ outcome: 'inDoubt', message });
      expect(await batch.abort([load])).toMatchObject({ outcome: 'inDoubt', loads: [load] });
      expect(await doris.rows()).toEqual(IN_TABLE);
    },
  );

  async function clean(): Promise<void> {
    await fetch(`${doris.double.feUrl}/_sandbox/clean`, { method: 'POST' });
    calm();
  }
});

describe('giving a batch up', () => {
  test.each<[string, Omit<Fault, 'phase'> & Partial<Fault>]>([
    ['reply lost after the abort', { point: 'be.2pc', phase: 'after', operation: 'abort', effect: reset }],
    ['reset before', { point: 'be.2pc', operation: 'abort', effect: reset }],
  ])('%s: it is aborted, and nothing is there', async (_, fault) => {
    const loads = await batch.open().prepared();
    arm(fault, batch.label);
    expect(await batch.abort(loads)).toEqual({ outcome: 'aborted' });
    expect(batch.states).toEqual(['ABORTED']);
    expect(await doris.rows()).toEqual([]);
  });

  test('HTTP 500: it says so, and the next attempt aborts it', async () => {
    const loads = await batch.open().prepared();
    arm({ point: 'be.2pc', effect: reply(500, PAGE), times: 2 }, batch.label);
    await expect(batch.abort(loads)).rejects.toMatchObject({ code: 'SINK_UNAVAILABLE', retryable: true });
    doris.double.faults.disarm();
    expect(await batch.abort(loads)).toEqual({ outcome: 'aborted' });
  });
});
