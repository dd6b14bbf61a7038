/** A story: what happens to a stage between its start and the moment when everything must come to rest. */
import type { Stage, StageOptions } from '../stage.js';

export interface Scenario {
  readonly name: string;
  /** One sentence: what happens. */
  readonly what: string;
  readonly options?: Partial<Omit<StageOptions, 'seed' | 'progress'>>;
  /** True where it needs several brokers: its stage is on a ClusterWorld. */
  readonly onCluster?: true;
  run(stage: Stage): Promise<void>;
}
