import type { RecordConfig } from '../config/records.js';
import type { CsvLayout } from '../converters/index.js';
import type { ChangeEncoderOptions } from '../debezium/index.js';
import type { TableName, Tables } from './tables.js';

/** How change events are read, as far as it does not depend on their converter. */
export type ChangeSettings = Pick<
  ChangeEncoderOptions,
  'deleteSign' | 'onTombstone' | 'truncate' | 'timeZone' | 'outOfRange' | 'unavailablePlaceholder'
> & {
  /**
   * What becomes of rows with values that their events do not hold: they are refused, left out of the row in the same
   * load as all others (`omit`), or loaded as partial updates of their own (`waves`).
   */
  readonly unavailable?: 'fail' | 'omit' | 'waves';
};

/** What of a sink says how its records become rows, and of which tables. */
export interface PipelineSettings {
  readonly config: {
    readonly records: RecordConfig;
    readonly onNullValue: 'ignore' | 'fail' | 'delete';
  };
  readonly rowFormat: 'json' | 'csv';
  readonly csv?: CsvLayout;
  readonly lineDelimiter?: Buffer;
  /** The field of a row that names its table. */
  readonly tableField?: string;
  /** Set where values are change events. */
  readonly changes?: ChangeSettings;
  readonly timeZone: string;
  readonly tables?: Tables;
  tableOf(topic: string, named?: string): TableName;
}
