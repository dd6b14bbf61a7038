/** Which task has which partition. Partitions move only when no batch of theirs is in flight, except together with it. */
import type { Batch, PartitionState, TaskState } from './model.js';
import { byTopicAndPartition, partitionName, samePartition } from './offsets.js';

/** Partitions that stay together, with the batches in flight that hold them together. */
interface Bundle {
  readonly partitions: PartitionState[];
  readonly inFlight: Batch[];
}

/**
 * Deals partitions out over at most `tasksMax` tasks, as evenly as whole bundles allow, in a fixed order, so that the
 * same state is always dealt the same way. Partitions of one batch in flight go to one task, with their batch.
 */
export function deal(
  tasks: readonly TaskState[],
  partitions: readonly PartitionState[],
  tasksMax: number,
): TaskState[] {
  const bundles = bundle(tasks, partitions);
  const count = Math.max(1, Math.min(tasksMax, bundles.length));
  const dealt: TaskState[] = Array.from({ length: count }, (_, task) => emptyTask(task, tasks[task]));
  for (const { partitions: together, inFlight } of bundles) {
    const target = leastLoaded(dealt);
    target.partitions.push(...together);
    target.inFlight.push(...inFlight.map((batch) => ({ ...batch, sequence: ++target.sequence })));
  }
  for (const task of dealt) task.partitions.sort(byTopicAndPartition);
  return dealt;
}

/** Adds new partitions without moving any: to new tasks while there may be more, then to those with the fewest. */
export function extend(tasks: TaskState[], found: readonly PartitionState[], tasksMax: number): TaskState[] {
  const touched = new Set<TaskState>();
  for (const partition of [...found].sort(byTopicAndPartition)) {
    let target = leastLoaded(tasks);
    if (target.partitions.length > 0 && tasks.length < tasksMax) {
      target = emptyTask(tasks.length);
      tasks.push(target);
    }
    target.partitions.push(partition);
    target.partitions.sort(byTopicAndPartition);
    touched.add(target);
  }
  return [...touched];
}

export function emptyTask(task: number, previous?: TaskState): TaskState {
  const bytesPerRecord = previous?.bytesPerRecord;
  return {
    task,
    partitions: [],
    inFlight: [],
    sequence: previous?.sequence ?? 0,
    ...(bytesPerRecord === undefined ? {} : { bytesPerRecord }),
  };
}

function leastLoaded(tasks: readonly TaskState[]): TaskState {
  return tasks.reduce((least, task) => (task.partitions.length < least.partitions.length ? task : least));
}

function bundle(tasks: readonly TaskState[], partitions: readonly PartitionState[]): Bundle[] {
  const bundles: Bundle[] = [];
  const bundled = new Set<string>();
  for (const task of tasks) {
    if (task.inFlight.length === 0) continue;
    const held = task.partitions.filter((partition) =>
      task.inFlight.some((batch) => batch.ranges.some((range) => samePartition(range, partition))),
    );
    for (const partition of held) bundled.add(partitionName(partition));
    bundles.push({ partitions: held, inFlight: task.inFlight });
  }
  const free = partitions.filter((partition) => !bundled.has(partitionName(partition))).sort(byTopicAndPartition);
  return [...bundles, ...free.map((partition) => ({ partitions: [partition], inFlight: [] }))];
}
