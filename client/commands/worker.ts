/**
 * `sluice worker`: the processes that run connectors.
 */
import { Command } from 'commander';
import { readWorkerFile } from '../../connect/config/index.js';
import { EXIT } from '../errors.js';
import type { TemporalFlags } from '../temporal.js';
import { wholeNumber } from './arguments.js';
import { action, type Environment } from './scope.js';

export function workerCommand(environment: Environment): Command {
  return new Command('worker')
    .description('run connectors until Ctrl-C; any number of workers share the work of a task queue')
    .argument('[worker.properties]', 'addresses and settings; a worker file of Kafka Connect will do')
    .option('--processes <number>', 'worker processes to run', wholeNumber, 1)
    .addHelpText(
      'after',
      '\nSIGTERM and Ctrl-C let batches under way come to an end first.\n\nExamples:\n  $ sluice worker worker.properties --processes 4\n  $ sluice worker connect-distributed.properties --address temporal:7233',
    )
    .action(
      action(environment, async (scope, options: { processes: number }, file: string | undefined) => {
        const properties = file === undefined ? {} : await readWorkerFile(file);
        applyFlags(scope.shared, scope.terminal.env);
        // The worker brings Temporal's native core with it, which no other command has to wait for.
        const { runWorkers } = await import('../../workers/main.js');
        await runWorkers({
          properties: withTaskQueue(properties, scope.shared.taskQueue),
          processes: options.processes,
          signal: scope.signal,
        });
        return EXIT.ok;
      }),
    );
}

/** Flags become environment variables: they go before the file, and reach worker processes started later. */
export function applyFlags(flags: TemporalFlags, env: NodeJS.ProcessEnv): void {
  if (flags.address !== undefined) env.TEMPORAL_ADDRESS = flags.address;
  if (flags.namespace !== undefined) env.TEMPORAL_NAMESPACE = flags.namespace;
  if (flags.profile !== undefined) env.TEMPORAL_PROFILE = flags.profile;
}

export function withTaskQueue(
  properties: Readonly<Record<string, string>>,
  taskQueue: string | undefined,
): Record<string, string> {
  return taskQueue === undefined ? { ...properties } : { ...properties, 'temporal.task.queue': taskQueue };
}
