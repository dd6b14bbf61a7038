/** What a run is made of: everything follows from the seed, and every part can be taken out again to shrink a failure. */
import { Random } from './random.js';

/** The kinds of trouble a run can have. What each does is told where it is rolled for. */
export const FAULTS = [
  'crash',
  'freeze',
  'cutOff',
  'slow',
  'requestLost',
  'replyLost',
  'serverError',
  'frontendDown',
  'backendRestart',
  'eviction',
  'precommitTimeout',
  'tooManyVersions',
  'publishDelay',
  'kafka',
  'staleEnds',
  'transactions',
  'newPartitions',
  'pause',
  'stop',
  'alterOffsets',
  'restart',
  'reconfigure',
  'continueAsNew',
  'upgrade',
  'terminate',
  'delete',
  'temporalLost',
  'reset',
] as const;
export type Fault = (typeof FAULTS)[number];

/**
 * `twoPhase` is what everyone gets. `labels` is without two-phase commit: exactly-once while labels are remembered and
 * the workflow lives. `groupCommit` is at-least-once.
 */
export type Mode = 'twoPhase' | 'labels' | 'groupCommit';

export type RecordForm = 'text' | 'schema' | 'transforms';

export interface SimulationSettings {
  readonly seed: number;
  readonly mode: Mode;
  readonly faults: readonly Fault[];
  readonly topics: number;
  /** Partitions of each topic at the start. */
  readonly partitions: number;
  /** True when all topics go to one table. */
  readonly oneTable: boolean;
  /** True when records name their tables: several of one partition. */
  readonly namedTables: boolean;
  /** True when records have schemas that gain fields, and tables follow them. */
  readonly evolving: boolean;
  /** True when some records are bad: no converter takes them, or the database refuses their rows, perhaps only later. */
  readonly badRecords: boolean;
  /** What values are: JSON as it is, with a schema, or changed by transforms, the topic too. */
  readonly form: RecordForm;
  /** Records written during the time of trouble, about. */
  readonly records: number;
  readonly tasksMax: number;
  readonly workers: number;
  readonly pipelineDepth: number;
  /** How long the trouble lasts; after it everything has to be delivered. */
  readonly troubleMs: number;
}

/** What takes the guarantee away by itself: such settings promise less, and are held to what they promise. */
const BEYOND: Readonly<Record<Mode, readonly Fault[]>> = {
  twoPhase: [],
  labels: ['eviction'],
  groupCommit: [],
};

export function settingsOf(seed: number): SimulationSettings {
  const random = new Random(`${seed}`);
  const mode: Mode = random.chance(0.8) ? 'twoPhase' : random.chance(0.75) ? 'labels' : 'groupCommit';
  const density = random.pick([0.1, 0.25, 0.5, 0.9]);
  const faults = FAULTS.filter((fault) => random.chance(density) && !BEYOND[mode].includes(fault));
  const common = {
    seed,
    mode,
    faults,
    topics: random.pick([1, 1, 2, 3]),
    partitions: random.between(1, 4),
    oneTable: random.chance(0.4),
    records: random.pick([20, 60, 120, 250]),
    tasksMax: random.between(1, 4),
    workers: random.between(1, 3),
    pipelineDepth: random.pick([1, 2, 2, 3]),
    troubleMs: random.pick([10_000, 20_000, 40_000]),
    namedTables: random.chance(0.3),
  };
  // Group commit leaves out what does not fit without a word.
  const badRecords = random.chance(0.4) && mode !== 'groupCommit';
  const evolving = random.chance(0.3);
  // Bad records, and fields that are gained, are those of plain values.
  const form = badRecords || evolving ? 'text' : random.pick(['text', 'schema', 'transforms'] as const);
  return { ...common, badRecords, evolving, form };
}
