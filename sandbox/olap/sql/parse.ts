/** From tokens to statements. */

import type { Token } from './lexer.js';
import { parseDescribe, parseShow, parseUser } from './parse-show.js';
import { parseAlterTable, parseCreateTable, parseProperties } from './parse-table.js';
import { TokenReader } from './reader.js';
import type { Assignment, InsertSource, InsertValue, Statement } from './statements.js';

/**
 * Parses one statement.
 *
 * @param sql the text that the tokens were cut from
 * @throws DatabaseError 1064 for what is not understood
 */
export function parseStatement(sql: string, tokens: readonly Token[]): Statement {
  const reader = new TokenReader(sql, tokens);
  const statement = parse(reader);
  reader.expectEnd();
  return statement;
}

function parse(reader: TokenReader): Statement {
  if (reader.sees('(') || reader.sees('SELECT') || reader.sees('WITH') || reader.sees('VALUES')) {
    return { kind: 'select', tokens: reader.rest() };
  }
  const parser = PARSERS[reader.peek()?.keyword ?? ''];
  if (parser === undefined) throw reader.error();
  reader.next();
  return parser(reader);
}

const accepted = (reader: TokenReader): Statement => {
  reader.rest();
  return { kind: 'accepted' };
};

const PARSERS: Readonly<Record<string, (reader: TokenReader) => Statement>> = {
  CREATE: parseCreate,
  DROP: parseDrop,
  TRUNCATE(reader) {
    reader.expect('TABLE');
    return { kind: 'truncateTable', table: reader.tableName() };
  },
  ALTER: parseAlter,
  CANCEL(reader) {
    reader.expect('ALTER', 'TABLE', 'COLUMN', 'FROM');
    return { kind: 'cancelAlter', table: reader.tableName() };
  },
  SHOW: parseShow,
  DESC: parseDescribeOrExplain,
  DESCRIBE: parseDescribeOrExplain,
  EXPLAIN: parseDescribeOrExplain,
  USE: (reader) => ({ kind: 'use', database: reader.identifier() }),
  SET: parseSet,
  INSERT: parseInsert,
  DELETE: parseDelete,
  GRANT: parseGrant,
  REVOKE: accepted,
  ADMIN: parseAdmin,
  KILL: parseKill,
  BEGIN: accepted,
  START: accepted,
  COMMIT: accepted,
  ROLLBACK: accepted,
  SYNC: accepted,
  ANALYZE: accepted,
  REFRESH: accepted,
  FLUSH: accepted,
  UNLOCK: accepted,
  LOCK: accepted,
};

function parseCreate(reader: TokenReader): Statement {
  if (reader.accept('DATABASE') || reader.accept('SCHEMA')) {
    const ifNotExists = reader.ifNotExists();
    const database = reader.identifier();
    if (reader.accept('PROPERTIES')) parseProperties(reader);
    return { kind: 'createDatabase', database, ifNotExists };
  }
  if (reader.accept('USER')) {
    const ifNotExists = reader.ifNotExists();
    const user = parseUser(reader);
    return { kind: 'createUser', user, password: parseIdentified(reader) ?? '', ifNotExists };
  }
  reader.accept('EXTERNAL');
  reader.expect('TABLE');
  return parseCreateTable(reader);
}

function parseIdentified(reader: TokenReader): string | undefined {
  if (!reader.accept('IDENTIFIED', 'BY')) return undefined;
  reader.accept('PASSWORD');
  return reader.string();
}

function parseDrop(reader: TokenReader): Statement {
  if (reader.accept('DATABASE') || reader.accept('SCHEMA')) {
    const ifExists = reader.ifExists();
    const database = reader.identifier();
    reader.accept('FORCE');
    return { kind: 'dropDatabase', database, ifExists };
  }
  if (reader.accept('USER')) {
    const ifExists = reader.ifExists();
    return { kind: 'dropUser', user: parseUser(reader), ifExists };
  }
  reader.expect('TABLE');
  const ifExists = reader.ifExists();
  const tables = reader.list(() => reader.tableName());
  reader.accept('FORCE');
  return { kind: 'dropTable', tables, ifExists };
}

