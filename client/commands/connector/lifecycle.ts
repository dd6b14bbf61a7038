/**
 * `pause`, `resume`, `restart`, `stop`, `delete`, `resolve`: one update of the connector's workflow each.
 */
import { Command, Option } from 'commander';
import type { Acknowledgement } from '../../../workflows/messages.js';
import {
  deleteConnector,
  pauseConnector,
  resolveBatch,
  restartConnector,
  resumeConnector,
  stopConnector,
} from '../../connectors.js';
import { ClientError, EXIT, type ExitCode } from '../../errors.js';
import { paintState } from '../../format/text.js';
import type { TemporalSession } from '../../temporal.js';
import { wholeNumber } from '../arguments.js';
import { action, type Environment, type Scope } from '../scope.js';

type Request = (session: TemporalSession, name: string) => Promise<Acknowledgement>;

export function stateCommands(environment: Environment): Command[] {
  return [
    simple(
      environment,
      'pause',
      'stop loading; batches under way are finished later, the place is kept',
      pauseConnector,
    ),
    simple(environment, 'resume', 'go on after pause or stop', resumeConnector),
    restartCommand(environment),
    simple(environment, 'stop', 'end all tasks; needed before offsets can be altered', stopConnector),
    deleteCommand(environment),
    resolveCommand(environment),
  ];
}

function simple(environment: Environment, verb: string, description: string, request: Request): Command {
  return new Command(verb)
    .description(description)
    .argument('<names...>', 'names of connectors')
    .addHelpText('after', `\nExample:\n  $ sluice connector ${verb} orders`)
    .action(action(environment, (scope, _options: object, names: string[]) => askEach(scope, names, request)));
}

function restartCommand(environment: Environment): Command {
  return new Command('restart')
    .description('give failed tasks, and a failed connector, another try')
    .argument('<name>', 'name of the connector')
    .option('--task <number>', 'this task only', wholeNumber)
    .option('--include-running', 'also tasks that have not failed')
    .addHelpText(
      'after',
      '\nExamples:\n  $ sluice connector restart orders\n  $ sluice connector restart orders --task 2',
    )
    .action(
      action(environment, (scope, options: { task?: number; includeRunning?: boolean }, name: string) =>
        askEach(scope, [name], (session) => restartConnector(session, name, options)),
      ),
    );
}

function deleteCommand(environment: Environment): Command {
  return new Command('delete')
    .description('end the connector; started again under its name it goes on where it stopped')
    .argument('<names...>', 'names of connectors')
    .addHelpText('after', '\nExample:\n  $ sluice connector delete orders')
    .action(
      action(environment, (scope, _options: object, names: string[]) =>
        scope.withTemporal(async (session) => {
          for (const name of names) await deleteConnector(session, name);
          scope.result(
            { deleted: names },
            names.map((name) => `${name}  deleted`),
          );
          return EXIT.ok;
        }),
      ),
    );
}

function resolveCommand(environment: Environment): Command {
  return new Command('resolve')
    .description('decide a batch of which nobody can know whether it was committed')
    .argument('<name>', 'name of the connector')
    .requiredOption('--task <number>', 'the task that is IN_DOUBT', wholeNumber)
    .addOption(new Option('--skip', 'its rows are in the database: go on behind it').conflicts('reload'))
    .addOption(new Option('--reload', 'its rows are not in the database: send them again under new labels'))
    .addHelpText(
      'after',
      '\nExample:\n  $ sluice connector status orders      shows the label to look for\n  $ sluice connector resolve orders --task 0 --skip',
    )
    .action(
      action(environment, (scope, options: { task: number; skip?: boolean; reload?: boolean }, name: string) => {
        if (!options.skip && !options.reload) throw new ClientError('USAGE', 'Say which: --skip or --reload.');
        const decision = options.skip ? 'skip' : 'reload';
        return askEach(scope, [name], (session) => resolveBatch(session, name, { task: options.task, decision }));
      }),
    );
}

/** Asks one connector after the other; the first refusal ends it. */
async function askEach(scope: Scope, names: readonly string[], request: Request): Promise<ExitCode> {
  return scope.withTemporal(async (session) => {
    const answers: { name: string; state: string; generation: number }[] = [];
    for (const name of names) answers.push({ name, ...(await request(session, name)) });
    scope.result(
      names.length === 1 ? answers[0] : answers,
      answers.map(({ name, state }) => `${name}  ${paintState(state, scope.paint)}`),
    );
    return EXIT.ok;
  });
}
