/**
 * `sluice connector …`: everything that is done to connectors.
 */
import { Command } from 'commander';
import type { Environment } from '../scope.js';
import { stateCommands } from './lifecycle.js';
import { historyCommand, listCommand } from './list.js';
import { offsetsCommand } from './offsets.js';
import { reconfigureCommand, startCommand } from './start.js';
import { statusCommand } from './status.js';
import { validateCommand } from './validate.js';

export function connectorCommand(environment: Environment): Command {
  const connector = new Command('connector').description('start, watch and steer connectors');
  for (const command of [
    validateCommand(environment),
    startCommand(environment),
    listCommand(environment),
    statusCommand(environment),
    ...stateCommands(environment),
    offsetsCommand(environment),
    historyCommand(environment),
    reconfigureCommand(environment),
  ]) {
    connector.addCommand(command);
  }
  return connector;
}
