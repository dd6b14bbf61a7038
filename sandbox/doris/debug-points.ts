/**
 * The debug points of a backend, by which test suites written for Doris break it: `/api/debug_point/…`.
 *
 * A point is armed as a fault. As in Doris any name may be added; one that nothing asks for does nothing.
 * Sources: be/src/http/action/debug_point_action.cpp, be/src/olap/memtable_flush_executor.cpp.
 */
import type { Fault, Faults } from '../olap/faults.js';
import { prettyJson } from './replies.js';

const POINTS: Readonly<Record<string, Pick<Fault, 'point' | 'phase' | 'effect'>>> = {
  'FlushToken.submit_flush_error': {
    point: 'be.load',
    phase: 'body',
    effect: { kind: 'fail', code: 'IO_ERROR', text: 'dbug_be_memtable_submit_flush_error' },
  },
};

interface Reply {
  readonly status: number;
  readonly body: string;
}

export class DebugPoints {
  private readonly ids = new Map<string, number>();

  constructor(private readonly faults: Faults) {}

  /**
   * Performs `add/{name}`, `remove/{name}` or `clear`; undefined for any other path.
   *
   * `add` takes the parameters `execute`, how often the point fires, and `timeout`, for how many seconds it stays;
   * without them, or when they are not above 0, it does so until it is taken away.
   */
  perform([operation, name = '']: readonly string[], parameters: URLSearchParams): Reply | undefined {
    switch (operation) {
      case 'add':
        return this.add(name, parameters);
      case 'remove':
        this.remove(name);
        return ok();
      case 'clear':
        for (const each of [...this.ids.keys()]) this.remove(each);
        return ok();
      default:
        return undefined;
    }
  }

  private add(name: string, parameters: URLSearchParams): Reply {
    const times = Number.parseInt(parameters.get('execute') || '-1', 10);
    const timeoutSeconds = Number.parseInt(parameters.get('timeout') || '-1', 10);
    if (Number.isNaN(times)) {
      return failed(`Invalid execute limit format, execute ${parameters.get('execute')}, err stol`);
    }
    if (Number.isNaN(timeoutSeconds)) {
      return failed(`Invalid timeout format, timeout ${parameters.get('timeout')}, err stol`);
    }
    this.remove(name);
    const fault = POINTS[name];
    if (fault !== undefined) {
      const limits = {
        ...(times > 0 ? { times } : {}),
        ...(timeoutSeconds > 0 ? { expiresAtMs: Date.now() + timeoutSeconds * 1000 } : {}),
      };
      this.ids.set(name, this.faults.arm({ ...fault, ...limits }));
    }
    return ok();
  }

  private remove(name: string): void {
    const id = this.ids.get(name);
    if (id !== undefined) this.faults.disarm(id);
    this.ids.delete(name);
  }
}

const ok = (): Reply => reply(200, 'OK', 'OK');
const failed = (message: string): Reply => reply(500, 'INTERNAL_ERROR', message);

function reply(status: number, code: string, message: string): Reply {
  const body = prettyJson([
    ['status', code],
    ['msg', message],
  ]);
  return { status, body };
}
