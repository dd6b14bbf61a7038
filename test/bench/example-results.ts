/** Results for tests: a machine that does exactly what Sluice is built for. */
import { type Results, resultsOf, type Samples } from '../../bench/results.js';

const SAMPLES: Samples = {
  raw: [1_500_000],
  kafkajs_loop: [500_000],
  passthrough: [1_100_000, 1_200_000, 1_150_000],
  latency_low_p99: [612.4],
  events_per_batch: [18],
};

/** `changed` replaces samples. */
export function exampleResults(changed: Samples = {}): Results {
  return {
    takenAt: '2026-01-02T03:04:05.000Z',
    machine: { processor: 'Example CPU', cores: 2, memoryMiB: 8_192, system: 'Linux 6.1', loadBefore: 0.1 },
    versions: { sluice: '0.1.0', node: '20.20.0' },
    rows: 1_000_000,
    results: resultsOf({ ...SAMPLES, ...changed }),
  };
}
