/** SELECT in the dialect of MySQL and Doris, written again for DuckDB. */

import { quoteIdentifier } from '../types.js';
import type { Token } from './lexer.js';
import type { TableName } from './reader.js';
import { type ExpressionScope, isSetOperator, startsQuery, translateExpression } from './translate-expression.js';
import { buildTree, isGroup, isName, keywordOf, type Node, sourceText, splitAtCommas } from './tree.js';

export interface TranslationScope extends Omit<ExpressionScope, 'query'> {
  /** A table as DuckDB finds it: a name, or a query in parentheses. @throws DatabaseError when there is none */
  table(name: TableName): string;
}

/** Translates a whole query. Result columns are named as the text they were written as, as MySQL does. */
export function translateQuery(tokens: readonly Token[], scope: TranslationScope): string {
  return new QueryTranslator(scope, new Set()).query(buildTree(tokens), true);
}

/** Translates clauses without a SELECT in front: `WHERE … ORDER BY … LIMIT …`. */
export function translateClauses(tokens: readonly Token[], scope: TranslationScope): string {
  return new QueryTranslator(scope, new Set()).query(buildTree(tokens));
}

/** Translates a lone expression, for example the condition of DELETE. */
export function translateCondition(tokens: readonly Token[], scope: TranslationScope): string {
  return new QueryTranslator(scope, new Set()).expression(buildTree(tokens));
}

/** A clause and what stands in it. */
interface Clause {
  readonly keyword: string;
  readonly nodes: readonly Node[];
}

const CLAUSES = ['WITH', 'SELECT', 'FROM', 'WHERE', 'GROUP', 'HAVING', 'QUALIFY', 'WINDOW', 'ORDER', 'LIMIT'];

function splitClauses(nodes: readonly Node[]): Clause[] {
  const clauses: { keyword: string; nodes: Node[] }[] = [{ keyword: '', nodes: [] }];
  for (const [index, node] of nodes.entries()) {
    const keyword = keywordOf(node);
    const distinctFrom = keyword === 'FROM' && keywordOf(nodes[index - 1]) === 'DISTINCT';
    const qualified = keywordOf(nodes[index - 1]) === '.';
    if ((CLAUSES.includes(keyword) || isSetOperator(keyword)) && !distinctFrom && !qualified) {
      clauses.push({ keyword, nodes: [] });
    } else clauses.at(-1)?.nodes.push(node);
  }
  return clauses.filter((clause) => clause.keyword !== '' || clause.nodes.length > 0);
}

const AGGREGATES = /^(COUNT|SUM|MIN|MAX|AVG|GROUP_CONCAT|NDV|STDDEV|VARIANCE|ANY_VALUE)$/;

function aggregates({ nodes }: Clause): boolean {
  return nodes.some((node) => AGGREGATES.test(keywordOf(node)));
}

/**
 * HAVING without groups or aggregates is MySQL's WHERE over the selected columns (Connector/J asks information_schema
 * so): the query becomes a subquery, sorted inside of it as the sort may need columns that are not selected.
 */
function splitHaving(clauses: readonly Clause[]): { wrapped: boolean; clauses: Clause[] }[] {
  const having = clauses.findIndex(({ keyword }) => keyword === 'HAVING');
  const front = clauses.slice(0, Math.max(having, 0));
  const plain =
    front.length > 0 && !front.some((clause) => clause.keyword === 'GROUP' || isSetOperator(clause.keyword));
  if (!plain || clauses.slice(0, having + 1).some(aggregates)) return [{ wrapped: false, clauses: [...clauses] }];
  const condition = { keyword: 'WHERE', nodes: clauses[having]?.nodes ?? [] };
  const behind = clauses.slice(having + 1);
  const order = behind.filter(({ keyword }) => keyword === 'ORDER');
  return [
    { wrapped: true, clauses: [...front, ...order] },
    { wrapped: false, clauses: [condition, ...behind.filter((clause) => !order.includes(clause))] },
  ];
}

class QueryTranslator implements ExpressionScope {
  readonly sql: string;

  constructor(
    private readonly scope: TranslationScope,
    /** Names of WITH that are visible here, in lower case. */
    private readonly withNames: Set<string>,
  ) {
    this.sql = scope.sql;
  }

  variable(token: Token): string | null {
    return this.scope.variable(token);
  }

