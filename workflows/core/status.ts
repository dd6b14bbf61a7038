/** What a connector shows of itself: the status query, the current details of its page, its searchable state. */
import type { ConnectorStatus, TaskStatus } from '../messages.js';
import type { Connector } from './connector.js';
import type { Lane } from './lane.js';
import { rowsPerSecond } from './ledger.js';
import type { ConnectorStateName, TaskStall, TaskStateName } from './model.js';
import { grouped, lagOf, rangeName, summarizePartitions, totalLag } from './offsets.js';
import { stallWords } from './stall.js';

export function stateOf(connector: Connector): ConnectorStateName {
  if (connector.desired !== 'RUNNING') return connector.desired;
  if (connector.failure !== undefined) return 'FAILED';
  if (connector.settingsIfKnown() === undefined) return 'STARTING';
  const failed = connector.lanes.filter((lane) => lane.state.failure !== undefined).length;
  if (failed === 0) return 'RUNNING';
  return failed === connector.lanes.length ? 'FAILED' : 'DEGRADED';
}

export function statusOf(connector: Connector): ConnectorStatus {
  const settings = connector.settingsIfKnown();
  const lag = totalLag(connector.lanes.flatMap((lane) => lane.state.partitions));
  const last = connector.ledger.at(-1);
  return {
    name: connector.name,
    state: stateOf(connector),
    connectorClass: settings?.connectorClass ?? connector.config['connector.class'] ?? '',
    type: 'sink',
    identity: connector.identity(),
    generation: connector.generation,
    ...(settings === undefined ? {} : { settings }),
    tasks: connector.desired === 'STOPPED' ? [] : connector.lanes.map((lane) => taskStatus(connector, lane)),
    ...(connector.failure === undefined ? {} : { failure: connector.failure }),
    totals: connector.totals,
    rowsPerSecond: rowsPerSecond(connector.ledger, connector.runtime.nowMs()),
    ...(lag === undefined ? {} : { lag: lag.toString() }),
    ...(last === undefined ? {} : { lastCommitAtMs: last.committedAtMs }),
  };
}

function taskStatus(connector: Connector, { state }: Lane): TaskStatus {
  return {
    task: state.task,
    state: taskState(connector, state.failure !== undefined, state.failure?.inDoubt !== undefined),
    partitions: state.partitions.map((partition) => {
      const lag = lagOf(partition.committed, partition.end);
      return { ...partition, ...(lag === undefined ? {} : { lag: lag.toString() }) };
    }),
    inFlight: state.inFlight.map((batch) => ({
      sequence: batch.sequence,
      phase: batch.loads === undefined ? 'PREPARE' : 'COMMIT',
      ranges: batch.ranges.map(rangeName),
      labels: (batch.loads ?? []).map((load) => load.label),
    })),
    ...(state.failure === undefined ? {} : { failure: state.failure }),
    ...(state.stall === undefined ? {} : { stall: state.stall }),
  };
}

function taskState(connector: Connector, failed: boolean, inDoubt: boolean): TaskStateName {
  if (inDoubt) return 'IN_DOUBT';
  if (failed) return 'FAILED';
  return connector.desired === 'PAUSED' ? 'PAUSED' : 'RUNNING';
}

/** A small table in Markdown for the connector's page in the Web UI. */
export function detailsOf(connector: Connector): string {
  const status = statusOf(connector);
  const lines = [
    `**${status.name}** is **${status.state}**: ${grouped(status.totals.rowsLoaded)} rows loaded in ${grouped(status.totals.batches)} batches, ${status.settings?.guarantee ?? 'not yet validated'}.`,
  ];
  if (status.failure !== undefined) lines.push('', `${status.failure.code}: ${status.failure.message}`);
  if (status.tasks.length > 0) {
    lines.push('', '| task | state | partitions | lag | in flight | trouble |', '|---|---|---|---|---|---|');
    for (const lane of connector.lanes) {
      const lag = totalLag(lane.state.partitions);
      const { failure, inFlight, partitions, stall, task } = lane.state;
      const state = taskState(connector, failure !== undefined, failure?.inDoubt !== undefined);
      const labels = inFlight.map((batch) => batch.loads?.[0]?.label ?? `batch ${batch.sequence}`).join(', ');
      const trouble = failure === undefined ? noProgress(stall) : `${failure.code}: ${failure.message}`;
      lines.push(
        `| ${task} | ${state} | ${summarizePartitions(partitions)} | ${lag === undefined ? '?' : grouped(lag)} | ${labels} | ${inCell(trouble)} |`,
      );
    }
  }
  return lines.join('\n');
}

function noProgress(stall: TaskStall | undefined): string {
  return stall === undefined ? '' : `no progress since ${new Date(stall.sinceMs).toISOString()}: ${stallWords(stall)}`;
}

function inCell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
