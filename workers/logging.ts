/** Logging: pino lines as JSON on stderr, with secrets redacted; Temporal's own messages go the same way. */
import type { Logger as TemporalLogger } from '@temporalio/worker';
import { type Logger, pino } from 'pino';

export function createLogger(level: string): Logger {
  return pino(
    {
      level,
      base: { pid: process.pid },
      redact: { paths: ['*.password', '*.authorization', 'config["doris.password"]'], censor: '[hidden]' },
    },
    pino.destination({ dest: 2, sync: false }),
  );
}

/** Temporal's logger interface over pino. */
export function temporalLogger(logger: Logger): TemporalLogger {
  const at =
    (level: 'trace' | 'debug' | 'info' | 'warn' | 'error') => (message: string, meta?: Record<string, unknown>) =>
      logger[level](plain(meta), message);
  return {
    trace: at('trace'),
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    log: (level, message, meta) => {
      const name = level.toLowerCase();
      if (name === 'trace' || name === 'debug' || name === 'info' || name === 'warn') at(name)(message, meta);
      else at('error')(message, meta);
    },
  };
}

/**
 * Temporal attaches single values, errors and, at its finest levels, whole tasks with their payloads, which hold the
 * configurations of connectors: those are left out. Errors go under the name that pino serializes.
 */
function plain({ error, ...meta }: Record<string, unknown> = {}): Record<string, unknown> {
  const single = Object.entries(meta).filter(([, value]) => typeof value !== 'object' || value === null);
  return { ...Object.fromEntries(single), ...(error === undefined ? {} : { err: error }) };
}
