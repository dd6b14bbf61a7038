/** What every command has: where results go, what ends it, the options that the measuring commands share. */
import { Command, InvalidArgumentError } from 'commander';
import { lineProgress, type ServiceName } from '../../sandbox/index.js';
import { fullTopic } from '../full-topic.js';
import type { KindName } from '../records/index.js';
import { rowsOf, type SizeOptions, type Sizes, sizesOf } from '../sizes.js';
import type { FullTopic } from '../topic.js';
import { type Addresses, type World, withWorld } from '../world.js';

export interface Context {
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  /** Results, line by line. */
  readonly out: (line: string) => void;
}

export interface MeasureOptions extends SizeOptions, Addresses {
  readonly topic?: string;
  readonly profile?: string;
}

export const ALL_SERVICES: readonly ServiceName[] = ['temporal', 'kafka', 'doris'];

/** A command with the options for sizes and servers at hand. */
export function measureCommand(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .option('--quick', 'a fifth of the rows, one counted run')
    .option('--rows <number>', 'rows in the topic; a million by default, fewer of large records', number)
    .option('--samples <number>', 'counted runs', number)
    .option('--partitions <number>', 'partitions of the topic', number)
    .option('--temporal <host:port>', 'a Temporal at hand')
    .option('--kafka <host:port>', 'a broker at hand')
    .option('--doris <host:port>', 'a sink at hand: its front end (see bench sink)')
    .option('--doris-mysql <port>', 'the port of its MySQL protocol', number)
    .option('--registry <url>', 'a registry of schemas at hand')
    .option('--topic <name>', 'a topic of the broker at hand that is full already (see bench produce)')
    .option('--profile <folder>', 'where the worker leaves a processor profile');
}

/** Runs `work` in a world as the options want it. */
export function inWorld<T>(
  { signal }: Context,
  { profile: profileDir, ...addresses }: MeasureOptions,
  services: readonly ServiceName[],
  work: (world: World) => Promise<T>,
): Promise<T> {
  return withWorld({ addresses, services, profileDir, progress: lineProgress(), signal }, work);
}

/** Runs `measure` on the given topic, which is taken to hold what the options say, or on one made and filled now. */
export function onFullTopic(
  context: Context,
  options: MeasureOptions & { readonly kind?: KindName },
  services: readonly ServiceName[],
  measure: (world: World, topic: FullTopic, sizes: Sizes) => Promise<void>,
): Promise<void> {
  const sizes = sizesOf(options);
  const { partitions } = sizes;
  const { topic, kafka, kind = 'plain' } = options;
  const rows = options.rows ?? rowsOf(kind, sizes);
  return inWorld(context, options, services, async (world) => {
    const isFull = topic !== undefined && kafka !== undefined;
    await measure(
      world,
      isFull ? { topic, partitions, rows, kind } : await fullTopic(world, { kind, partitions, rows }),
      sizes,
    );
  });
}

/** @throws InvalidArgumentError for what is no number above 0 */
export function number(text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError('Not a number above 0.');
}
