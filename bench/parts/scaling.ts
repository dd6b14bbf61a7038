/** What a second worker process is worth. */

import { runConnector } from '../connector.js';
import type { FullTopic } from '../topic.js';
import { type World, withWorker } from '../world.js';
import { rowsPerSecond } from './rates.js';

/** The rate with `processes` worker processes over that with one, each of them warm. */
export async function measureScaling(world: World, topic: FullTopic, processes: number): Promise<number> {
  const one = await rateWith(world, topic, 1);
  const several = await rateWith(world, topic, processes);
  world.progress.report(`  1 process ${Math.round(one)} rows/s, ${processes} processes ${Math.round(several)} rows/s`);
  return several / one;
}

function rateWith(world: World, topic: FullTopic, processes: number): Promise<number> {
  const measure = async () => {
    await runConnector(world, topic, {});
    return rowsPerSecond(await runConnector(world, topic, {}));
  };
  return withWorker(world, measure, processes);
}
