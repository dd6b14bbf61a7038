/** What people do to a running connector, at the worst of times. */
import {
  deleteConnector,
  pauseConnector,
  reconfigureConnector,
  restartConnector,
  resumeConnector,
  stopConnector,
} from '../../../client/connectors.js';
import type { Random } from '../../simulator/random.js';
import type { Stage } from '../stage.js';
import type { ConnectorSpec } from '../topics.js';
import { type ChaosFault, pause } from './fault.js';

function operation(
  name: string,
  act: (stage: Stage, connector: ConnectorSpec, random: Random) => Promise<unknown>,
): ChaosFault {
  return {
    name,
    strike: async (stage, random) => {
      await act(stage, random.pick(stage.connectors), random);
      return 1;
    },
  };
}

export const OPERATIONS: readonly ChaosFault[] = [
  operation('operator: pause, resume', async (stage, { name }, random) => {
    await pauseConnector(stage.session, name);
    await pause(random.between(0, 1_500));
    await resumeConnector(stage.session, name);
  }),
  operation('operator: stop, resume', async (stage, { name }, random) => {
    await stopConnector(stage.session, name);
    await pause(random.between(0, 1_500));
    await resumeConnector(stage.session, name);
  }),
  operation('operator: restart of running tasks', (stage, { name }) =>
    restartConnector(stage.session, name, { includeRunning: true }),
  ),
  operation('operator: other tasks.max', (stage, connector, random) => {
    const config = stage.configOf(connector, { 'tasks.max': String(random.between(1, 5)) });
    return reconfigureConnector(stage.session, connector.name, config);
  }),
  operation('operator: terminated, started again', (stage, connector) =>
    stage.operator.aside(connector, async () => {
      await stage.terminate(connector);
      await stage.begin(connector);
    }),
  ),
  operation('operator: deleted, started again', (stage, connector) =>
    stage.operator.aside(connector, async () => {
      await deleteConnector(stage.session, connector.name);
      await stage.begin(connector);
    }),
  ),
];