function parseAlter(reader: TokenReader): Statement {
  if (reader.accept('USER')) {
    reader.ifExists();
    return { kind: 'alterUser', user: parseUser(reader), password: parseIdentified(reader) };
  }
  if (reader.accept('DATABASE')) return accepted(reader);
  reader.expect('TABLE');
  return parseAlterTable(reader);
}

/** DESCRIBE, DESC and EXPLAIN are one word: with a table they describe it, with a statement they explain it. */
function parseDescribeOrExplain(reader: TokenReader): Statement {
  const start = reader.peek();
  if (reader.accept('TABLE')) return parseDescribe(reader);
  const explains = reader.sees('SELECT') || reader.sees('WITH') || reader.sees('INSERT') || reader.sees('DELETE');
  if (!explains && reader.acceptOneOf('VERBOSE', 'GRAPH', 'ANALYZED', 'OPTIMIZED') === undefined) {
    return parseDescribe(reader);
  }
  reader.rest();
  return { kind: 'explain', text: start === undefined ? '' : reader.textSince(start) };
}

function parseInsert(reader: TokenReader): Statement {
  if (!reader.accept('INTO')) reader.accept('OVERWRITE', 'TABLE');
  const table = reader.tableName();
  const label = reader.accept('WITH', 'LABEL') ? reader.name() : undefined;
  const columns = reader.sees('(') && !isQuery(reader) ? reader.parenthesized(() => reader.identifier()) : undefined;
  return { kind: 'insert', table, label, columns, source: parseInsertSource(reader) };
}

/** `(SELECT …`: no list of columns. */
function isQuery(reader: TokenReader): boolean {
  const keyword = reader.peek(1)?.keyword;
  return keyword === 'SELECT' || keyword === 'WITH' || keyword === '(';
}

function parseInsertSource(reader: TokenReader): InsertSource {
  if (!reader.accept('VALUES') && !reader.accept('VALUE')) {
    if (!reader.sees('SELECT') && !reader.sees('WITH') && !reader.sees('(')) throw reader.error();
    return { kind: 'query', tokens: reader.rest() };
  }
  const rows = reader.list(() => {
    if (!reader.sees('(', ')')) return reader.parenthesized(() => parseValue(reader));
    reader.expect('(', ')');
    return [];
  });
  return { kind: 'values', rows };
}

function parseValue(reader: TokenReader): InsertValue {
  const tokens: Token[] = [];
  for (let depth = 0; depth > 0 || !(reader.sees(',') || reader.sees(')')); ) {
    const token = reader.next();
    if (token.keyword === '(') depth++;
    else if (token.keyword === ')') depth--;
    tokens.push(token);
  }
  return literal(tokens) ?? { kind: 'expression', tokens };
}

/** A literal, a signed number, NULL, DEFAULT, TRUE or FALSE; undefined for everything else. */
function literal(tokens: readonly Token[]): InsertValue | undefined {
  const [first, second, third] = tokens;
  if (first === undefined || third !== undefined) return undefined;
  if (second !== undefined) {
    const signed = (first.keyword === '-' || first.keyword === '+') && second.kind === 'number';
    const text = first.keyword === '-' ? `-${second.text}` : second.text;
    return signed ? { kind: 'literal', text } : undefined;
  }
  if (first.kind === 'string') return { kind: 'literal', text: first.text };
  if (first.kind === 'number') return { kind: 'literal', text: first.text };
  if (first.keyword === 'NULL') return { kind: 'literal', text: null };
  if (first.keyword === 'TRUE' || first.keyword === 'FALSE') {
    return { kind: 'literal', text: first.keyword === 'TRUE' ? '1' : '0' };
  }
  return first.keyword === 'DEFAULT' ? { kind: 'default' } : undefined;
}

