/** A world whose Kafka is a cluster. */
import { Random } from '../../simulator/random.js';
import { silentProgress } from '../../world/index.js';
import type { Stage } from '../stage.js';
import { World, type WorldOptions } from '../world.js';
import { Brokers } from './brokers.js';

export interface ClusterWorldOptions extends WorldOptions {
  readonly seed: string;
  /** A Temporal server at hand; no fault strikes it. */
  readonly temporalAddress?: string;
}

export class ClusterWorld extends World {
  private constructor(
    name: string,
    temporalAddress: string,
    readonly brokers: Brokers,
    signal: AbortSignal | undefined,
  ) {
    super(name, temporalAddress, brokers.bootstrap, signal);
  }

  /** Starts three brokers, and Temporal where none is at hand. The caller closes the world. */
  static async open(options: ClusterWorldOptions): Promise<ClusterWorld> {
    const { seed, progress = silentProgress, signal = new AbortController().signal } = options;
    const name = `chaos-cluster-${process.pid}`;
    try {
      const temporalAddress = options.temporalAddress ?? (await World.startTemporal(name, options));
      const random = new Random(`${seed}/cluster`);
      const brokers = await Brokers.start({ sandbox: name, random, progress, signal });
      return new ClusterWorld(name, temporalAddress, brokers, options.signal);
    } catch (error) {
      await World.remove(name);
      throw error;
    }
  }

  override async close(): Promise<void> {
    await this.brokers.closeGates();
    await super.close();
  }
}

/** The world of a stage that needs several brokers. */
export function clusterOf({ world }: Stage): ClusterWorld {
  if (world instanceof ClusterWorld) return world;
  throw new Error('This scenario needs a cluster of brokers.');
}
