/** What a look at a configuration brought up, all of it at once. */
import { SluiceError } from '../errors.js';

export interface Finding {
  readonly key: string;
  readonly message: string;
  /** What to do about it. */
  readonly hint?: string;
}

/** Problems keep a connector from starting, warnings do not, notes explain keys that have no effect here. */
export class Findings {
  readonly problems: Finding[] = [];
  readonly warnings: Finding[] = [];
  readonly notes: Finding[] = [];

  problem(key: string, message: string, hint?: string): void {
    this.problems.push(finding(key, message, hint));
  }

  warning(key: string, message: string, hint?: string): void {
    this.warnings.push(finding(key, message, hint));
  }

  note(key: string, message: string): void {
    this.notes.push(finding(key, message));
  }
}

function finding(key: string, message: string, hint?: string): Finding {
  return hint === undefined ? { key, message } : { key, message, hint };
}

/** The error for an invalid configuration: Connect's sentence, then every problem on a line of its own. */
export function invalidConfiguration(problems: readonly Finding[], connector?: string): SluiceError {
  const lines = problems.map(({ message, hint }) => (hint === undefined ? message : `${message} ${hint}`));
  const [first] = problems;
  return new SluiceError(
    'CONFIG_INVALID',
    `Connector configuration is invalid and contains the following ${problems.length} error(s):\n${lines.join('\n')}`,
    {
      context: {
        ...(connector === undefined ? {} : { connector }),
        ...(first === undefined ? {} : { key: first.key }),
      },
    },
  );
}
