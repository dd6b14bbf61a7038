/** What Apache Doris says of itself on its query port. Facts: GlobalVariable.java, MysqlHandshakePacket.java. */

import type { SqlDialect } from './context.js';

const COLUMN_KEYS = { DUPLICATE: 'DUP', UNIQUE: 'UNI', AGGREGATE: 'AGG', PRIMARY: 'PRI' } as const;

export const dorisDialect: SqlDialect = {
  product: 'Apache Doris',
  serverVersion: '5.7.99',
  versionComment: 'Sluice sandbox double of Apache Doris (not Apache Doris)',
  productVersion: 'doris-3.0.5-sluice-sandbox',
  models: ['DUPLICATE', 'UNIQUE', 'AGGREGATE'],
  phrase: (sentence) => (sentence.startsWith('errCode') ? sentence : `errCode = 2, detailMessage = ${sentence}`),
  columnKey: (model) => COLUMN_KEYS[model],
  tableProperties(given, model) {
    const { replication_num: replicas = '1', ...rest } = given;
    return {
      replication_allocation: `tag.location.default: ${replicas}`,
      ...(model === 'UNIQUE' ? { enable_unique_key_merge_on_write: 'true' } : {}),
      light_schema_change: 'true',
      ...rest,
    };
  },
};
