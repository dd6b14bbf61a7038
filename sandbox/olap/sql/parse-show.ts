/** SHOW and DESCRIBE. */

import type { TokenReader } from './reader.js';
import { PLAIN_TOPICS, type ShowTopic, type Statement } from './statements.js';

/** From the word behind SHOW on. */
export function parseShow(reader: TokenReader): Statement {
  const topic = parseTopic(reader);
  const like = reader.accept('LIKE') ? reader.string() : undefined;
  return { kind: 'show', topic, filter: { like, tail: reader.rest() } };
}

/** From the word behind DESC on: `[table] name [ALL]`. */
export function parseDescribe(reader: TokenReader): Statement {
  const table = reader.tableName();
  reader.accept('ALL');
  reader.expectEnd();
  return {
    kind: 'show',
    topic: { kind: 'columns', table, full: false },
    filter: { like: undefined, tail: [] },
  };
}

function parseTopic(reader: TokenReader): ShowTopic {
  reader.acceptOneOf('GLOBAL', 'SESSION', 'LOCAL');
  if (reader.accept('CREATE')) return parseCreateTopic(reader);
  if (reader.accept('DATABASES') || reader.accept('SCHEMAS')) return { kind: 'databases' };
  if (reader.accept('TABLE', 'STATUS')) return { kind: 'tableStatus', database: optionalDatabase(reader) };
  const full = reader.accept('FULL');
  if (reader.accept('TABLES')) return { kind: 'tables', database: optionalDatabase(reader), full };
  if (reader.accept('COLUMNS') || reader.accept('FIELDS')) return { kind: 'columns', table: tableOf(reader), full };
  if (reader.acceptOneOf('KEYS', 'INDEX', 'INDEXES') !== undefined) return { kind: 'keys', table: tableOf(reader) };
  if (reader.accept('TRANSACTION')) return { kind: 'transaction', database: optionalDatabase(reader) };
  if (reader.accept('ALTER', 'TABLE', 'COLUMN')) return { kind: 'alterColumn', database: optionalDatabase(reader) };
  if (reader.accept('COPY')) return { kind: 'copy', database: optionalDatabase(reader) };
  if (reader.accept('ALL', 'GRANTS')) return { kind: 'grants', user: undefined };
  if (reader.accept('GRANTS')) return { kind: 'grants', user: reader.accept('FOR') ? parseUser(reader) : undefined };
  return parsePlainTopic(reader);
}

function parsePlainTopic(reader: TokenReader): ShowTopic {
  if (reader.accept('CHARACTER', 'SET')) return { kind: 'plain', name: 'CHARSET' };
  if (reader.accept('FRONTEND', 'CONFIG')) return { kind: 'plain', name: 'CONFIG' };
  if (reader.accept('STORAGE', 'ENGINES')) return { kind: 'plain', name: 'ENGINES' };
  const name = PLAIN_TOPICS.find((topic) => topic !== 'CONFIG' && reader.accept(topic));
  if (name === undefined) throw reader.error();
  if (name === 'EVENTS' || name === 'TRIGGERS') optionalDatabase(reader);
  return { kind: 'plain', name };
}

function parseCreateTopic(reader: TokenReader): ShowTopic {
  if (reader.accept('DATABASE') || reader.accept('SCHEMA')) {
    return { kind: 'createDatabase', database: reader.identifier() };
  }
  reader.expect('TABLE');
  return { kind: 'createTable', table: reader.tableName() };
}

/** `FROM t`, `FROM t FROM db`, `FROM db.t` */
function tableOf(reader: TokenReader): { database: string | undefined; name: string } {
  if (!reader.accept('FROM')) reader.expect('IN');
  const table = reader.tableName();
  return { database: optionalDatabase(reader) ?? table.database, name: table.name };
}

function optionalDatabase(reader: TokenReader): string | undefined {
  return reader.accept('FROM') || reader.accept('IN') ? reader.identifier() : undefined;
}

/** `'user'`, `'user'@'host'`, `user@host`: the host is read and not kept. */
export function parseUser(reader: TokenReader): string {
  const user = reader.name();
  const next = reader.peek();
  if (next?.kind === 'variable')
    reader.next(); // user@host in bare words
  else if (reader.accept('@')) reader.name();
  return user;
}
