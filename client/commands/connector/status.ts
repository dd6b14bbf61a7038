/**
 * `status`: once, or redrawn until Ctrl-C.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { Command } from 'commander';
import { connectorStatus, listConnectors, type ObservedStatus } from '../../connectors.js';
import { ClientError, EXIT, type ExitCode } from '../../errors.js';
import { renderStatus } from '../../format/status.js';
import type { TemporalSession } from '../../temporal.js';
import { positiveNumber } from '../arguments.js';
import { action, type Environment, type Scope } from '../scope.js';

interface StatusOptions {
  watch?: boolean;
  interval: number;
}

const CLEAR_SCREEN = '\u001b[H\u001b[2J\u001b[3J';

export function statusCommand(environment: Environment): Command {
  return new Command('status')
    .description('state, offsets, lag, retries and failures; of all connectors when none is named')
    .argument('[names...]', 'names of connectors')
    .option('-w, --watch', 'redraw until Ctrl-C')
    .option('--interval <seconds>', 'between redraws', positiveNumber, 2)
    .addHelpText('after', '\nExamples:\n  $ sluice connector status orders\n  $ sluice connector status --watch')
    .action(
      action(environment, (scope, options: StatusOptions, names: string[]) => {
        if (options.watch && scope.json) throw new ClientError('USAGE', '--watch and --json do not go together.');
        return scope.withTemporal((session) =>
          options.watch ? watch(scope, session, names, options.interval * 1000) : once(scope, session, names),
        );
      }),
    );
}

async function once(scope: Scope, session: TemporalSession, names: readonly string[]): Promise<ExitCode> {
  const statuses = await statusesOf(session, names);
  if (statuses.length === 0) scope.note('No connectors. Start one by: sluice connector start <file>');
  scope.result(names.length === 1 ? statuses[0] : statuses, linesOf(scope, statuses));
  return statuses.some(hasFailed) ? EXIT.connectorFailed : EXIT.ok;
}

/** Shows what goes wrong in between, and goes on: a watch should outlive the restart of a server. */
async function watch(
  scope: Scope,
  session: TemporalSession,
  names: readonly string[],
  intervalMs: number,
): Promise<ExitCode> {
  while (!scope.signal.aborted) {
    const lines = await statusesOf(session, names).then(
      (statuses) => (statuses.length === 0 ? ['No connectors.'] : linesOf(scope, statuses)),
      (error: unknown) => {
        if (error instanceof ClientError && error.code === 'CONNECTOR_UNKNOWN') throw error;
        return [error instanceof Error ? error.message : String(error)];
      },
    );
    const clock = scope.paint('dim', `every ${intervalMs / 1000} s, ${new Date().toLocaleTimeString()}; Ctrl-C ends`);
    const shown = [clock, '', ...lines].slice(0, scope.terminal.rows() - 1);
    scope.terminal.out(`${scope.terminal.isTty ? CLEAR_SCREEN : ''}${shown.join('\n')}`);
    await delay(intervalMs, undefined, { signal: scope.signal }).catch(() => undefined);
  }
  return EXIT.ok;
}

async function statusesOf(session: TemporalSession, names: readonly string[]): Promise<ObservedStatus[]> {
  const wanted = names.length > 0 ? names : (await listConnectors(session)).map(({ name }) => name);
  return Promise.all(wanted.map((name) => connectorStatus(session, name)));
}

function linesOf(scope: Scope, statuses: readonly ObservedStatus[]): string[] {
  const view = { width: scope.terminal.columns(), nowMs: Date.now(), paint: scope.paint };
  return statuses.flatMap((status, i) => [...(i === 0 ? [] : ['']), ...renderStatus(status, view)]);
}

/** A connector whose tasks have failed in part is not well either: monitoring should see it. */
export function hasFailed(status: ObservedStatus): boolean {
  return status.state === 'FAILED' || status.tasks.some(({ failure }) => failure !== undefined);
}