  sessionFunction(name: string): string | undefined {
    return this.scope.sessionFunction(name);
  }

  expression(nodes: readonly Node[]): string {
    return translateExpression(nodes, this);
  }

  query(nodes: readonly Node[], outermost = false): string {
    const inner = new QueryTranslator(this.scope, new Set(this.withNames));
    let named = false;
    return splitHaving(splitClauses(nodes))
      .map((part) => {
        const clauses = part.clauses.map((clause) => {
          const name = outermost && clause.keyword === 'SELECT' && !named;
          if (clause.keyword === 'SELECT') named = true;
          return inner.clause(clause, name);
        });
        return part.wrapped ? `SELECT * FROM (${clauses.join(' ')}) AS selected` : clauses.join(' ');
      })
      .join(' ');
  }

  private clause({ keyword, nodes }: Clause, nameItems: boolean): string {
    switch (keyword) {
      case 'WITH':
        return this.withClause(nodes);
      case 'SELECT':
        return `SELECT ${nameItems ? this.namedItems(nodes) : this.expression(nodes)}`;
      case 'FROM':
        return keywordOf(nodes[0]) === 'DUAL' ? '' : `FROM ${this.from(nodes)}`;
      case 'ORDER':
        return `ORDER ${this.orderBy(nodes)}`;
      case 'LIMIT':
        return this.limit(nodes);
      case 'MINUS':
        return `EXCEPT ${this.expression(nodes)}`;
      default:
        return `${keyword} ${this.expression(nodes)}`;
    }
  }

  /** `WITH name [(columns)] AS (query), …`: a name is visible to the queries behind it, and to its own. */
  private withClause(nodes: readonly Node[]): string {
    const recursive = keywordOf(nodes[0]) === 'RECURSIVE';
    const parts = splitAtCommas(recursive ? nodes.slice(1) : nodes).map((part) => {
      const [name] = part;
      if (isName(name)) this.withNames.add(name.text.toLowerCase());
      return part.map((node) => this.expression([node])).join(' ');
    });
    return `WITH ${recursive ? 'RECURSIVE ' : ''}${parts.join(', ')}`;
  }

  /** The items of SELECT, each under the name that MySQL gives it. */
  private namedItems(nodes: readonly Node[]): string {
    const start = nodes.findIndex((node) => !['DISTINCT', 'ALL', 'SQL_NO_CACHE'].includes(keywordOf(node)));
    const modifiers = nodes.slice(0, Math.max(start, 0)).filter((node) => keywordOf(node) !== 'SQL_NO_CACHE');
    const items = splitAtCommas(nodes.slice(Math.max(start, 0))).map((item) => this.namedItem(item));
    return [...modifiers.map(keywordOf), items.join(', ')].join(' ');
  }

  private namedItem(item: readonly Node[]): string {
    const text = this.expression(item);
    const plain = item.every((node, index) => (index % 2 === 0 ? isName(node) : keywordOf(node) === '.'));
    if (plain || keywordOf(item.at(-1)) === '*' || hasAlias(item)) return text;
    return `${text} AS ${quoteIdentifier(sourceText(this.sql, item))}`;
  }

  /** Tables, joins and their conditions. */
  private from(nodes: readonly Node[]): string {
    const output: string[] = [];
    let expectsTable = true;
    for (let at = 0; at < nodes.length; ) {
      const node = nodes[at];
      const keyword = keywordOf(node);
      if (expectsTable && keyword !== 'LATERAL') {
        const { text, used } = this.tableFactor(nodes, at);
        output.push(text);
        at += used;
        expectsTable = false;
        continue;
      }
      const length = expectsTable ? 1 : this.untilNextTable(nodes, at);
      output.push(this.expression(nodes.slice(at, at + length)));
      at += length;
      expectsTable = true;
      if (isGroup(nodes[at]) && isHint(nodes[at])) at++;
    }
    return output.join(' ');
  }

  /** How many nodes belong to the condition, up to and with the next comma or JOIN. */
  private untilNextTable(nodes: readonly Node[], at: number): number {
    const next = nodes.slice(at).findIndex((node) => [',', 'JOIN', 'STRAIGHT_JOIN'].includes(keywordOf(node)));
    return next < 0 ? nodes.length - at : next + 1;
  }

