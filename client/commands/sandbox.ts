/**
 * `sluice sandbox`: local servers for trying out and for tests.
 */
import { text } from 'node:stream/consumers';
import { Command, Option } from 'commander';
import {
  DEFAULT_PORTS,
  down,
  formatStatus,
  lineProgress,
  PORT_NAMES,
  type PortName,
  type Progress,
  type SandboxPorts,
  type SandboxStatus,
  SERVICE_NAMES,
  type ServiceName,
  status,
  up,
} from '../../sandbox/index.js';
import type { RecordFormat } from '../demo/records.js';
import { EXIT } from '../errors.js';
import { plural } from '../format/text.js';
import { addressesOf } from '../sandbox-addresses.js';
import { wholeNumber } from './arguments.js';
import { action, type Environment, type Scope } from './scope.js';

type PortOptions = Partial<Record<`${PortName}Port`, number>>;

interface UpFlags extends PortOptions {
  name: string;
  portOffset?: number;
  kafka?: string;
  only?: ServiceName[];
  nullMode?: boolean;
}

interface ProduceFlags extends Omit<RecordFormat, 'registry'> {
  name: string;
  partitions: number;
}

const NOT_THE_DATABASE =
  '\nDoris is a double that speaks its protocols: for trying out and for tests, never for measuring a database.';

export function sandboxCommand(environment: Environment): Command {
  const sandbox = new Command('sandbox')
    .description('a local Temporal, Kafka, and doubles of Doris and of a schema registry')
    .addHelpText('after', NOT_THE_DATABASE);
  for (const command of [upCommand, downCommand, statusCommand, produceCommand])
    sandbox.addCommand(command(environment));
  return sandbox;
}

function upCommand(environment: Environment): Command {
  const command = new Command('up')
    .description('start what is not running yet; installs Temporal and Kafka the first time')
    .addOption(nameOption())
    .option('--port-offset <number>', 'add this to every default port', wholeNumber)
    .option('--kafka <host:port>', 'use this broker instead of one of its own')
    .addOption(new Option('--only <services...>', 'start these only').choices(SERVICE_NAMES))
    .option('--null-mode', 'Doris counts and discards what is loaded, for benchmarks');
  for (const name of PORT_NAMES) {
    command.option(`--${kebab(name)}-port <port>`, `default ${DEFAULT_PORTS[name]}`, wholeNumber);
  }
  return command
    .addHelpText('after', '\nExamples:\n  $ sluice sandbox up\n  $ sluice sandbox up --name second --port-offset 1000')
    .action(
      action(environment, async (scope, { name, portOffset, kafka, only, nullMode, ...flags }: UpFlags) => {
        const started = await up({
          name,
          ports: portsOf(flags),
          progress: progressOf(scope),
          signal: scope.signal,
          ...(portOffset === undefined ? {} : { portOffset }),
          ...(kafka === undefined ? {} : { kafka }),
          ...(only === undefined ? {} : { services: only }),
          ...(nullMode === undefined ? {} : { nullMode }),
        });
        scope.result(started, [formatStatus(started).trimEnd(), ...nextSteps(started)]);
        return EXIT.ok;
      }),
    );
}

function downCommand(environment: Environment): Command {
  return new Command('down')
    .description('stop exactly what was started')
    .addOption(nameOption())
    .option('--purge', 'also remove its data and logs')
    .addHelpText('after', '\nExample:\n  $ sluice sandbox down --purge')
    .action(
      action(environment, async (scope, { name, purge }: { name: string; purge?: boolean }) => {
        const result = await down({ name, purge: purge ?? false, progress: progressOf(scope) });
        const line = result.stopped.length === 0 ? `Sandbox ${name} was not running.` : `Sandbox ${name} is down.`;
        scope.result(result, [line]);
        return EXIT.ok;
      }),
    );
}

function statusCommand(environment: Environment): Command {
  return new Command('status')
    .description('what runs, and where; exit code 1 when not all of it does')
    .addOption(nameOption())
    .addHelpText('after', '\nExample:\n  $ sluice sandbox status --json')
    .action(
      action(environment, async (scope, { name }: { name: string }) => {
        const found = await status({ name });
        scope.result(found, [formatStatus(found).trimEnd()]);
        return found.running ? EXIT.ok : EXIT.failed;
      }),
    );
}

function produceCommand(environment: Environment): Command {
  return new Command('produce')
    .description('send the lines of standard input to a topic of the sandbox, one record each')
    .argument('<topic>', 'made if it is not there')
    .addOption(nameOption())
    .option('--partitions <number>', 'of a topic that has to be made', wholeNumber, 1)
    .option('--schema <file>', 'lines are JSON, written as Avro (.avsc) or Protobuf (.proto) with the registry')
    .option('--key-separator <text>', 'what is before it is the key; without a value behind it, the value is null')
    .addHelpText('after', '\nExample:\n  $ sluice sandbox produce orders < orders.jsonl')
    .action(
      action(environment, async (scope, { name, partitions, ...format }: ProduceFlags, topic: string) => {
        const addresses = addressesOf(await status({ name }));
        const lines = (await text(process.stdin)).split('\n').filter((line) => line !== '');
        const { createTopic, produce } = await import('../demo/topic.js');
        const { recordsOf } = await import('../demo/records.js');
        const records = await recordsOf(topic, lines, { ...format, registry: addresses.registry });
        await createTopic(addresses.kafka, topic, partitions);
        if (records.length > 0) await produce(addresses.kafka, topic, records);
        scope.result({ topic, records: records.length }, [`${plural(records.length, 'record')} produced to ${topic}`]);
        return EXIT.ok;
      }),
    );
}

export function nameOption(): Option {
  return new Option('--name <sandbox>', 'several sandboxes can run side by side').default('default');
}

export function progressOf(scope: Scope): Progress {
  return lineProgress((text) => scope.note(text.trimEnd()));
}

/** Clients look for Temporal at its default port: what is elsewhere has to be said. */
function nextSteps({ services }: SandboxStatus): string[] {
  const temporal = services.find(({ name }) => name === 'temporal');
  if (temporal === undefined || temporal.settings.temporal === DEFAULT_PORTS.temporal) return [];
  return ['', `export TEMPORAL_ADDRESS=${temporal.endpoints.address}`];
}

function portsOf(flags: PortOptions): Partial<SandboxPorts> {
  const given = PORT_NAMES.flatMap((name) => {
    const port = flags[`${name}Port`];
    return port === undefined ? [] : [[name, port] as const];
  });
  return Object.fromEntries(given);
}

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
