/** `ADMIN SET FRONTEND CONFIG`: the settings of Config.java that the double's transactions know. */
import { DatabaseError } from '../olap/model.js';
import type { SettingsPort } from '../olap/sql/index.js';
import type { TransactionSettings } from '../olap/transactions.js';

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
