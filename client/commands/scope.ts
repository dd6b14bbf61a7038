/**
 * What every command works with: the terminal, the options that all commands share, the signal that ends it.
 */
import { Command } from 'commander';
import { SluiceError } from '../../connect/errors.js';
import { ClientError, EXIT, type ExitCode, errorDocument, errorMessage, exitCodeOf } from '../errors.js';
import { connectTemporal, resolveTemporalSettings, type TemporalFlags, type TemporalSession } from '../temporal.js';
import { type Paint, painter, type Terminal } from '../terminal.js';

export interface SharedOptions extends TemporalFlags {
  json?: boolean;
}

/** Given to every command when the program is built. */
export interface Environment {
  readonly terminal: Terminal;
  /** Aborted by Ctrl-C and SIGTERM. */
  readonly signal: AbortSignal;
  /** Takes the exit code of the command that ran. */
  finish(code: ExitCode): void;
}

export class Scope {
  readonly paint: Paint;

  constructor(
    readonly terminal: Terminal,
    readonly shared: SharedOptions,
    readonly signal: AbortSignal,
  ) {
    this.paint = painter(terminal);
  }

  get json(): boolean {
    return this.shared.json ?? false;
  }

  /** A result: the document with --json, else the lines. */
  result(document: unknown, lines: readonly string[]): void {
    if (this.json) this.terminal.out(JSON.stringify(document, undefined, 2));
    else if (lines.length > 0) this.terminal.out(lines.join('\n'));
  }

  /** Progress for people, never part of the result. */
  note(text: string): void {
    this.terminal.err(text);
  }

  /** Runs with a connection to Temporal that is closed afterwards, whatever happens. */
  async withTemporal<T>(
    body: (session: TemporalSession) => Promise<T>,
    properties: Readonly<Record<string, string>> = {},
  ): Promise<T> {
    const session = await connectTemporal(resolveTemporalSettings(this.shared, properties, this.terminal.env));
    try {
      return await body(session);
    } finally {
      await session.close();
    }
  }

  fail(error: unknown): void {
    if (this.json) {
      this.terminal.out(JSON.stringify(errorDocument(error), undefined, 2));
      return;
    }
    this.terminal.err(`${this.paint('red', 'error')}: ${errorMessage(error)}`);
    const hint = error instanceof ClientError || error instanceof SluiceError ? error.hint : undefined;
    if (hint !== undefined) this.terminal.err(`  ${hint}`);
  }
}

/**
 * Makes a commander action of a command's body: options checked, errors told in one way, exit code handed over.
 *
 * @param body gets the scope, the command's own options and its arguments
 */
export function action<Options extends object, Args extends readonly unknown[]>(
  environment: Environment,
  body: (scope: Scope, options: Options, ...args: Args) => Promise<ExitCode | undefined>,
): (...given: unknown[]) => Promise<void> {
  return async (...given) => {
    const command = given.at(-1);
    if (!(command instanceof Command)) throw new TypeError('commander passes the command last');
    const args = given.slice(0, -2) as unknown as Args;
    const scope = new Scope(environment.terminal, command.optsWithGlobals<SharedOptions>(), environment.signal);
    try {
      environment.finish((await body(scope, command.opts<Options>(), ...args)) ?? EXIT.ok);
    } catch (error) {
      scope.fail(environment.signal.aborted ? interrupted(error) : error);
      environment.finish(exitCodeOf(error));
    }
  };
}

/** Waits that Ctrl-C has cut short reject with a text that tells nobody anything. */
function interrupted(error: unknown): unknown {
  return error instanceof Error && error.name === 'AbortError' ? new ClientError('INTERRUPTED', 'Interrupted.') : error;
}