  private tableFactor(nodes: readonly Node[], at: number): { text: string; used: number } {
    const first = nodes[at];
    if (isGroup(first)) {
      const inside = startsQuery(first.nodes) ? this.query(first.nodes) : this.from(first.nodes);
      return { text: `(${inside})`, used: 1 };
    }
    const names: string[] = [];
    let used = 0;
    for (let node: Node | undefined = first; isName(node); node = nodes[at + used]) {
      names.push(node.text);
      used++;
      if (keywordOf(nodes[at + used]) !== '.') break;
      used++;
    }
    if (names.length === 0 || isGroup(nodes[at + used])) {
      return { text: this.expression(nodes.slice(at, at + used + 1)), used: used + 1 };
    }
    const partition = keywordOf(nodes[at + used]) === 'PARTITION' && isGroup(nodes[at + used + 1]) ? 2 : 0;
    return { text: this.table(names, hasTableAlias(nodes[at + used + partition])), used: used + partition };
  }

  private table(names: readonly string[], aliased: boolean): string {
    const name = names.at(-1) ?? '';
    if (names.length === 1 && this.withNames.has(name.toLowerCase())) return quoteIdentifier(name);
    const table = this.scope.table({ database: names.at(-2), name });
    return aliased || !table.startsWith('(') ? table : `${table} AS ${quoteIdentifier(name)}`;
  }

  /** NULL is the smallest value in MySQL. */
  private orderBy(nodes: readonly Node[]): string {
    const items = splitAtCommas(nodes.slice(1)).map((item) => {
      const text = this.expression(item);
      if (item.some((node) => keywordOf(node) === 'NULLS')) return text;
      return `${text} NULLS ${keywordOf(item.at(-1)) === 'DESC' ? 'LAST' : 'FIRST'}`;
    });
    return `BY ${items.join(', ')}`;
  }

  /** `LIMIT n`, `LIMIT offset, n`, `LIMIT n OFFSET offset` */
  private limit(nodes: readonly Node[]): string {
    const [first = [], second] = splitAtCommas(nodes);
    if (second !== undefined) return `LIMIT ${this.expression(second)} OFFSET ${this.expression(first)}`;
    const offset = nodes.findIndex((node) => keywordOf(node) === 'OFFSET');
    if (offset < 0) return `LIMIT ${this.expression(nodes)}`;
    const [count, skipped] = [nodes.slice(0, offset), nodes.slice(offset + 1)];
    return `LIMIT ${this.expression(count)} OFFSET ${this.expression(skipped)}`;
  }
}

/** `JOIN [shuffle] t` */
function isHint(node: Node | undefined): boolean {
  return isGroup(node) && node.open.keyword === '[';
}

const AFTER_TABLE = [
  ...['ON', 'USING', 'JOIN', 'INNER', 'LEFT', 'RIGHT', 'FULL', 'CROSS', 'NATURAL', 'STRAIGHT_JOIN'],
  ...['LATERAL', 'TABLESAMPLE'],
];

function hasTableAlias(next: Node | undefined): boolean {
  return isName(next) && !(next.kind === 'word' && AFTER_TABLE.includes(next.keyword));
}

/** Words behind which an operand follows, so that a name there is no alias. */
const BEFORE_OPERAND =
  /^(AND|OR|NOT|XOR|LIKE|REGEXP|RLIKE|IN|IS|BETWEEN|DIV|MOD|CASE|WHEN|THEN|ELSE|INTERVAL|BINARY|DISTINCT|ESCAPE)$/;
/** Words that end an expression and are no alias. */
const ENDS_EXPRESSION = /^(END|NULL|TRUE|FALSE|DAY|HOUR|MINUTE|SECOND|WEEK|MONTH|QUARTER|YEAR|MICROSECOND)$/;

/** `expression AS name`, `expression name`, `expression 'name'` */
function hasAlias(item: readonly Node[]): boolean {
  const [before, last] = [item.at(-2), item.at(-1)];
  if (keywordOf(before) === 'AS') return true;
  if (before === undefined || last === undefined || isGroup(last)) return false;
  if (!isName(last) && last.kind !== 'string') return false;
  if (ENDS_EXPRESSION.test(last.keyword)) return false;
  if (isGroup(before)) return before.open.keyword === '(';
  return before.kind !== 'symbol' && !BEFORE_OPERAND.test(before.keyword);
}
