/** The command line of the benchmarks: `bench <command>`. */
import { Command } from 'commander';
import type { Context } from './context.js';
import { allCommand, gateCommand, reportCommand } from './everything.js';
import { kafkajsCommand, latencyCommand, rawCommand, runCommand, startCommand, trickleCommand } from './parts.js';
import { encodeCommand, produceCommand, readCommand, sinkCommand } from './tools.js';

const COMMANDS = [
  allCommand,
  reportCommand,
  gateCommand,
  runCommand,
  rawCommand,
  kafkajsCommand,
  latencyCommand,
  startCommand,
  trickleCommand,
  produceCommand,
  sinkCommand,
  readCommand,
  encodeCommand,
];

/** Runs one command line. Throws what the command throws. */
export async function runCommandLine(args: readonly string[], context: Context): Promise<void> {
  const program = new Command('bench').description('measures Sluice, beside a raw limit and a kafkajs loop');
  for (const command of COMMANDS) program.addCommand(command(context));
  await program.parseAsync(args, { from: 'user' });
}
