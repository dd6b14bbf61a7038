/** Makes a Doris sink from a user's configuration whose placeholders are resolved. */
import type { RawConfig } from '../../connect/config/keys.js';
import type { Sink } from '../sink.js';
import { parseDorisSinkConfig, tableOfTopic } from './config.js';
import { CopyIntoDriver } from './copy-into.js';
import { type Describe, DorisTables } from './ddl/index.js';
import { DorisDriver, type DorisSurroundings } from './driver.js';

/** @throws SluiceError CONFIG_INVALID with all problems. */
export function openDorisSink(raw: RawConfig, surroundings: DorisSurroundings = {}): Sink {
  const config = parseDorisSinkConfig(raw);
  const { changes, csv, lineDelimiter, tableField, timeZone } = config;
  const driver = config.loadModel === 'copy_into' ? new CopyIntoDriver(config) : new DorisDriver(config, surroundings);
  const describe: Describe = (table, signal) => driver.describeTable(table, signal);
  return {
    config,
    driver,
    tables: new DorisTables(describe, config.schema, config.eventModes),
    labelPrefix: config.labelPrefix,
    rowFormat: config.load.format,
    timeZone,
    ...(changes === undefined ? {} : { changes }),
    ...(csv === undefined ? {} : { csv }),
    ...(lineDelimiter === undefined ? {} : { lineDelimiter }),
    ...(tableField === undefined ? {} : { tableField }),
    tableOf: (topic, named) => tableOfTopic(config, topic, named),
  };
}
