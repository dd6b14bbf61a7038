/** Numbers of the MySQL protocol. Source: MySQL client/server protocol documentation, mysql_com.h. */

export const CAPABILITIES = {
  LONG_PASSWORD: 1 << 0,
  FOUND_ROWS: 1 << 1,
  LONG_FLAG: 1 << 2,
  CONNECT_WITH_DB: 1 << 3,
  IGNORE_SPACE: 1 << 8,
  PROTOCOL_41: 1 << 9,
  INTERACTIVE: 1 << 10,
  SSL: 1 << 11,
  TRANSACTIONS: 1 << 13,
  SECURE_CONNECTION: 1 << 15,
  MULTI_STATEMENTS: 1 << 16,
  MULTI_RESULTS: 1 << 17,
  PS_MULTI_RESULTS: 1 << 18,
  PLUGIN_AUTH: 1 << 19,
  CONNECT_ATTRS: 1 << 20,
  PLUGIN_AUTH_LENENC_CLIENT_DATA: 1 << 21,
  DEPRECATE_EOF: 1 << 24,
} as const;

/** What this server offers: everything it knows; SSL only where it has a certificate. */
export const SERVER_CAPABILITIES = Object.entries(CAPABILITIES)
  .filter(([name]) => name !== 'SSL')
  .reduce((all, [, bit]) => all | bit, 0);

export const COMMANDS = {
  QUIT: 0x01,
  INIT_DB: 0x02,
  QUERY: 0x03,
  FIELD_LIST: 0x04,
  STATISTICS: 0x09,
  PROCESS_INFO: 0x0a,
  PROCESS_KILL: 0x0c,
  PING: 0x0e,
  CHANGE_USER: 0x11,
  STMT_PREPARE: 0x16,
  STMT_EXECUTE: 0x17,
  STMT_SEND_LONG_DATA: 0x18,
  STMT_CLOSE: 0x19,
  STMT_RESET: 0x1a,
  SET_OPTION: 0x1b,
  RESET_CONNECTION: 0x1f,
} as const;

export const STATUS = { AUTOCOMMIT: 0x0002, MORE_RESULTS: 0x0008 } as const;

export const FIELD_TYPES = {
  DECIMAL: 0x00,
  TINY: 0x01,
  SHORT: 0x02,
  LONG: 0x03,
  FLOAT: 0x04,
  DOUBLE: 0x05,
  NULL: 0x06,
  TIMESTAMP: 0x07,
  LONGLONG: 0x08,
  INT24: 0x09,
  DATE: 0x0a,
  TIME: 0x0b,
  DATETIME: 0x0c,
  YEAR: 0x0d,
  VARCHAR: 0x0f,
  NEWDECIMAL: 0xf6,
  BLOB: 0xfc,
  VAR_STRING: 0xfd,
  STRING: 0xfe,
} as const;

/** Flag of a parameter type. */
export const UNSIGNED_PARAMETER = 0x80;

/**
 * Doris greets with 33 (utf8). Columns are 45 (utf8mb4): mysql2 reads 33 as CESU-8, which has no characters outside of
 * the basic plane and is slow.
 */
export const CHARSETS = { UTF8: 33, UTF8MB4: 45, BINARY: 63 } as const;

export const NATIVE_PASSWORD = 'mysql_native_password';
