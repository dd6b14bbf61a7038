/** Which table the records of a topic go to. */
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

/** `table` or `database.table`; names in Doris hold no dots. */
function parseTarget(topic: string, target: string): TableRoute | undefined {
  const parts = target.split('.');
  if (parts.length > 2 || parts.some((part) => part === '' || /[\s/`]/.test(part) || !isText(part))) return undefined;
  const [first = '', second] = parts;
  return second === undefined
    ? { topic, database: undefined, table: first }
    : { topic, database: first, table: second };
}
