/** A terminal that remembers. */
import { runProgram } from '../../../client/program.js';
import type { Terminal } from '../../../client/terminal.js';

export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export function fakeTerminal(env: NodeJS.ProcessEnv = {}): Terminal & { outText(): string; errText(): string } {
  const out: string[] = [];
  const err: string[] = [];
  return {
    out: (text) => void out.push(text),
    err: (text) => void err.push(text),
    outText: () => out.join('\n'),
    errText: () => err.join('\n'),
    env,
    isTty: false,
    color: false,
    columns: () => 100,
    rows: () => 50,
  };
}

/** Runs `sluice …` in this process. */
export async function sluice(
  argv: readonly string[],
  env: NodeJS.ProcessEnv = { HOME: '/nonexistent' },
): Promise<Outcome> {
  const terminal = fakeTerminal(env);
  const code = await runProgram(argv, { terminal, signal: new AbortController().signal });
  return { code, out: terminal.outText(), err: terminal.errText() };
}
