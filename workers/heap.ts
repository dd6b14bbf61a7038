/** How the worker's JavaScript heap grows. */
import { setFlagsFromString } from 'node:v8';

/** In percent of what lives: the heap, and the buffers that its objects hold, may grow so far between two collections. */
const GROWING_PERCENT = 100;

/**
 * Lets the heap double before all of it is collected again.
 *
 * What is read from a socket arrives in buffers that live for milliseconds, hundreds of megabytes a second. V8 counts
 * them as growth of a heap that holds 40 MB, and left to itself marks that heap through every 30 MB that are read: a
 * third of a worker's processor time. The buffers themselves are freed by its small collections, so that memory does
 * not grow by what is allowed here.
 */
export function letHeapGrow(): void {
  setFlagsFromString(`--heap-growing-percent=${GROWING_PERCENT}`);
}
