/** System and user variables of a session. */

import type { SqlContext } from './context.js';
import { unknownVariable } from './errors.js';
import type { Token } from './lexer.js';
import { variableName } from './parse.js';
import type { Assignment } from './statements.js';
import { SYSTEM_TIME_ZONE, standardTimeZone } from './time-zone.js';

/** What clients read when they log in (Connector/J, the mysql command line, mysql2), and what people look for. */
const DEFAULTS: Readonly<Record<string, string>> = {
  auto_increment_increment: '1',
  autocommit: '1',
  character_set_client: 'utf8mb4',
  character_set_connection: 'utf8mb4',
  character_set_database: 'utf8mb4',
  character_set_results: 'utf8mb4',
  character_set_server: 'utf8mb4',
  character_set_system: 'utf8mb3',
  collation_connection: 'utf8mb4_general_ci',
  collation_database: 'utf8mb4_general_ci',
  collation_server: 'utf8mb4_general_ci',
  default_storage_engine: 'olap',
  enable_insert_strict: 'true',
  exec_mem_limit: '2147483648',
  group_commit: 'off_mode',
  have_query_cache: 'NO',
  init_connect: '',
  interactive_timeout: '3600',
  language: '/palo/share/english/',
  license: 'Apache License, Version 2.0',
  lower_case_table_names: '0',
  max_allowed_packet: '67108864',
  net_buffer_length: '16384',
  net_read_timeout: '60',
  net_write_timeout: '60',
  performance_schema: '0',
  query_cache_size: '1048576',
  query_cache_type: '0',
  query_timeout: '900',
  sql_auto_is_null: '0',
  sql_mode: 'ONLY_FULL_GROUP_BY',
  sql_safe_updates: '0',
  sql_select_limit: '9223372036854775807',
  storage_engine: 'olap',
  transaction_isolation: 'READ-COMMITTED',
  transaction_read_only: '0',
  tx_isolation: 'READ-COMMITTED',
  tx_read_only: '0',
  version_compile_machine: 'x86_64',
  version_compile_os: 'Linux',
  wait_timeout: '28800',
};

export class SessionVariables {
  readonly #system: Map<string, string>;
  readonly #user = new Map<string, string>();

  constructor(readonly context: SqlContext) {
    this.#system = new Map([
      ...Object.entries(DEFAULTS),
      ['system_time_zone', SYSTEM_TIME_ZONE],
      ['time_zone', SYSTEM_TIME_ZONE],
      ['version', context.dialect.serverVersion],
      ['version_comment', context.dialect.versionComment],
      ...context.globals,
    ]);
  }

  get timeZone(): string {
    return this.#system.get('time_zone') ?? SYSTEM_TIME_ZONE;
  }

  /** The value of `@name` (null when it was never set) or `@@name`. @throws DatabaseError 1193 */
  read(token: Token): string | null {
    const { scope, name } = variableName(token);
    if (scope === 'user') return this.#user.get(name) ?? null;
    const value = (scope === 'global' ? this.context.globals.get(name) : undefined) ?? this.#system.get(name);
    if (value === undefined) throw unknownVariable(name);
    return value.toUpperCase() === 'NULL' ? null : value;
  }

  /**
   * Any name can be set: Doris has hundreds of variables, and what they tune does not exist here.
   *
   * @throws DatabaseError 1298 for an unknown time zone
   */
  set({ scope, name, value }: Assignment): void {
    if (scope === 'user') this.#user.set(name, value);
    else {
      const kept = normalized(name, value);
      if (scope === 'global') this.context.globals.set(name, kept);
      this.#system.set(name, kept);
    }
  }

  list(): readonly (readonly [name: string, value: string])[] {
    return [...this.#system].sort(([left], [right]) => (left < right ? -1 : 1));
  }
}

function normalized(name: string, value: string): string {
  if (name === 'autocommit') return /^(1|on|true)$/i.test(value) ? '1' : '0';
  if (name === 'time_zone') return /^default$/i.test(value) ? SYSTEM_TIME_ZONE : standardTimeZone(value);
  return value.toUpperCase() === 'DEFAULT' ? (DEFAULTS[name] ?? '') : value;
}
