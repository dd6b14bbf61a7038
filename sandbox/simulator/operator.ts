/**
 * The people around the connector: one changes things at any moment; one looks after it, and decides what is in doubt
 * by looking into the table.
 */
import { withoutItself } from '../../workers/checkpoints.js';
import type { Connector } from '../../workflows/core/connector.js';
import type { Checkpoint, ConnectorInput } from '../../workflows/core/model.js';
import { alterOffsets, offsetRefusal, reconfigure } from '../../workflows/core/requests.js';
import { CONNECTOR, changedConfig, configOf } from './connector-config.js';
import { copy } from './execution.js';
import type { Oracle } from './oracle.js';
import type { Scheduler } from './scheduler.js';
import type { Fault } from './settings.js';
import type { SimulatedRun, SimulatedTemporal } from './temporal.js';
import type { Trouble } from './trouble.js';
import type { WorkerPool } from './workers.js';

const LOOK_MS = 3_000;
/** After Temporal is lost nothing of the old connector is at work any more when the new one is started. */
const REBUILD_MS = 12_000;

export class Operator {
  run: SimulatedRun | undefined;
  /** Where the present chain of runs stood at every look: what a reset can go back to. */
  private past: Checkpoint[] = [];

  constructor(
    private readonly scheduler: Scheduler,
    private readonly trouble: Trouble,
    private readonly temporal: SimulatedTemporal,
    private readonly workers: WorkerPool,
    private readonly oracle: Oracle,
  ) {}

  /** As Temporal has it: not while another run is open. */
  start(previousRunId?: string): void {
    if (this.run?.state === 'running') return;
    const input: ConnectorInput = {
      name: CONNECTOR,
      config: configOf(this.trouble.settings),
      ...(previousRunId === undefined ? {} : { previousRunId }),
    };
    this.run = this.temporal.start(input);
    this.trouble.note(`${this.run.id} starts${previousRunId === undefined ? '' : ` after ${previousRunId}`}`);
  }

  /** Does one thing that was not foreseen. */
  act(): void {
    const { run, trouble } = this;
    if (run === undefined || run.state !== 'running') return;
    const random = trouble.stream('operator');
    const fault = random.pick<Fault>(trouble.settings.faults.length > 0 ? trouble.settings.faults : ['pause']);
    if (!trouble.has(fault)) return;
    this.actions[fault]?.(run);
  }

  private readonly actions: Partial<Record<Fault, (run: SimulatedRun) => void>> = {
    pause: (run) => {
      run.handle('pause', (core) => core.want('PAUSED'));
      this.resumeLater(run);
    },
    stop: (run) => {
      run.handle('stop', (core) => core.stop());
      this.resumeLater(run);
    },
    alterOffsets: (run) => {
      run.handle('stop', (core) => core.stop());
      this.later(() =>
        run.handle('alterOffsets', (core) => {
          const request = { offsets: whereItStands(core) };
          const refusal = offsetRefusal(core, request);
          if (refusal !== undefined) throw refusal;
          return alterOffsets(core, request);
        }),
      );
      this.resumeLater(run);
    },
    restart: (run) => {
      const includeRunning = this.trouble.stream('operator').chance(0.5);
      run.handle('restart', (core) => core.restart(undefined, includeRunning));
    },
    reconfigure: (run) => {
      const config = changedConfig(this.trouble.settings, this.trouble.stream('operator'));
      run.handle('reconfigure', (core) => reconfigure(core, config));
    },
    continueAsNew: (run) => {
      run.long = true;
    },
    upgrade: (run) => {
      this.trouble.note('upgrade: all workers are replaced');
      run.long = true;
      this.workers.killAll();
    },
    terminate: (run) => {
      this.trouble.note(`${run.id} is terminated`);
      run.terminate();
      this.later(() => this.run === run && this.start(run.id));
    },
    delete: (run) => {
      run.handle('delete', (core) => core.delete());
      this.startWhenClosed(run);
    },
    temporalLost: (run) => {
      this.trouble.note('Temporal is lost with everything in it');
      run.terminate();
      this.workers.killAll();
      this.run = undefined;
      this.scheduler.after(REBUILD_MS, () => {
        this.oracle.forgetLedger();
        this.past = [];
        this.start();
      });
    },
    reset: (run) => {
      const checkpoint = this.past.length === 0 ? undefined : this.trouble.stream('operator').pick(this.past);
      if (checkpoint === undefined) return;
      run.terminate();
      // A run that is replayed has another id: it is not among its own predecessors.
      const replayed = withoutItself(checkpoint);
      this.run = this.temporal.start({ name: CONNECTOR, config: run.core.config, checkpoint: replayed });
      this.trouble.note(`${run.id} is reset to ${JSON.stringify(checkpoint.tasks)}: ${this.run.id}`);
      this.past = this.past.slice(0, this.past.indexOf(checkpoint) + 1);
    },
  };

  /** Looks after the connector, also when there is no trouble. */
  attend(): void {
    const { run } = this;
    if (run?.state === 'running') {
      const { core } = run;
      if (core.settingsIfKnown() !== undefined) this.past.push(copy(core.checkpoint()));
      if (core.failure !== undefined) run.handle('restart', (connector) => connector.restart(undefined, false));
      for (const { state } of core.lanes) {
        if (state.failure?.inDoubt !== undefined) this.decide(run, state.task);
        else if (state.failure !== undefined)
          run.handle('restart', (connector) => connector.restart(state.task, false));
      }
      if (this.trouble.isOver && core.desired !== 'RUNNING')
        run.handle('resume', (connector) => connector.want('RUNNING'));
    }
    this.scheduler.after(LOOK_MS, () => this.attend());
  }

  /** Looks whether the rows in doubt are there. */
  private decide(run: SimulatedRun, task: number): void {
    run.handle(`resolve of task ${task}`, (core) => {
      const state = core.lanes.find((lane) => lane.state.task === task)?.state;
      const doubt = state?.failure?.inDoubt;
      const batch = state?.inFlight.find(({ sequence }) => sequence === doubt?.sequence);
      if (doubt === undefined || batch === undefined) return;
      const load = core.lanes.find((lane) => lane.state.task === task)?.inDoubt;
      if (load === undefined) {
        this.oracle.violated(`task ${task} is in doubt about nothing`);
        return;
      }
      const truth = this.oracle.truthOf(load, batch.ranges);
      if (truth === 'some') this.oracle.violated(`${load.label} is in the table in part`);
      this.trouble.note(`${load.label} is in doubt: ${truth} of its rows are there`);
      return core.resolve(task, truth === 'all' ? 'skip' : 'reload');
    });
  }

  private startWhenClosed(run: SimulatedRun): void {
    this.scheduler.after(500, () => {
      if (run.state === 'completed' && this.run === run) this.start(run.id);
      else if (run.state === 'running') this.startWhenClosed(run);
    });
  }

  private resumeLater(run: SimulatedRun): void {
    this.later(() => this.later(() => run.handle('resume', (core) => core.want('RUNNING'))));
  }

  private later(action: () => void): void {
    this.scheduler.after(this.trouble.stream('operator').between(0, 4_000), action);
  }
}

/** The offsets that the connector itself would go on from: nothing is to be lost or doubled by them. */
function whereItStands(core: Connector) {
  return core.lanes.flatMap(({ state }) =>
    state.partitions.map(({ topic, partition, committed }) => ({ topic, partition, offset: committed })),
  );
}
