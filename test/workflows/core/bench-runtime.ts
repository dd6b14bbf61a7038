/**
 * A runtime for the core without Temporal: activities are functions of the test, every call is written down, and
 * nothing waits longer than the test does.
 */
import { setImmediate as turn } from 'node:timers/promises';
import type { ConnectorActivities } from '../../../workflows/core/activities.js';
import type { ConnectorStateName } from '../../../workflows/core/model.js';
import type {
  ActivityInput,
  ActivityName,
  ActivityOutput,
  Outcome,
  Running,
  Runtime,
  StallReport,
} from '../../../workflows/core/runtime.js';

export interface Call {
  readonly activity: ActivityName;
  readonly input: ActivityInput<ActivityName>;
  cancelled: boolean;
  ended: boolean;
}

/** What a test gives for an activity: an output, or a failure; `signal` tells of cancellation. */
export type Script = {
  [K in ActivityName]: (input: ActivityInput<K>, signal: AbortSignal) => Promise<ActivityOutput<K>> | ActivityOutput<K>;
};

export class Failing extends Error {
  constructor(
    readonly code: string,
    message = code,
  ) {
    super(message);
  }
}

export class BenchRuntime implements Runtime {
  readonly calls: Call[] = [];
  readonly states: ConnectorStateName[] = [];
  readonly stalls: StallReport[] = [];
  details = '';
  long = false;
  private clockMs = 1_000;
  private ids = 0;

  constructor(readonly script: Script) {}

  nowMs(): number {
    return this.clockMs++;
  }

  /** Time passes: what waits with a time-out notices at its next turn. */
  advance(durationMs: number): void {
    this.clockMs += durationMs;
  }

  runId(): string {
    return 'run';
  }

  newId(): string {
    return `id${++this.ids}`;
  }

  run<K extends ActivityName>(activity: K, input: ActivityInput<K>): Running<ActivityOutput<K>> {
    const call: Call = { activity, input: structuredClone(input), cancelled: false, ended: false };
    this.calls.push(call);
    const cancelling = new AbortController();
    const cancelled = new Promise<Outcome<ActivityOutput<K>>>((resolve) => {
      cancelling.signal.addEventListener('abort', () => resolve({ kind: 'cancelled' }));
    });
    const outcome = Promise.race([this.outcome(activity, input, cancelling.signal), cancelled]).then((value) => {
      call.ended = true;
      return value;
    });
    const cancel = () => {
      call.cancelled = true;
      cancelling.abort();
    };
    return { outcome, cancel };
  }

  async until(predicate: () => boolean, timeoutMs?: number): Promise<boolean> {
    const untilMs = this.clockMs + (timeoutMs ?? Number.POSITIVE_INFINITY);
    for (let turns = 0; timeoutMs === undefined || (turns < timeoutMs / 100 && this.clockMs < untilMs); turns++) {
      if (predicate()) return true;
      await turn();
    }
    return predicate();
  }

  showDetails(markdown: string): void {
    this.details = markdown;
  }

  showState(state: ConnectorStateName): void {
    this.states.push(state);
  }

  reportStall(report: StallReport): void {
    this.stalls.push(report);
  }

  historyIsLong(): boolean {
    return this.long;
  }

  /** Inputs of all calls of one activity, in order. */
  inputs<K extends ActivityName>(activity: K): Parameters<ConnectorActivities[K]>[0][] {
    return this.calls.filter((call) => call.activity === activity).map((call) => call.input as ActivityInput<K>);
  }

  private async outcome<K extends ActivityName>(
    activity: K,
    input: ActivityInput<K>,
    signal: AbortSignal,
  ): Promise<Outcome<ActivityOutput<K>>> {
    await turn();
    try {
      return { kind: 'done', value: structuredClone(await this.script[activity](input, signal)) as ActivityOutput<K> };
    } catch (error) {
      if (error instanceof Failing) return { kind: 'failed', code: error.code, message: error.message };
      throw error;
    }
  }
}

/** Resolves when the signal is aborted: an activity that waits. */
export function forever(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Failing('CANCELLED'))));
}

/** Waits for a condition of the test, bounded. */
export async function eventually(condition: () => boolean, what = 'the condition'): Promise<void> {
  for (let turns = 0; turns < 5_000; turns++) {
    if (condition()) return;
    await turn();
  }
  throw new Error(`${what} did not come true`);
}
