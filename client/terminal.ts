/**
 * Where a command writes: results to standard output, everything else to standard error.
 */
import { styleText } from 'node:util';

export interface Terminal {
  /** Results. One call, one or more whole lines. */
  out(text: string): void;
  /** Progress, warnings, errors, prompts. */
  err(text: string): void;
  readonly env: NodeJS.ProcessEnv;
  /** True when a person watches standard output. */
  readonly isTty: boolean;
  readonly color: boolean;
  columns(): number;
  rows(): number;
}

/** Wide enough for a log file or a pipe; a terminal says its own width. */
const COLUMNS_WITHOUT_SIZE = 160;

export function processTerminal(): Terminal {
  const { stdout, stderr, env } = process;
  return {
    out: (text) => void stdout.write(`${text}\n`),
    err: (text) => void stderr.write(`${text}\n`),
    env,
    isTty: stdout.isTTY === true,
    color: wantsColor(env, stdout.isTTY === true),
    // A terminal that does not know its size says 0.
    columns: () => stdout.columns || COLUMNS_WITHOUT_SIZE,
    rows: () => stdout.rows || Number.POSITIVE_INFINITY,
  };
}

/** NO_COLOR (no-color.org) turns colours off, FORCE_COLOR turns them on where no terminal is seen. */
export function wantsColor(env: NodeJS.ProcessEnv, isTty: boolean): boolean {
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== '') return false;
  if (env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== '') return env.FORCE_COLOR !== '0';
  return isTty && env.TERM !== 'dumb';
}

export type Style = 'red' | 'green' | 'yellow' | 'cyan' | 'bold' | 'dim';

/** Colours a text where the terminal wants colours. */
export type Paint = (style: Style, text: string) => string;

export function painter(terminal: Pick<Terminal, 'color'>): Paint {
  return terminal.color ? (style, text) => styleText(style, text, { validateStream: false }) : (_, text) => text;
}
