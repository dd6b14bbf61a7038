/**
 * The settings that can change while the double runs: those of Config.java by `ADMIN SET FRONTEND CONFIG`, and all of
 * them by our names over the sandbox API.
 */
import { DatabaseError } from '../olap/model.js';
import type { SettingsPort } from '../olap/sql/index.js';
import { DEFAULT_TRANSACTION_SETTINGS, type TransactionSettings } from '../olap/transactions.js';
import type { DorisContext } from './context.js';

/** FE name, our name, and how many of our units one of the FE's is. */
const SETTINGS: readonly (readonly [name: string, key: keyof TransactionSettings, factor: number])[] = [
  ['label_num_threshold', 'labelKeepCount', 1],
  ['max_running_txn_num_per_db', 'maxRunningPerDatabase', 1],
  ['stream_load_default_precommit_timeout_second', 'precommitTimeoutMs', 1000],
  ['stream_load_default_timeout_second', 'defaultTimeoutMs', 1000],
  ['streaming_label_keep_max_second', 'labelKeepMs', 1000],
];

export function settingsPort(settings: TransactionSettings): SettingsPort {
  return {
    list: () => SETTINGS.map(([name, key, factor]) => [name, String(settings[key] / factor)]),
    set(name, value) {
      const found = SETTINGS.find(([known]) => known === name);
      if (found === undefined) return false;
      const number = Number(value);
      if (!Number.isInteger(number)) throw new DatabaseError(`errCode = 2, detailMessage = ${name} must be a number`);
      settings[found[1]] = number * found[2];
      return true;
    },
  };
}

export type SandboxSettings = TransactionSettings & {
  readonly publishWaitMs: number;
  /** How long a schema change takes that is not a light one. */
  readonly alterJobMs: number;
};

export const SANDBOX_SETTINGS: readonly (keyof SandboxSettings)[] = [
  ...(Object.keys(DEFAULT_TRANSACTION_SETTINGS) as (keyof TransactionSettings)[]),
  'publishWaitMs',
  'alterJobMs',
];

export function readSettings({ loads, publishWaitMs, alterJobs }: DorisContext): SandboxSettings {
  return { ...loads.manager.settings, publishWaitMs, alterJobMs: alterJobs.durationMs };
}

/** Changes what is given, all or nothing. */
export function changeSettings(context: DorisContext, changes: unknown): SandboxSettings {
  const known: readonly string[] = SANDBOX_SETTINGS;
  const given = Object.entries(Object(changes) as object);
  for (const [name, value] of given) {
    if (!known.includes(name)) throw new DatabaseError(`there is no setting ${name}; there are ${known.join(', ')}`);
    if (typeof value !== 'number') throw new DatabaseError(`${name} must be a number`);
  }
  const { publishWaitMs, alterJobMs, ...transactions } = { ...readSettings(context), ...Object.fromEntries(given) };
  Object.assign(context.loads.manager.settings, transactions);
  context.publishWaitMs = publishWaitMs;
  context.alterJobs.durationMs = alterJobMs;
  return readSettings(context);
}
