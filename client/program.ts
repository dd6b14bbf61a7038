/**
 * The `sluice` command line: its commands, the options they share, their exit codes.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, CommanderError } from 'commander';
import { checkoutDir } from '../sandbox/world/paths.js';
import { connectorCommand } from './commands/connector/index.js';
import { demoCommand } from './commands/demo.js';
import { devCommand } from './commands/dev.js';
import { sandboxCommand } from './commands/sandbox.js';
import { type Environment, Scope, type SharedOptions } from './commands/scope.js';
import { workerCommand } from './commands/worker.js';
import { ClientError, EXIT, type ExitCode } from './errors.js';
import type { Terminal } from './terminal.js';

const EXIT_CODES_HELP = `
Exit codes:
  ${EXIT.ok}  done
  ${EXIT.failed}  failed
  ${EXIT.usage}  wrong usage, or a configuration that is not valid
  ${EXIT.connectorFailed}  the connector, or one of its tasks, has FAILED
  ${EXIT.unreachable}  Temporal does not answer, or no worker does

Environment:
  TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_PROFILE, TEMPORAL_CONFIG_FILE, TEMPORAL_API_KEY, TEMPORAL_TLS_…
  NO_COLOR turns colours off.

Examples:
  $ sluice sandbox up                          a local Temporal, Kafka and stand-in for Doris
  $ sluice worker worker.properties            run connectors
  $ sluice connector validate orders.json      every problem of a connector file at once
  $ sluice connector start orders.json         the file you gave to Kafka Connect
  $ sluice connector status --watch
  $ sluice dev orders.json                     all of it in one terminal`;

export interface Run {
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
}

/** Runs one command line and returns the exit code. Never throws. */
export async function runProgram(argv: readonly string[], { terminal, signal }: Run): Promise<ExitCode> {
  let code: ExitCode = EXIT.ok;
  const program = buildProgram({ terminal, signal, finish: (finished) => (code = finished) });
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return usageOutcome(error, argv, terminal, signal);
    new Scope(terminal, program.opts<SharedOptions>(), signal).fail(error);
    return EXIT.failed;
  }
}

/** Commander has printed its own message; with --json the document is still owed. */
function usageOutcome(
  error: CommanderError,
  argv: readonly string[],
  terminal: Terminal,
  signal: AbortSignal,
): ExitCode {
  if (error.exitCode === 0) return EXIT.ok;
  const message = error.message.replace(/^error: /, '');
  if (argv.includes('--json') && !error.code.startsWith('commander.help')) {
    new Scope(terminal, { json: true }, signal).fail(new ClientError('USAGE', message));
  }
  return EXIT.usage;
}

export function buildProgram(environment: Environment): Command {
  const { terminal } = environment;
  const program = new Command('sluice')
    .description('Streams Kafka into analytical databases, exactly once. Orchestrated by Temporal.')
    .version(version(), '-V, --version')
    .option('--address <host:port>', 'where Temporal is (TEMPORAL_ADDRESS; default 127.0.0.1:7233)')
    .option('--namespace <name>', 'the Temporal namespace (TEMPORAL_NAMESPACE; default "default")')
    .option('--profile <name>', "a profile of Temporal's client configuration (TEMPORAL_PROFILE)")
    .option('--task-queue <name>', 'the task queue of the connectors (default "sluice")')
    .option('--json', 'print the result as one JSON document on standard output')
    .configureHelp({ showGlobalOptions: true, sortSubcommands: false })
    .configureOutput({
      writeOut: (text) => terminal.out(text.trimEnd()),
      writeErr: (text) => terminal.err(text.trimEnd()),
      getOutHelpWidth: () => Math.min(terminal.columns(), 110),
      getErrHelpWidth: () => Math.min(terminal.columns(), 110),
      getOutHasColors: () => terminal.color,
      getErrHasColors: () => terminal.color,
    })
    .exitOverride()
    .addHelpText('after', EXIT_CODES_HELP);
  for (const command of [connectorCommand, workerCommand, sandboxCommand, devCommand, demoCommand]) {
    program.addCommand(inherit(command(environment), program));
  }
  return program;
}

/** Commander hands settings down only to subcommands made by `.command()`; these are made apart and added. */
function inherit(command: Command, parent: Command): Command {
  command.copyInheritedSettings(parent);
  for (const child of command.commands) inherit(child, command);
  return command;
}

function version(): string {
  const parsed: unknown = JSON.parse(readFileSync(join(checkoutDir(), 'package.json'), 'utf8'));
  return typeof parsed === 'object' && parsed !== null && 'version' in parsed ? String(parsed.version) : 'unknown';
}
