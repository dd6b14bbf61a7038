/** The command against a real Temporal server and the real workflow; only the activities are a script. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectRig, randomName, type TemporalRig, temporalAddress, until, withWorkers } from '../support/temporal.js';
import { SCRIPT, scriptedActivities } from './support/activities.js';
import { type Outcome, sluice } from './support/terminal.js';

let rig: TemporalRig;
let folder: string;

beforeAll(async () => {
  rig = await connectRig();
  folder = await mkdtemp(join(tmpdir(), 'sluice-'));
});
afterAll(async () => {
  await rig.close();
  await rm(folder, { recursive: true });
});

interface Bench {
  readonly name: string;
  readonly file: string;
  /** `sluice connector <verb> …` on the server and the task queue of the test. */
  connector(...argv: string[]): Promise<Outcome>;
}

/** A connector file of a name of its own; a worker unless the test is about having none. */
async function withBench(work: (bench: Bench) => Promise<void>, { worker = true } = {}): Promise<void> {
  const name = randomName('orders');
  const taskQueue = randomName('queue');
  const file = join(folder, `${name}.json`);
  const config = {
    'connector.class': 'org.apache.doris.kafka.connector.DorisSinkConnector',
    'tasks.max': 2,
    topics: 'orders',
    'doris.urls': '127.0.0.1',
    'doris.http.port': 8030,
    'doris.query.port': 9030,
    'doris.user': 'root',
    'doris.password': 'tell-nobody',
    'doris.database': 'db',
    'key.converter': 'org.apache.kafka.connect.storage.StringConverter',
    'value.converter': 'org.apache.kafka.connect.storage.StringConverter',
  };
  await writeFile(file, JSON.stringify({ name, config }));
  const flags = ['--address', temporalAddress(), '--task-queue', taskQueue];
  const bench: Bench = { name, file, connector: (...argv) => sluice(['connector', ...argv, ...flags]) };
  const body = async () => {
    try {
      await work(bench);
    } finally {
      await rig.client.workflow
        .getHandle(`connector/${name}`)
        .terminate()
        .catch(() => undefined);
    }
  };
  await (worker ? withWorkers(rig, taskQueue, scriptedActivities(), body) : body());
}

function allLoaded({ connector, name }: Bench): Promise<Outcome> {
  return until('20 rows loaded', async () => {
    const outcome = await connector('status', name);
    return outcome.out.includes('20 rows') && outcome;
  });
}

test('from a file to a running connector, and what can be seen of it', async () => {
  await withBench(async (bench) => {
    const { connector, name, file } = bench;
    const started = await connector('start', file);
    expect(started).toMatchObject({ code: 0, out: expect.stringContaining(`${name}  RUNNING`) });
    expect(started.err).toContain(`started connector/${name}`);

    const status = await allLoaded(bench);
    expect(status.code).toBe(0);
    expect(status.out).toContain('guarantee  exactly_once: two-phase commit');
    expect(status.out).toMatch(/0 {2}RUNNING {2}orders\[0\] +10 +0 +10 +0/);

    const history = await connector('history', name, '--json');
    expect(JSON.parse(history.out)).toMatchObject([{ rowsLoaded: 10 }, { rowsLoaded: 10 }]);
    expect((await connector('history', name)).out).toContain('orders[0] 0..10');

    await until('the connector is listed', async () => (await connector('list')).out.includes(name));
    const again = await connector('start', file);
    expect(again).toMatchObject({ code: 1, err: expect.stringContaining(`Connector ${name} exists already.`) });
  });
});

test('pause, resume, stop, offsets, delete; a second start goes on where the first one stopped', async () => {
  await withBench(async (bench) => {
    const { connector, name, file } = bench;
    await connector('start', file);
    await allLoaded(bench);
    expect(await connector('pause', name)).toMatchObject({ code: 0, out: `${name}  PAUSED` });
    expect(await connector('resume', name)).toMatchObject({ code: 0, out: `${name}  RUNNING` });

    const refused = await connector('offsets', 'set', name, 'orders:0=5');
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('must be in the STOPPED state') });
    expect(await connector('stop', name)).toMatchObject({ out: `${name}  STOPPED` });
    expect((await connector('offsets', 'set', name, 'orders:0=5')).out).toMatch(/orders\[0\] +5 +10 +5/);
    expect((await connector('offsets', 'reset', name, 'orders:1')).out).toMatch(/orders\[1\] +0 +10 +10/);
    const offsets = await connector('offsets', name, '--json');
    expect(JSON.parse(offsets.out)).toMatchObject({ offsets: [{ committed: '5' }, { committed: '0' }] });

    expect(await connector('delete', name)).toMatchObject({ code: 0, out: `${name}  deleted` });
    expect(await connector('status', name)).toMatchObject({
      code: 1,
      err: expect.stringContaining('There is no running connector'),
    });
    const second = await connector('start', file);
    expect(second.err).toContain('continuing run');
  });
});

test('what a worker refuses makes the connector FAILED, with exit code 3', async () => {
  await withBench(async ({ connector, name, file }) => {
    const started = await connector('start', file, '--set', `${SCRIPT.refuse}=Table db.orders does not exist.`);
    expect(started).toMatchObject({
      code: 3,
      out: expect.stringContaining('CONFIG_INVALID: Table db.orders does not exist.'),
    });
    expect(await connector('reconfigure', file, '--set', `${SCRIPT.refuse}=Still not.`)).toMatchObject({
      code: 2,
      err: expect.stringContaining('Still not.'),
    });
    expect(await connector('reconfigure', file)).toMatchObject({
      code: 0,
      out: expect.stringContaining(`${name}  RUNNING  generation 2`),
    });
  });
});

test("a load that is retried shows its attempts in the database's own words", async () => {
  await withBench(async ({ connector, name, file }) => {
    await connector('start', file, '--set', `${SCRIPT.busy}=[-235] too many versions`);
    const { out } = await until('an attempt has failed twice', async () => {
      const outcome = await connector('status', name);
      return /attempt [3-9]/.test(outcome.out) && outcome;
    });
    expect(out).toMatch(
      /retrying {3}prepareBatch, attempt \d+ (in \d+ m?s|under way): SINK_TOO_MANY_VERSIONS: \[-235\] too many versions/,
    );
  });
});

test('a batch in doubt is resolved by hand', async () => {
  await withBench(async (bench) => {
    const { connector, name, file } = bench;
    await connector('start', file, '--set', `${SCRIPT.inDoubt}=1`);
    const doubtful = await until('both tasks are in doubt', async () => {
      const outcome = await connector('status', name);
      return outcome.out.split('IN_DOUBT').length > 3 && outcome;
    });
    expect(doubtful.code).toBe(3);
    expect(doubtful.out).toContain('db.orders under label orders__0__1__0');
    expect(await connector('resolve', name, '--task', '0', '--skip')).toMatchObject({ code: 0 });
    expect(await connector('resolve', name, '--task', '1', '--reload')).toMatchObject({ code: 0 });
    const { code } = await allLoaded(bench);
    expect(code).toBe(0);
  });
});

test('without a worker the connector is started all the same, and the command says what is missing', async () => {
  await withBench(
    async ({ connector, name, file }) => {
      const started = await connector('start', file);
      expect(started).toMatchObject({ code: 4, err: expect.stringContaining('What was started waits for one.') });
      expect(started.err).toContain('sluice worker');
      expect(await connector('start', file, '--no-wait')).toMatchObject({
        code: 1,
        err: expect.stringContaining('exists already'),
      });
      expect(await connector('list', '--json')).toMatchObject({ code: 0, out: expect.stringContaining(name) });
    },
    { worker: false },
  );
});
