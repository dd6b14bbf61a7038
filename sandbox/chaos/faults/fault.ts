/** A kind of fault: what a plan draws from. */
import type { Random } from '../../simulator/random.js';
import type { Stage } from '../stage.js';

export interface ChaosFault {
  readonly name: string;
  /** Of a server, so that it takes seconds and comes once in a while. */
  readonly heavy?: boolean;
  /**
   * Does it and undoes it again; resolves when nothing of it is left.
   *
   * @returns how often it has struck
   */
  strike(stage: Stage, random: Random): Promise<number>;
}

export function pause(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs));
}
