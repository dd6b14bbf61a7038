/**
 * The debug points of a node, by which test suites written for Doris break it: `/api/debug_point/…`.
 *
 * A point is armed as a fault. As in Doris any name may be added; one that nothing asks for does nothing.
 * Sources: be/src/http/action/debug_point_action.cpp, be/src/olap/memtable_flush_executor.cpp,
 * fe DebugPointAction.java, PublishVersionDaemon.java.
 */
import type { Fault, Faults } from '../olap/faults.js';

type NodeKind = 'fe' | 'be';

/** By kind of node and the name that Doris gives the point. */
export const DEBUG_POINTS: Readonly<
  Record<NodeKind, Readonly<Record<string, Pick<Fault, 'point' | 'phase' | 'effect'>>>>
> = {
  be: {
    'FlushToken.submit_flush_error': {
      point: 'be.load',
      phase: 'body',
      effect: { kind: 'fail', code: 'IO_ERROR', text: 'dbug_be_memtable_submit_flush_error' },
    },
  },
  fe: {
    'PublishVersionDaemon.stop_publish': { point: 'publish', phase: 'before', effect: { kind: 'hang' } },
  },
};

/** What became of an order; `failure` in the words of Doris. */
interface Outcome {
  readonly failure?: string;
}

export class DebugPoints {
  /** By kind of node and name. */
  private readonly ids = new Map<string, number>();

  constructor(private readonly faults: Faults) {}

  /**
   * Performs `add/{name}`, `remove/{name}` or `clear`; undefined for any other path.
   *
   * `add` takes the parameters `execute`, how often the point fires, and `timeout`, for how many seconds it stays;
   * without them, or when they are not above 0, it does so until it is taken away.
   */
  perform(node: NodeKind, [operation, name = '']: readonly string[], parameters: URLSearchParams): Outcome | undefined {
    switch (operation) {
      case 'add':
        return this.add(node, name, parameters);
      case 'remove':
        this.remove(`${node} ${name}`);
        return {};
      case 'clear':
        for (const each of [...this.ids.keys()]) if (each.startsWith(`${node} `)) this.remove(each);
        return {};
      default:
        return undefined;
    }
  }

  private add(node: NodeKind, name: string, parameters: URLSearchParams): Outcome {
    const times = Number.parseInt(parameters.get('execute') || '-1', 10);
    const timeoutSeconds = Number.parseInt(parameters.get('timeout') || '-1', 10);
    if (Number.isNaN(times)) {
      return { failure: `Invalid execute limit format, execute ${parameters.get('execute')}, err stol` };
    }
    if (Number.isNaN(timeoutSeconds)) {
      return { failure: `Invalid timeout format, timeout ${parameters.get('timeout')}, err stol` };
    }
    const key = `${node} ${name}`;
    this.remove(key);
    const fault = DEBUG_POINTS[node][name];
    if (fault !== undefined) {
      const limits = {
        ...(times > 0 ? { times } : {}),
        ...(timeoutSeconds > 0 ? { expiresAtMs: Date.now() + timeoutSeconds * 1000 } : {}),
      };
      this.ids.set(key, this.faults.arm({ ...fault, ...limits }));
    }
    return {};
  }

  private remove(key: string): void {
    const id = this.ids.get(key);
    if (id !== undefined) this.faults.disarm(id);
    this.ids.delete(key);
  }
}
