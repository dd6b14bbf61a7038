/**
 * `validate`: every problem and warning of a connector file at once, without asking a server.
 */
import { Command } from 'commander';
import type { Finding } from '../../../connect/config/index.js';
import { type CheckedFile, checkConnectorFile, workerProperties } from '../../connector-file.js';
import { EXIT } from '../../errors.js';
import { plural } from '../../format/text.js';
import type { Paint, Style } from '../../terminal.js';
import { keyValue } from '../arguments.js';
import { action, type Environment } from '../scope.js';

export interface FileOptions {
  set?: Record<string, string>;
  worker?: string;
}

export const SET_OPTION = [
  '--set <key=value>',
  'take this instead of what the file says (repeatable)',
  keyValue,
] as const;
export const WORKER_OPTION = [
  '--worker <file>',
  'a worker.properties: inherited settings, and where Temporal is',
] as const;

export function validateCommand(environment: Environment): Command {
  return new Command('validate')
    .description('check connector files (.properties, .json) without starting anything')
    .argument('<files...>', 'connector files, as given to Kafka Connect')
    .option(...SET_OPTION)
    .option(...WORKER_OPTION)
    .addHelpText(
      'after',
      '\nExamples:\n  $ sluice connector validate orders.properties users.json\n  $ sluice connector validate orders.json --json',
    )
    .action(
      action(environment, async (scope, options: FileOptions, files: string[]) => {
        const properties = await workerProperties(options.worker);
        const checked: CheckedFile[] = [];
        for (const file of files) {
          checked.push(await checkConnectorFile(file, { overrides: options.set ?? {}, workerProperties: properties }));
        }
        scope.result(
          checked.map(({ file, name, problems, warnings, notes }) => ({
            file,
            name,
            valid: problems.length === 0,
            problems,
            warnings,
            notes,
          })),
          checked.flatMap((one) => describeFindings(one, scope.paint)),
        );
        return checked.every(({ problems }) => problems.length === 0) ? EXIT.ok : EXIT.usage;
      }),
    );
}

export function describeFindings({ file, name, problems, warnings, notes }: CheckedFile, paint: Paint): string[] {
  const verdict = problems.length === 0 ? paint('green', 'valid') : paint('red', plural(problems.length, 'problem'));
  return [
    `${file}${name === '' ? '' : ` (${name})`}: ${verdict}`,
    ...problems.map((finding) => describeFinding('problem', 'red', finding, paint)),
    ...warnings.map((finding) => describeFinding('warning', 'yellow', finding, paint)),
    ...notes.map((finding) => describeFinding('note', 'dim', finding, paint)),
  ];
}

function describeFinding(kind: string, style: Style, { key, message, hint }: Finding, paint: Paint): string {
  return `  ${paint(style, kind.padEnd(7))}  ${key === '' ? '' : `${key}: `}${message}${hint === undefined ? '' : ` ${hint}`}`;
}
