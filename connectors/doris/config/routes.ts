/** Which table the records of a topic go to: by name, by pattern, else the table of the topic's own name. */
import { isText } from './headers.js';

/** A table; without a database of its own it is in `doris.database`. */
export interface TableRoute {
  readonly topic: string;
  readonly database: string | undefined;
  readonly table: string;
}

export interface TableName {
  readonly database: string;
  readonly table: string;
}

export const ROUTE_FORMAT = 'Format: <topic-1>:<table-1>,<topic-2>:<table-2>,...';

/** Reads `topic:table` and `topic:database.table` pairs; problems in the words of the Java connector. */
export function parseRoutes(text: string): { routes: TableRoute[]; problems: string[] } {
  const routes: TableRoute[] = [];
  const problems: string[] = [];
  const topics = new Set<string>();
  for (const pair of text.split(',')) {
    if (pair.trim() === '') continue;
    const [topic = '', target, ...rest] = pair.split(':').map((part) => part.trim());
    const route = target === undefined || rest.length > 0 || topic === '' ? undefined : parseTarget(topic, target);
    if (target === '' && rest.length === 0) problems.push('tableName is empty');
    else if (route === undefined) problems.push(`Invalid doris.topic2table.map config format: ${text.trim()}`);
    else if (topics.has(topic)) problems.push(`topic name ${topic} is duplicated`);
    else routes.push(route);
    topics.add(topic);
  }
  return { routes, problems: [...new Set(problems)] };
}

function parseTarget(topic: string, target: string): TableRoute | undefined {
  const name = parseTableName(target);
  return name === undefined ? undefined : { topic, ...name };
}

/** `table` or `database.table`; names in Doris hold no dots. Undefined for what names no table. */
export function parseTableName(text: string): Omit<TableRoute, 'topic'> | undefined {
  const parts = text.split('.');
  if (parts.length > 2 || parts.some((part) => part === '' || /[\s/`]/.test(part) || !isText(part))) return undefined;
  const [first = '', second] = parts;
  return second === undefined ? { database: undefined, table: first } : { database: first, table: second };
}

/** Topics whose whole name matches go to the table that the template makes of the match. */
export interface PatternRoute {
  readonly pattern: RegExp;
  readonly database: string | undefined;
  readonly table: string;
}

export const PATTERN_FORMAT = 'Format: <pattern-1>:<template-1>,<pattern-2>:<template-2>,...';

/** Reads `pattern:table` and `pattern:database.table` pairs, where table and database may hold `$1`, `$2`, … */
export function parsePatternRoutes(text: string): { patterns: PatternRoute[]; problems: string[] } {
  const patterns: PatternRoute[] = [];
  const problems: string[] = [];
  for (const rule of splitRules(text)) {
    const colon = rule.lastIndexOf(':');
    const name = parseTableName(rule.slice(colon + 1).trim());
    const pattern = compile(rule.slice(0, Math.max(0, colon)).trim());
    if (colon < 1 || name === undefined) problems.push(`Invalid doris.topic2table.regex config format: ${rule}`);
    else if (typeof pattern === 'string') problems.push(`Invalid pattern in doris.topic2table.regex: ${pattern}`);
    else if (highestGroup(name) > groupsOf(pattern))
      problems.push(`${rule} names a group that its pattern does not have`);
    else patterns.push({ pattern, ...name });
  }
  return { patterns, problems };
}

/** The table of the first pattern that the topic matches. */
export function tableByPattern(routes: readonly PatternRoute[], topic: string): Omit<TableRoute, 'topic'> | undefined {
  for (const { pattern, database, table } of routes) {
    const match = pattern.exec(topic);
    if (match === null) continue;
    const filled = (template: string) => template.replace(/\$(\d)/g, (_, group) => match[Number(group)] ?? '');
    return { database: database === undefined ? undefined : filled(database), table: filled(table) };
  }
  return undefined;
}

/** At commas; those inside of brackets and braces belong to a pattern. */
function splitRules(text: string): string[] {
  const rules = text.match(/(?:\\.|\[(?:\\.|[^\]\\])*\]|\{[^}]*\}|[^,\\])+/gs) ?? [];
  return rules.map((rule) => rule.trim()).filter((rule) => rule !== '');
}

function compile(pattern: string): RegExp | string {
  try {
    return new RegExp(`^(?:${pattern})$`);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function groupsOf(pattern: RegExp): number {
  return (new RegExp(`${pattern.source}|`).exec('')?.length ?? 1) - 1;
}

function highestGroup({ database = '', table }: Omit<TableRoute, 'topic'>): number {
  return Math.max(0, ...[...`${database}.${table}`.matchAll(/\$(\d)/g)].map(([, group]) => Number(group)));
}
