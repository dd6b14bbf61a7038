/**
 * A connector's status as a person reads it.
 */
import type { TaskFailure } from '../../workflows/core/model.js';
import { partitionName } from '../../workflows/core/offsets.js';
import { stallHint, stallWords } from '../../workflows/core/stall.js';
import type { TaskStatus } from '../../workflows/messages.js';
import type { ObservedStatus } from '../connectors.js';
import type { RetryInProgress } from '../pending.js';
import type { Paint } from '../terminal.js';
import { type Column, renderTable } from './table.js';
import { ago, bytes, count, duration, paintState, plural } from './text.js';

const COLUMNS: readonly Column[] = [
  { title: 'TASK', align: 'right' },
  { title: 'STATE' },
  { title: 'TOPIC[PARTITION]', shrinks: true },
  { title: 'COMMITTED', align: 'right' },
  { title: 'IN FLIGHT', align: 'right' },
  { title: 'END', align: 'right' },
  { title: 'LAG', align: 'right' },
];

export interface StatusView {
  readonly width: number;
  readonly nowMs: number;
  readonly paint: Paint;
  /** More partitions than this are counted, not listed. */
  readonly maxPartitions?: number;
}

/** Heading, totals, one line per partition, then what goes wrong in full. */
export function renderStatus(status: ObservedStatus, view: StatusView): string[] {
  return [
    ...headingLines(status, view),
    ...partitionLines(status, view),
    ...status.retries.map((retry) => retryLine(retry, view)),
    ...stallLines(status, view),
    ...failureLines(status, view),
  ];
}

function headingLines(status: ObservedStatus, { paint, nowMs }: StatusView): string[] {
  const { settings, totals } = status;
  const lines = [`${paint('bold', status.name)}  ${paintState(status.state, paint)}  ${status.connectorClass}`];
  if (settings !== undefined) {
    lines.push(`guarantee  ${settings.guarantee}: ${settings.guaranteeReason}`);
    lines.push(...settings.warnings.map((warning) => `${paint('yellow', 'warning')}    ${warning}`));
  }
  const filtered = totals.rowsFiltered === 0 ? '' : `, ${count(totals.rowsFiltered)} filtered`;
  const bad = [
    ...(totals.deadLetters === 0 ? [] : [`${plural(totals.deadLetters, 'record')} in the dead letter queue`]),
    ...(totals.skipped === 0 ? [] : [`${plural(totals.skipped, 'record')} left out for want of a dead letter queue`]),
  ];
  const commit = status.lastCommitAtMs === undefined ? '' : `, last commit ${ago(status.lastCommitAtMs, nowMs)}`;
  lines.push(
    `loaded     ${plural(totals.rowsLoaded, 'row')} (${bytes(totals.sizeBytes)})${filtered} in ${plural(totals.batches, 'batch')}${commit}`,
    ...(totals.schemaChanges > 0 ? [`tables     changed by ${plural(totals.schemaChanges, 'statement')}`] : []),
    ...(bad.length === 0 ? [] : [`bad        ${bad.join(', ')}`]),
    ...(totals.stalls === 0 ? [] : [`stalled    ${plural(totals.stalls, 'time')} so far`]),
    `now        ${plural(Math.round(status.rowsPerSecond), 'row')}/s, lag ${count(status.lag)}`,
  );
  return lines;
}

function partitionLines(status: ObservedStatus, view: StatusView): string[] {
  const rows = status.tasks.flatMap((task) => taskRows(task, view.paint));
  if (rows.length === 0) return [];
  const shown = rows.slice(0, view.maxPartitions);
  const hidden = rows.length - shown.length;
  const rest = hidden === 0 ? [] : [view.paint('dim', `… and ${plural(hidden, 'partition')} more`)];
  return ['', ...renderTable(COLUMNS, shown, view.width), ...rest];
}

function taskRows(task: TaskStatus, paint: Paint): string[][] {
  const state = paintState(task.state, paint);
  if (task.partitions.length === 0) return [[String(task.task), state, '-', '-', '-', '-', '-']];
  return task.partitions.map((partition) => [
    String(task.task),
    state,
    partitionName(partition),
    count(partition.committed),
    count(BigInt(partition.next) - BigInt(partition.committed)),
    count(partition.end),
    count(partition.lag),
  ]);
}

export function retryLine(retry: RetryInProgress, { paint, nowMs }: Pick<StatusView, 'paint' | 'nowMs'>): string {
  const next = retry.nextAttemptAtMs === undefined ? 'under way' : `in ${duration(retry.nextAttemptAtMs - nowMs)}`;
  const limit = retry.maximumAttempts === undefined ? '' : ` of ${retry.maximumAttempts}`;
  const code = retry.code === undefined ? '' : `${retry.code}: `;
  return `${paint('yellow', 'retrying')}   ${retry.activity}, attempt ${retry.attempt}${limit} ${next}: ${code}${retry.message}`;
}

function stallLines({ tasks }: ObservedStatus, { paint, nowMs }: StatusView): string[] {
  return tasks.flatMap(({ task, stall }) => {
    if (stall === undefined) return [];
    const since = `task ${task}: no progress for ${duration(nowMs - stall.sinceMs)}`;
    return [`${paint('yellow', 'stalled')}    ${since}: ${stallWords(stall)}`, `           ${stallHint(stall)}`];
  });
}

function failureLines(status: ObservedStatus, view: StatusView): string[] {
  const lines: string[] = [];
  if (status.failure !== undefined) lines.push(failureLine('failed', status.failure, view));
  for (const { task, failure } of status.tasks) {
    if (failure === undefined) continue;
    lines.push(failureLine(`task ${task}`, failure, view));
    if (failure.inDoubt === undefined) continue;
    lines.push(
      ...failure.inDoubt.loads.map((load) => `           ${load.database}.${load.table} under label ${load.label}`),
    );
    lines.push(
      `           Look in the database, then: sluice connector resolve ${status.name} --task ${task} --skip | --reload`,
    );
  }
  if (lines.length > 0 && status.state === 'FAILED') {
    lines.push(`           When it is mended: sluice connector restart ${status.name}`);
  }
  return lines;
}

function failureLine(what: string, failure: TaskFailure, { paint, nowMs }: StatusView): string {
  return `${paint('red', what.padEnd(9))}  ${ago(failure.atMs, nowMs)}: ${failure.code}: ${failure.message}`;
}
