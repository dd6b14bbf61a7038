/**
 * `sluice worker`: the processes that run connectors.
 */
import { Command } from 'commander';
import { readWorkerFile } from '../../connect/config/index.js';
import { status } from '../../sandbox/index.js';
import { EXIT } from '../errors.js';
import { addressesOf, workerProperties } from '../sandbox-addresses.js';
import type { TemporalFlags } from '../temporal.js';
import { wholeNumber } from './arguments.js';
import { action, type Environment, type Scope } from './scope.js';

export function workerCommand(environment: Environment): Command {
  return new Command('worker')
    .description('run connectors until Ctrl-C; any number of workers share the work of a task queue')
    .argument('[worker.properties]', 'addresses and settings; a worker file of Kafka Connect will do')
    .option('--processes <number>', 'worker processes to run', wholeNumber, 1)
    .addHelpText(
      'after',
      '\nWithout a file the addresses are those of the running sandbox, else the defaults of all servers on this machine.\nSIGTERM and Ctrl-C let batches under way come to an end first.\n\nExamples:\n  $ sluice worker worker.properties --processes 4\n  $ sluice worker connect-distributed.properties --address temporal:7233',
    )
    .action(
      action(environment, async (scope, options: { processes: number }, file: string | undefined) => {
        const properties = file === undefined ? await sandboxProperties(scope) : await readWorkerFile(file);
        applyFlags(scope.shared, scope.terminal.env);
        // A server that is not there is told in one line before the worker, which would only log it, is started.
        await scope.withTemporal(async () => undefined, properties);
        // The worker brings Temporal's native core with it, which no other command has to wait for.
        const { runWorkers } = await import('../../workers/main.js');
        await runWorkers({
          properties: withTaskQueue(properties, scope.shared.taskQueue),
          processes: options.processes,
          signal: scope.signal,
          onReady: () => scope.note('The worker is polling. Ctrl-C ends it.'),
        });
        return EXIT.ok;
      }),
    );
}

async function sandboxProperties(scope: Scope): Promise<Record<string, string>> {
  const sandbox = await status({ name: 'default' });
  if (!sandbox.running) return {};
  const properties = workerProperties(addressesOf(sandbox));
  scope.note(`No worker.properties: using the sandbox (Kafka ${properties['bootstrap.servers']}).`);
  return properties;
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
