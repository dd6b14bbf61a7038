import type { CoreSettings } from './model.js';
import type { ActivityInput, ActivityName, ActivityOutput, Running, Runtime } from './runtime.js';

/** Whose settings an activity runs under. */
export interface ActivityHost {
  readonly runtime: Runtime;
  settings(): CoreSettings;
}

/** Starts an activity with the retries that the connector's configuration asks for. */
export function runActivity<K extends ActivityName>(
  host: ActivityHost,
  activity: K,
  input: ActivityInput<K>,
  summary: string,
): Running<ActivityOutput<K>> {
  const { maxAttempts, retryIntervalMs } = host.settings();
  return host.runtime.run(activity, input, {
    summary,
    retryIntervalMs,
    ...(maxAttempts === undefined ? {} : { maxAttempts }),
  });
}