function parseDelete(reader: TokenReader): Statement {
  reader.expect('FROM');
  const table = reader.tableName();
  reader.expect('WHERE');
  return { kind: 'delete', table, where: reader.rest() };
}

function parseSet(reader: TokenReader): Statement {
  if (reader.accept('PASSWORD')) return parseSetPassword(reader);
  if (reader.accept('NAMES') || reader.accept('CHARACTER', 'SET') || reader.accept('CHARSET')) {
    const value = reader.name();
    if (reader.accept('COLLATE')) reader.name();
    const names = ['character_set_client', 'character_set_connection', 'character_set_results'];
    return { kind: 'set', assignments: names.map((name) => ({ scope: 'session', name, value })) };
  }
  if (reader.sees('SESSION', 'TRANSACTION') || reader.sees('TRANSACTION') || reader.sees('PROPERTY')) {
    return accepted(reader);
  }
  return { kind: 'set', assignments: reader.list(() => parseAssignment(reader)) };
}

function parseAssignment(reader: TokenReader): Assignment {
  const word = reader.acceptOneOf('GLOBAL', 'SESSION', 'LOCAL');
  const token = reader.next();
  if (token.kind !== 'variable' && token.kind !== 'word' && token.kind !== 'quoted') throw reader.error();
  if (!reader.accept(':=')) reader.expect('=');
  const { scope, name } = variableName(token);
  return { scope: word === 'GLOBAL' ? 'global' : scope, name, value: parseSetValue(reader) };
}

/** `@@session.name`, `@@name`, `@name` or a bare name. */
export function variableName(token: Token): { scope: Assignment['scope']; name: string } {
  const isUser = token.kind === 'variable' && !token.text.startsWith('@@');
  const bare = token.text.replace(/^@@?/, '').replaceAll('`', '').toLowerCase();
  const [, scope, name = bare] = /^(global|session|local)\.(.+)$/.exec(bare) ?? [];
  return { scope: isUser ? 'user' : scope === 'global' ? 'global' : 'session', name };
}

/** A value up to the next comma: literals, words (ON, DEFAULT), numbers, or an expression as it is written. */
function parseSetValue(reader: TokenReader): string {
  const first = reader.next();
  let depth = first.keyword === '(' ? 1 : 0;
  let count = 1;
  while (!reader.done && (depth > 0 || !reader.sees(','))) {
    const { keyword } = reader.next();
    count++;
    if (keyword === '(') depth++;
    else if (keyword === ')') depth--;
  }
  return count === 1 ? first.text : reader.textSince(first);
}

function parseSetPassword(reader: TokenReader): Statement {
  const user = reader.accept('FOR') ? parseUser(reader) : undefined;
  reader.expect('=');
  if (!reader.accept('PASSWORD')) return { kind: 'setPassword', user, password: reader.string() };
  reader.expect('(');
  const password = reader.string();
  reader.expect(')');
  return { kind: 'setPassword', user, password };
}

/** `GRANT privileges ON what TO user`: kept as it is written. */
function parseGrant(reader: TokenReader): Statement {
  const start = reader.next();
  while (!reader.accept('TO')) reader.next();
  reader.acceptOneOf('ROLE', 'USER');
  const user = parseUser(reader);
  return { kind: 'grant', user, text: `GRANT ${reader.textSince(start)}` };
}

function parseAdmin(reader: TokenReader): Statement {
  if (reader.accept('SHOW')) return parseShow(reader);
  reader.expect('SET');
  if (!reader.accept('ALL', 'FRONTENDS', 'CONFIG')) reader.expect('FRONTEND', 'CONFIG');
  return { kind: 'setConfig', entries: Object.entries(parseProperties(reader)) };
}

function parseKill(reader: TokenReader): Statement {
  const queryOnly = reader.accept('QUERY');
  if (!queryOnly) reader.accept('CONNECTION');
  return { kind: 'kill', connectionId: reader.integer(), queryOnly };
}
