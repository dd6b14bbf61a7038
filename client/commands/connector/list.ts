/**
 * `list` and `history`.
 */
import { Command } from 'commander';
import { connectorHistory, listConnectors } from '../../connectors.js';
import { EXIT } from '../../errors.js';
import { renderHistory } from '../../format/history.js';
import { type Column, renderTable } from '../../format/table.js';
import { ago, paintState } from '../../format/text.js';
import { wholeNumber } from '../arguments.js';
import { action, type Environment } from '../scope.js';

const COLUMNS: readonly Column[] = [
  { title: 'NAME', shrinks: true },
  { title: 'STATE' },
  { title: 'TOPICS', shrinks: true },
  { title: 'STARTED', align: 'right' },
  { title: 'CLASS', shrinks: true },
];

export function listCommand(environment: Environment): Command {
  return new Command('list')
    .description('the connectors of the namespace (from Temporal alone: no worker is asked)')
    .option('--all', 'also those that have ended and are still retained')
    .addHelpText('after', '\nExample:\n  $ sluice connector list --json')
    .action(
      action(environment, (scope, options: { all?: boolean }) =>
        scope.withTemporal(async (session) => {
          const connectors = await listConnectors(session, { includeClosed: options.all ?? false });
          const now = Date.now();
          const rows = connectors.map(({ name, state, topics, startedAtMs, connectorClass }) => [
            name,
            paintState(state, scope.paint),
            topics.join(', '),
            ago(startedAtMs, now),
            connectorClass,
          ]);
          if (rows.length === 0) scope.note('No connectors. Start one by: sluice connector start <file>');
          scope.result(connectors, rows.length === 0 ? [] : renderTable(COLUMNS, rows, scope.terminal.columns()));
          return EXIT.ok;
        }),
      ),
    );
}

export function historyCommand(environment: Environment): Command {
  return new Command('history')
    .description('the last batches: offsets, rows, labels; transactions with --json')
    .argument('<name>', 'name of the connector')
    .option('--last <batches>', 'how many', wholeNumber, 20)
    .addHelpText('after', '\nExample:\n  $ sluice connector history orders --last 5')
    .action(
      action(environment, (scope, options: { last: number }, name: string) =>
        scope.withTemporal(async (session) => {
          const history = await connectorHistory(session, name);
          const last = options.last === 0 ? [] : history.slice(-options.last);
          if (last.length === 0) scope.note('No batch has been committed yet.');
          scope.result(last, last.length === 0 ? [] : renderHistory(last, scope.terminal.columns()));
          return EXIT.ok;
        }),
      ),
    );
}
