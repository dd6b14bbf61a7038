/** A Temporal server of a test's own, beside the one of the test run. */
import { down, findFreePorts, silentProgress, startService } from '../../sandbox/world/index.js';
import { temporalService } from '../../sandbox/world/services/temporal.js';

export interface OwnTemporal {
  readonly address: string;
  /** Everything that asks for the test run's server during `work` gets this one. */
  instead<T>(work: () => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** @param settings dynamic configuration, `key=value` */
export async function startOwnTemporal(purpose: string, ...settings: readonly string[]): Promise<OwnTemporal> {
  const sandbox = `test-${process.pid}-${purpose}`;
  const service = temporalService(await findFreePorts());
  const prepare: typeof service.prepare = async (preparation) => {
    const command = await service.prepare(preparation);
    const more = settings.flatMap((setting) => ['--dynamic-config-value', setting]);
    return command && { ...command, args: [...command.args, ...more] };
  };
  await startService(sandbox, { ...service, prepare }, silentProgress, new AbortController().signal);
  const address = service.endpoints.address ?? '';
  return {
    address,
    instead: async (work) => {
      const shared = process.env.SLUICE_TEST_TEMPORAL;
      process.env.SLUICE_TEST_TEMPORAL = address;
      try {
        return await work();
      } finally {
        process.env.SLUICE_TEST_TEMPORAL = shared;
      }
    },
    close: async () => {
      await down({ name: sandbox, purge: true });
    },
  };
}
