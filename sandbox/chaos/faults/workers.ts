/** Faults of worker processes. */
import { type ChaosFault, pause } from './fault.js';

export const WORKER_FAULTS: readonly ChaosFault[] = [
  {
    name: 'worker: killed',
    strike: async ({ workers }, random) => {
      await workers.kill(random.between(0, 1));
      return 1;
    },
  },
  {
    name: 'workers: all killed',
    heavy: true,
    strike: async ({ workers }) => {
      await workers.killAll();
      return 1;
    },
  },
  {
    name: 'worker: ended by SIGTERM',
    strike: async ({ workers }, random) => {
      await workers.kill(random.between(0, 1), 'SIGTERM');
      return 1;
    },
  },
  {
    name: 'worker: frozen, shortly',
    strike: async ({ workers }, random) => {
      await workers.freeze(random.between(0, 1), random.between(300, 3_000));
      return 1;
    },
  },
  {
    name: 'worker: frozen past its lease',
    heavy: true,
    strike: async ({ workers }, random) => {
      await workers.freeze(random.between(0, 1), random.between(9_000, 11_000));
      return 1;
    },
  },
  {
    name: 'worker: one more for a while',
    strike: async ({ workers }, random) => {
      workers.add();
      await pause(random.between(2_000, 4_000));
      await workers.remove();
      return 1;
    },
  },
  {
    name: 'workers: clock set',
    strike: async ({ clock }, random) => {
      if (!clock.canBeSet) return 0;
      clock.set(random.pick([-3_600, -20, 20, 3_600]));
      await pause(random.between(2_000, 5_000));
      clock.set(0);
      return 1;
    },
  },
];
