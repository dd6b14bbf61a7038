/** The command line of the benchmarks: `bench <command>`. */
import { Command } from 'commander';
import type { Context } from './context.js';
import { allCommand, gateCommand, reportCommand } from './everything.js';
import {
  idleCommand,
  kafkajsCommand,
  latencyCommand,
  rawCommand,
  scalingCommand,
  startCommand,
  trickleCommand,
} from './parts.js';
import { runCommand } from './run.js';
import { convertCommand, produceCommand, readCommand, sinkCommand } from './tools.js';

type CommandMaker = (context: Context) => Command;

const COMMANDS: Readonly<Record<string, readonly CommandMaker[]>> = {
  'Everything:': [allCommand, reportCommand, gateCommand],
  'One thing at a time:': [
    runCommand,
    rawCommand,
    kafkajsCommand,
    latencyCommand,
    startCommand,
    trickleCommand,
    idleCommand,
    scalingCommand,
    convertCommand,
    readCommand,
  ],
  'For connectors of any make:': [produceCommand, sinkCommand],
};

const HELP = `
Servers that are not given as addresses are started, on free ports, and stopped and removed afterwards.

Another connector on the very same topic and sink:
  $ bench sink                                                   # until Ctrl-C, on Doris' own ports
  $ bench produce --kafka localhost:9092 --topic shared          # a million rows of 200 bytes
  ... run it ...
  $ curl http://localhost:8030/stats                             # rows, bytes, loads, first and last load
  $ bench run --kafka localhost:9092 --topic shared --doris localhost:8030`;

/** Runs one command line. Throws what the command throws. */
export async function runCommandLine(args: readonly string[], context: Context): Promise<void> {
  const program = new Command('bench')
    .description('measures Sluice, beside a raw limit and a kafkajs loop')
    .addHelpText('after', HELP);
  for (const [group, makers] of Object.entries(COMMANDS)) {
    for (const make of makers) program.addCommand(make(context).helpGroup(group));
  }
  await program.parseAsync(args, { from: 'user' });
}
