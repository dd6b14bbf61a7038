/** A slow network: what goes through a gate with it waits. */
import { Transform } from 'node:stream';
import type { Tap } from './gate.js';

export class Slowness {
  /** For every piece in each direction; 0 lets all through at once. */
  delayMs = 0;

  readonly tap: Tap = () => [this.delay(), this.delay()];

  private delay(): Transform {
    return new Transform({
      transform: (chunk: Buffer, _, done) => {
        if (this.delayMs === 0) done(null, chunk);
        else setTimeout(() => done(null, chunk), this.delayMs);
      },
    });
  }
}
