/**
 * The one who looks after the connectors: restarts what has failed, starts anew what is gone, and decides what is in
 * doubt by looking into the table.
 */
import type { Connection } from 'mysql2/promise';
import { connectorStatus, handleOf, resolveBatch, restartConnector, resumeConnector } from '../../client/connectors.js';
import { ClientError } from '../../client/errors.js';
import type { TemporalSession } from '../../client/temporal.js';
import type { Checkpoint, LoadReference, Range, TaskState } from '../../workflows/core/model.js';
import { QUERIES } from '../../workflows/messages.js';
import { select } from './checker.js';
import type { Tally } from './tally.js';
import { type ConnectorSpec, DATABASE, type Feed } from './topics.js';
import type { Truth } from './truth.js';

const LOOK_MS = 250;
const QUERY_TIMEOUT_MS = 5_000;

/** What the operator needs of the stage. */
export interface Watched {
  readonly connectors: readonly ConnectorSpec[];
  readonly sql: Connection;
  readonly truth: Truth;
  tally(): Tally;
  session(): TemporalSession;
  /** Starts a connector, going on where it was. */
  begin(connector: ConnectorSpec): Promise<void>;
}

export class Operator {
  /** From here on paused and stopped connectors are resumed. */
  bringsToRest = false;
  /** While set, what is gone is not started: somebody else does it. */
  private readonly absent = new Set<string>();
  private readonly stopping = new AbortController();
  private running: Promise<unknown> | undefined;

  constructor(private readonly watched: Watched) {}

  start(): void {
    this.running ??= Promise.all(this.watched.connectors.map((connector) => this.attend(connector)));
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  /** Leaves a connector alone while `work` runs. */
  async aside<T>(connector: ConnectorSpec, work: () => Promise<T>): Promise<T> {
    this.absent.add(connector.name);
    try {
      return await work();
    } finally {
      this.absent.delete(connector.name);
    }
  }

  private async attend(connector: ConnectorSpec): Promise<void> {
    while (!this.stopping.signal.aborted) {
      if (!this.absent.has(connector.name)) {
        await this.look(connector).catch((error: unknown) => this.note(connector, error));
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }

  private async look(connector: ConnectorSpec): Promise<void> {
    const tally = this.watched.tally();
    const session = this.watched.session();
    const { name } = connector;
    const status = await connectorStatus(session, name).catch((error: unknown) => {
      if (error instanceof ClientError && error.code === 'CONNECTOR_UNKNOWN') return undefined;
      throw error;
    });
    if (this.absent.has(name)) return;
    if (status === undefined) {
      tally.count('operator: started anew');
      return this.watched.begin(connector);
    }
    const doubtful = status.tasks.find((task) => task.state === 'IN_DOUBT');
    if (doubtful !== undefined) return this.decide(connector, doubtful.task);
    const failed = status.failure ?? status.tasks.find((task) => task.failure !== undefined)?.failure;
    if (failed !== undefined) {
      tally.note(`${name} failed: ${failed.code}: ${failed.message}`);
      tally.count('operator: restarted');
      await restartConnector(session, name);
    } else if (this.bringsToRest && (status.state === 'PAUSED' || status.state === 'STOPPED')) {
      await resumeConnector(session, name);
    }
  }

  private async decide(connector: ConnectorSpec, task: number): Promise<void> {
    const session = this.watched.session();
    const checkpoint = await session.client.withDeadline(Date.now() + QUERY_TIMEOUT_MS, () =>
      handleOf(session, connector.name).query<Checkpoint>(QUERIES.checkpoint),
    );
    const doubt = doubtOf(checkpoint.tasks.find((candidate) => candidate.task === task));
    if (doubt === undefined) return;
    const decision = (await this.isThere(connector, doubt.load, doubt.ranges)) ? 'skip' : 'reload';
    this.watched.tally().note(`${doubt.load.label} is in doubt: ${decision}`);
    this.watched.tally().count(`operator: resolved by ${decision}`);
    await resolveBatch(session, connector.name, { task, decision });
  }

  /** A load is there in full or not at all: its first row tells. Loading accounts again changes nothing. */
  private async isThere({ feeds }: ConnectorSpec, load: LoadReference, ranges: readonly Range[]): Promise<boolean> {
    const feed = feeds.find(({ table }) => table === load.table);
    const id = feed?.kind === 'rows' ? firstRow(this.watched.truth, feed, ranges) : undefined;
    if (id === undefined) return false;
    const rows = await select(this.watched.sql, `SELECT id FROM ${DATABASE}.${load.table} WHERE id = ${id}`);
    return rows.length > 0;
  }

  /** Servers that do not answer are what this is about; anything else is told. */
  private note({ name }: ConnectorSpec, error: unknown): void {
    const text = error instanceof Error ? error.message : String(error);
    this.watched.tally().note(`operator, ${name}: ${text}`);
  }
}

function doubtOf(state: TaskState | undefined): { load: LoadReference; ranges: readonly Range[] } | undefined {
  const inDoubt = state?.failure?.inDoubt;
  const batch = state?.inFlight.find(({ sequence }) => sequence === inDoubt?.sequence);
  const load = inDoubt?.loads.find((candidate) => candidate.state !== 'COMMITTED');
  return batch === undefined || load === undefined ? undefined : { load, ranges: batch.ranges };
}

function firstRow(truth: Truth, { topic }: Feed, ranges: readonly Range[]): number | undefined {
  return ranges.filter((range) => range.topic === topic).flatMap((range) => truth.idsIn(range))[0];
}
