/**
 * `sluice demo`: what `make demo` runs.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { Command } from 'commander';
import { identifyProcess } from '../../sandbox/world/processes.js';
import { COLUMNS, CONNECTOR_FILE, DEMO_SANDBOX, TABLE, TOPIC } from '../demo/example.js';
import type { RunningDemo } from '../demo/index.js';
import { EXIT } from '../errors.js';
import { renderStatus } from '../format/status.js';
import { renderResult } from '../format/table.js';
import { plural } from '../format/text.js';
import { workflowPage } from '../sandbox-addresses.js';
import { DEFAULT_ADDRESS } from '../temporal.js';
import { progressOf } from './sandbox.js';
import { action, type Environment, type Scope } from './scope.js';

const WATCH_INTERVAL_MS = 500;

export function demoCommand(environment: Environment): Command {
  return new Command('demo')
    .description("the Doris documentation's walk-through on servers of its own")
    .option('--exit', 'end when the rows are there, also on a terminal')
    .addHelpText('after', '\nOn a terminal it stays up until Ctrl-C. It leaves no process and no data behind.')
    .action(
      action(environment, async (scope, options: { exit?: boolean }) => {
        // Clients of Kafka and MySQL, which no other command has to wait for.
        const { runDemo } = await import('../demo/index.js');
        await runDemo({ progress: progressOf(scope), signal: scope.signal }, async (demo) => {
          scope.result(documentOf(demo), report(scope, demo));
          if (!scope.terminal.isTty || options.exit || scope.json) return;
          scope.result(undefined, suggestions(demo));
          await stayUp(scope, demo);
        });
        return EXIT.ok;
      }),
    );
}

function documentOf({ rows, labels, overrides, status, addresses }: RunningDemo): object {
  return {
    table: TABLE,
    columns: COLUMNS,
    rows,
    labels,
    overrides,
    connector: status.name,
    state: status.state,
    addresses,
  };
}

function report(scope: Scope, demo: RunningDemo): string[] {
  const { addresses, overrides, rows, labels, status, namespace } = demo;
  const changed = Object.entries(overrides).map(([key, value]) => `${key}=${value}`);
  const view = { width: scope.terminal.columns(), nowMs: Date.now(), paint: scope.paint };
  return [
    '',
    `Connector file  ${CONNECTOR_FILE}`,
    `Taken otherwise ${changed.length === 0 ? 'nothing' : changed.join(', ')}`,
    `Loaded as       ${labels.join(', ')}`,
    '',
    ...renderStatus(status, view),
    '',
    `mysql> SELECT ${COLUMNS.join(', ')} FROM ${TABLE} ORDER BY user_id;`,
    ...renderResult(COLUMNS, rows),
    `${plural(rows.length, 'row')}: each record once, none else.`,
    '',
    `Web UI          ${workflowPage(addresses.webUi, namespace, status.workflowId, status.runId)}`,
    'This Doris is a double for trying out, not the database.',
  ];
}

function suggestions({ addresses, status, workerPid }: RunningDemo): string[] {
  const address = addresses.temporal === DEFAULT_ADDRESS ? '' : ` --address ${addresses.temporal}`;
  const sluice = `bin/sluice${address} connector`;
  const row = '{"user_id":11,"name":"Noah","age":41}';
  return [
    '',
    'Try next, in another terminal:',
    `  ${sluice} status ${status.name} --watch`,
    `  ${sluice} pause ${status.name}`,
    `  echo '${row}' | bin/sluice sandbox produce ${TOPIC} --name ${DEMO_SANDBOX}`,
    `  ${sluice} resume ${status.name}`,
    `  ${sluice} history ${status.name}`,
    `  mysql -h ${addresses.dorisHost} -P ${addresses.dorisQueryPort} -u root -e 'SELECT * FROM ${TABLE}'`,
    `  kill -9 ${workerPid() ?? ''}     the worker; another one is started and goes on where it stopped`,
    '',
    'The file says buffer.flush.time=120: a few new records are loaded within two minutes.',
    'Ctrl-C stops everything.',
  ];
}

/** Until Ctrl-C. A worker that ends is replaced, as whatever runs workers in earnest would do. */
async function stayUp(scope: Scope, demo: RunningDemo): Promise<void> {
  while (!scope.signal.aborted) {
    await delay(WATCH_INTERVAL_MS, undefined, { signal: scope.signal }).catch(() => undefined);
    const pid = demo.workerPid();
    if (scope.signal.aborted || (pid !== undefined && (await identifyProcess(pid)) !== undefined)) continue;
    scope.note(`Worker ${pid ?? ''} has ended; starting another one.`);
    await demo.replaceWorker();
    scope.note(`Worker ${demo.workerPid() ?? ''} has taken over.`);
  }
}
