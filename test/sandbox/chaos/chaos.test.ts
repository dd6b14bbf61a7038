/**
 * A short time of chaos on real servers and worker processes, and some of the stories that others fail; `make chaos`
 * has all of them. SLUICE_CHAOS_SEED replays a plan.
 */
import { formatReport, Runner, SCENARIOS, World } from '../../../sandbox/chaos/index.js';

const SEED = process.env.SLUICE_CHAOS_SEED ?? '4';
const FAULTS_MS = 20_000;
/** Each stands for a kind of story, and takes a few seconds. */
const CHOSEN: readonly string[] = [
  'killed-after-commit',
  'lanes-redealt',
  'label-expired',
  'commit-reply-lost',
  'offset-gaps',
  'temporal-lost-before-commit',
];

let world: World;
let runner: Runner;

beforeAll(async () => {
  world = await World.start();
  runner = new Runner(world, { seed: SEED });
}, 180_000);
afterAll(async () => {
  await runner.close();
  await world.close();
}, 60_000);

test.each(SCENARIOS.filter(({ name }) => CHOSEN.includes(name)))(
  '$name: $what',
  async (scenario) => {
    const outcome = await runner.scenario(scenario);
    expect(outcome.exact ? '' : formatReport([outcome], `--scenario ${scenario.name}`, new Date())).toBe('');
    expect(outcome.struck.size).toBeGreaterThan(0);
  },
  300_000,
);

test('random faults in everything: nothing missing, nothing doubled, nothing out of order', async () => {
  const outcome = await runner.random({ seed: SEED, durationMs: FAULTS_MS });
  expect(outcome.exact ? '' : formatReport([outcome], `SLUICE_CHAOS_SEED=${SEED}`, new Date())).toBe('');
  expect([...outcome.struck.values()].filter((times) => times > 0).length).toBeGreaterThan(15);
}, 400_000);
