/**
 * `offsets`: shown, and moved by `offsets set` and `offsets reset`.
 */
import { Command } from 'commander';
import type { TopicPartition } from '../../../workflows/core/model.js';
import { lagOf, partitionName } from '../../../workflows/core/offsets.js';
import { alterOffsets, connectorOffsets } from '../../connectors.js';
import { ClientError, EXIT, type ExitCode } from '../../errors.js';
import { type Column, renderTable } from '../../format/table.js';
import { count } from '../../format/text.js';
import type { TemporalSession } from '../../temporal.js';
import { type PartitionOffset, partitionOffset, partitionSelector } from '../arguments.js';
import { action, type Environment, type Scope } from '../scope.js';

const COLUMNS: readonly Column[] = [
  { title: 'TOPIC[PARTITION]', shrinks: true },
  { title: 'COMMITTED', align: 'right' },
  { title: 'END', align: 'right' },
  { title: 'LAG', align: 'right' },
];

type Selector = ReturnType<typeof partitionSelector>;

export function offsetsCommand(environment: Environment): Command {
  const offsets = new Command('offsets').description(
    'where each partition stands; altered only while the connector is STOPPED',
  );
  offsets.addCommand(showCommand(environment), { isDefault: true });
  offsets.addCommand(setCommand(environment));
  offsets.addCommand(resetCommand(environment));
  return offsets;
}

function showCommand(environment: Environment): Command {
  return new Command('show')
    .description('committed offset, log end and lag of each partition')
    .argument('<name>', 'name of the connector')
    .addHelpText('after', '\nExample:\n  $ sluice connector offsets orders')
    .action(
      action(environment, (scope, _options: object, name: string) =>
        scope.withTemporal((session) => show(scope, session, name)),
      ),
    );
}

function setCommand(environment: Environment): Command {
  return new Command('set')
    .description('the next offset to load of the partitions named')
    .argument('<name>', 'name of the connector')
    .argument('<topic:partition=offset...>', 'new offsets', (text, all: PartitionOffset[] = []) => [
      ...all,
      partitionOffset(text),
    ])
    .addHelpText(
      'after',
      '\nExample:\n  $ sluice connector stop orders\n  $ sluice connector offsets set orders orders:0=1000 orders:1=0\n  $ sluice connector resume orders',
    )
    .action(
      action(environment, (scope, _options: object, name: string, offsets: PartitionOffset[]) =>
        scope.withTemporal(async (session) => {
          await alterOffsets(session, name, { offsets });
          return show(scope, session, name);
        }),
      ),
    );
}

function resetCommand(environment: Environment): Command {
  return new Command('reset')
    .description('back to auto.offset.reset: the partitions named, or all of them')
    .argument('<name>', 'name of the connector')
    .argument('[topic:partition...]', 'topics or partitions', (text, all: Selector[] = []) => [
      ...all,
      partitionSelector(text),
    ])
    .addHelpText(
      'after',
      '\nExamples:\n  $ sluice connector offsets reset orders\n  $ sluice connector offsets reset orders orders:3',
    )
    .action(
      action(environment, (scope, _options: object, name: string, selectors: Selector[] | undefined) =>
        scope.withTemporal(async (session) => {
          const partitions = selected(await connectorOffsets(session, name), selectors ?? []);
          await alterOffsets(session, name, {
            offsets: partitions.map((partition) => ({ ...partition, offset: null })),
          });
          return show(scope, session, name);
        }),
      ),
    );
}

/** @throws ClientError when a selector meets no partition: a slip in a name must not pass for a reset */
export function selected(known: readonly TopicPartition[], selectors: readonly Selector[]): TopicPartition[] {
  const matches = (selector: Selector) => (partition: TopicPartition) =>
    partition.topic === selector.topic && (selector.partition ?? partition.partition) === partition.partition;
  for (const selector of selectors) {
    if (known.some(matches(selector))) continue;
    const wanted = selector.partition === undefined ? selector.topic : `${selector.topic}[${selector.partition}]`;
    throw new ClientError('REQUEST_REJECTED', `The connector does not read ${wanted}.`);
  }
  const chosen =
    selectors.length === 0 ? known : known.filter((partition) => selectors.some((s) => matches(s)(partition)));
  return chosen.map(({ topic, partition }) => ({ topic, partition }));
}

async function show(scope: Scope, session: TemporalSession, name: string): Promise<ExitCode> {
  const offsets = (await connectorOffsets(session, name)).map((partition) => ({
    ...partition,
    lag: lagOf(partition.committed, partition.end)?.toString(),
  }));
  const rows = offsets.map((partition) => [
    partitionName(partition),
    count(partition.committed),
    count(partition.end),
    count(partition.lag),
  ]);
  if (rows.length === 0) scope.note('The connector has not seen its partitions yet.');
  scope.result({ name, offsets }, rows.length === 0 ? [] : renderTable(COLUMNS, rows, scope.terminal.columns()));
  return EXIT.ok;
}
