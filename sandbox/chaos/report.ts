/** The report of a run in Markdown: what was done, what struck, and the verdict, with how to run it again. */
import { revision } from '../revision.js';
import { isExact, type TableVerdict } from './checker.js';
import type { Outcome } from './run.js';

const SHOWN_LINES = 60;

export function formatReport(outcomes: readonly Outcome[], command: string, startedAt: Date): string {
  const exact = outcomes.filter((outcome) => outcome.exact).length;
  return [
    '# Chaos report',
    '',
    `${exact} of ${outcomes.length} runs exact, ${faultsOf(outcomes)}. Begun ${startedAt.toISOString()}. Run it again: \`${command}\` (commit ${revision()}).`,
    '',
    'The database is the sandbox double of Apache Doris, not Apache Doris; Temporal and Kafka are real servers, the workers real processes.',
    'The connector writes no dead letters yet, so none are counted.',
    ...outcomes.flatMap((outcome) => ['', ...section(outcome)]),
    '',
  ].join('\n');
}

/** Of all that has struck; what the operator did about it, and what could not be done, is no fault. */
function faultsOf(outcomes: readonly Outcome[]): string {
  const struck = outcomes
    .flatMap((outcome) => [...outcome.struck])
    .filter(
      ([kind, times]) => times > 0 && !/\(could not be done\)$|^operator: (restarted|resolved|started anew)/.test(kind),
    );
  const kinds = new Set(struck.map(([kind]) => kind));
  return `${struck.reduce((sum, [, times]) => sum + times, 0)} faults of ${kinds.size} kinds`;
}

/** For the terminal: the verdict, and how often each kind has struck. */
export function formatVerdict({ title, exact, produced, tables, struck, problems }: Outcome): string {
  const sum = (count: (table: (typeof tables)[number]) => number) =>
    tables.reduce((total, table) => total + count(table), 0);
  const counted = `${sum(({ missing }) => missing)} missing, ${sum(({ doubled }) => doubled)} doubled, ${sum(({ unexpected }) => unexpected)} unexpected, ${sum(({ wrong }) => wrong)} wrong`;
  const kinds = [...struck].map(([kind, times]) => `  ${String(times).padStart(4)} ${kind}`).sort();
  return [`${exact ? 'EXACT' : 'NOT EXACT'} ${title}: ${produced} rows, ${counted}`, ...kinds, ...problems].join('\n');
}

function section(outcome: Outcome): string[] {
  const { title, produced, uncertain, troubleMs, drainMs, struck, problems, exact, lines, tables } = outcome;
  const kinds = [...struck].sort(([one], [other]) => one.localeCompare(other));
  return [
    `## ${title}: ${exact ? 'exact' : 'NOT EXACT'}`,
    '',
    `${produced} rows produced, ${uncertain} with an unknown outcome. Faults for ${seconds(troubleMs)}, drained in ${seconds(drainMs)}.`,
    '',
    '| table | model | expected | missing | doubled | unexpected | wrong or out of order |',
    '|---|---|---:|---:|---:|---:|---:|',
    ...tables.map(tableRow),
    ...tables.flatMap(({ table, examples }) => (examples.length === 0 ? [] : ['', `${table}: ${examples.join('; ')}`])),
    ...problems.flatMap((problem) => ['', `Problem: ${problem}`]),
    ...(kinds.length === 0
      ? []
      : ['', '| fault | struck |', '|---|---:|', ...kinds.map(([kind, times]) => `| ${kind} | ${times} |`)]),
    ...(exact ? [] : ['', '```', ...lines.slice(-SHOWN_LINES), '```']),
  ];
}

function tableRow(verdict: TableVerdict): string {
  const { table, kind, expected, missing, doubled, unexpected, wrong } = verdict;
  const model = kind === 'rows' ? 'DUPLICATE KEY' : 'UNIQUE KEY, deletes';
  const mark = isExact(verdict) ? '' : ' ✗';
  return `| ${table}${mark} | ${model} | ${expected} | ${missing} | ${doubled} | ${unexpected} | ${wrong} |`;
}

function seconds(durationMs: number): string {
  return `${(durationMs / 1000).toFixed(1)} s`;
}
