/** The connector workflow: the core on Temporal, with its updates, signals and queries. */
import {
  ApplicationFailure,
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  defineUpdate,
  setHandler,
} from '@temporalio/workflow';
import { Connector } from './core/connector.js';
import type { Checkpoint, ConnectorConfig, ConnectorInput } from './core/model.js';
import { alterOffsets, offsetRefusal, Refusal, reconfigure } from './core/requests.js';
import { stateOf, statusOf } from './core/status.js';
import {
  type Acknowledgement,
  type AlterOffsetsRequest,
  type ConnectorStatus,
  type History,
  QUERIES,
  type ReconfigureRequest,
  type ResolveRequest,
  type RestartRequest,
  SIGNALS,
  UPDATES,
} from './messages.js';
import { temporalRuntime } from './temporal-runtime.js';

/**
 * Runs one connector until it is deleted. Its result is the final checkpoint, from which a connector that is created
 * again under the same name goes on.
 */
export async function connector(input: ConnectorInput): Promise<Checkpoint> {
  const core = new Connector(temporalRuntime(), input);
  answer(core);
  CancellationScope.current().cancelRequested.catch(() => core.delete());
  return CancellationScope.nonCancellable(async () => {
    const next = await core.run();
    await condition(allHandlersFinished);
    if (next === undefined) return core.checkpoint();
    return continueAsNew<typeof connector>(core.input());
  });
}

function answer(core: Connector): void {
  const acknowledge = (): Acknowledgement => ({ state: stateOf(core), generation: core.generation });
  const accepted = async (request: () => void | Promise<void>): Promise<Acknowledgement> => {
    try {
      await request();
    } catch (error) {
      if (error instanceof Refusal) throw refused(error);
      throw error;
    }
    return acknowledge();
  };

  setHandler(defineUpdate<Acknowledgement>(UPDATES.pause), () => accepted(() => core.want('PAUSED')));
  setHandler(defineUpdate<Acknowledgement>(UPDATES.resume), () => accepted(() => core.want('RUNNING')));
  setHandler(defineUpdate<Acknowledgement>(UPDATES.stop), () => accepted(() => core.stop()));
  setHandler(defineUpdate<Acknowledgement>(UPDATES.delete), () => accepted(() => core.delete()));
  setHandler(
    defineUpdate<Acknowledgement, [RestartRequest]>(UPDATES.restart),
    (request) => accepted(() => core.restart(request.task, request.includeRunning ?? false)),
    { validator: (request) => refuse(unknownTask(core, request.task)) },
  );
  setHandler(
    defineUpdate<Acknowledgement, [ReconfigureRequest]>(UPDATES.reconfigure),
    (request) => accepted(() => reconfigure(core, request.config)),
    { validator: (request) => refuse(wrongName(core, request.config)) },
  );
  setHandler(
    defineUpdate<Acknowledgement, [AlterOffsetsRequest]>(UPDATES.alterOffsets),
    (request) => accepted(() => alterOffsets(core, request)),
    { validator: (request) => refuse(offsetRefusal(core, request)) },
  );
  setHandler(
    defineUpdate<Acknowledgement, [ResolveRequest]>(UPDATES.resolve),
    (request) => accepted(() => core.resolve(request.task, request.decision)),
    { validator: (request) => refuse(notInDoubt(core, request)) },
  );

  setHandler(defineSignal(SIGNALS.pause), () => core.want('PAUSED'));
  setHandler(defineSignal(SIGNALS.resume), () => core.want('RUNNING'));

  setHandler(defineQuery<ConnectorStatus>(QUERIES.status), () => statusOf(core));
  setHandler(defineQuery<ConnectorConfig>(QUERIES.config), () => core.maskedConfig());
  setHandler(defineQuery<History>(QUERIES.history), () => core.ledger);
  setHandler(defineQuery<Checkpoint>(QUERIES.checkpoint), () => core.checkpoint());
}

function unknownTask(core: Connector, task: number | undefined): Refusal | undefined {
  if (task === undefined || core.lanes.some((lane) => lane.state.task === task)) return undefined;
  return new Refusal(
    'TASK_UNKNOWN',
    `Connector ${core.name} has no task ${task}; it has ${core.lanes.length}, from 0 on.`,
  );
}

function wrongName(core: Connector, config: ConnectorConfig): Refusal | undefined {
  const name = config.name;
  if (name === undefined || name === core.name) return undefined;
  return new Refusal(
    'CONFIG_INVALID',
    `The configuration is named ${name}, the connector ${core.name}: a name cannot be changed.`,
  );
}

function notInDoubt(core: Connector, { task }: ResolveRequest): Refusal | undefined {
  const lane = core.lanes.find((candidate) => candidate.state.task === task);
  if (lane?.state.failure?.inDoubt !== undefined) return undefined;
  return unknownTask(core, task) ?? new Refusal('NOT_IN_DOUBT', `Task ${task} of ${core.name} has no batch in doubt.`);
}

function refuse(refusal: Refusal | undefined): void {
  if (refusal !== undefined) throw refused(refusal);
}

function refused(refusal: Refusal): ApplicationFailure {
  return ApplicationFailure.create({ type: refusal.code, message: refusal.message, nonRetryable: true });
}
