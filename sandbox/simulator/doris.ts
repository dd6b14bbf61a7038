/**
 * The simulated Doris: two front ends and two back ends over one database. What they answer is what the double answers,
 * word by word (`sandbox/doris/replies.ts`, `wording.ts`); how they answer late, or not at all, is up to the network.
 */
import {
  type Address,
  addressName,
  type BodyRequest,
  parseRedirect,
  type Redirect,
} from '../../connectors/doris/http.js';
import type { HttpReply } from '../../connectors/doris/replies.js';
import { envelope, twoPhaseReply } from '../doris/replies.js';
import type { SimulatedDatabase } from './database.js';
import type { Scheduler } from './scheduler.js';
import { failureOf, StreamLoads } from './stream-load.js';
import type { SimulatedTables } from './tables.js';
import type { Trouble } from './trouble.js';

export const FRONTENDS = ['fe1:8030', 'fe2:8030'] as const;
export const BACKENDS = ['be1:8040', 'be2:8040'] as const;

/** What a server does with a request. */
export interface Server {
  readonly reply: (answer: HttpReply | Redirect) => void;
  readonly cut: (why: 'refused' | 'reset') => void;
}

type Call = Pick<BodyRequest, 'method' | 'path' | 'headers'>;

export class SimulatedDoris {
  private readonly loads: StreamLoads;
  private readonly down = new Set<string>();
  /** Rises with every restart of a node: what it was doing before is gone. */
  private readonly lives = new Map<string, number>();

  constructor(
    private readonly scheduler: Scheduler,
    private readonly trouble: Trouble,
    private readonly database: SimulatedDatabase,
    private readonly tables: Pick<SimulatedTables, 'take'>,
  ) {
    this.loads = new StreamLoads(scheduler, trouble, database);
  }

  stop(node: string): void {
    this.down.add(node);
    this.lives.set(node, this.lifeOf(node) + 1);
    if (isBackend(node)) this.database.restartBackend(coordinatorOf(node));
  }

  start(node: string): void {
    this.down.delete(node);
  }

  serve(to: Address, call: Call, body: string, server: Server): void {
    const node = addressName(to);
    const answer = (text: string, status = 200) => server.reply({ status, body: text, host: node });
    if (this.down.has(node)) server.cut('refused');
    else if (this.trouble.strikes('serverError', 0.01, `${node} ${call.path}`)) answer('<h1>502 Bad Gateway</h1>', 502);
    else if (!isBackend(node)) {
      if (call.method === 'PUT') server.reply(this.redirect(call.path));
      else answer(this.question(call.path));
    } else if (call.path.endsWith('_stream_load_2pc')) answer(this.twoPhase(call.headers ?? {}));
    else if (call.path.startsWith('/api/_load_error_log')) answer(this.loads.errorLog(call.path));
    else this.load(node, call, body, server, answer);
  }

  private load(
    node: string,
    { path, headers = {} }: Call,
    body: string,
    server: Server,
    answer: (text: string) => void,
  ) {
    const life = this.lifeOf(node);
    const table = path.split('/')[3] ?? '';
    this.tables.take(table, body);
    this.loads.take({
      rows: { table, ids: idsOf(body), refused: this.refusedIn(body) },
      headers,
      coordinator: coordinatorOf(node),
      isAlive: () => this.lifeOf(node) === life,
      answer,
      cut: () => server.cut('reset'),
    });
  }

  private refusedIn(body: string): string[] {
    return body.split('\n').filter((line) => {
      const fromMs = /"refusedFromMs":(\d+)/.exec(line)?.[1];
      return fromMs !== undefined && this.scheduler.nowMs() >= Number(fromMs);
    });
  }

  /** `/api/backends`, `/api/{db}/get_load_state`, `/api/{db}/{table}/_schema`. */
  private question(path: string): string {
    if (path.startsWith('/api/backends')) return backendList(path.endsWith('=false') ? BACKENDS : this.liveBackends());
    const [route = '', query = ''] = path.split('?');
    if (!route.endsWith('/get_load_state')) return envelope({ keysType: 'DUP_KEYS', properties: [], status: 200 });
    const label = new URLSearchParams(query).get('label') ?? '';
    return envelope(this.database.manager.labelState(this.database.name, label));
  }

  private redirect(path: string): Redirect {
    const live = this.liveBackends();
    const backend = this.trouble.stream('redirect').pick(live.length > 0 ? live : BACKENDS);
    const target = parseRedirect(`http://root:@${backend}${path}?`);
    if (target === undefined) throw new Error('a redirect that cannot be read');
    return target;
  }

  private twoPhase({ txn_id: id, label = '', txn_operation }: Readonly<Record<string, string>>): string {
    const { manager, name } = this.database;
    const operation = txn_operation === 'commit' ? 'commit' : 'abort';
    try {
      const found = id === undefined ? manager.idByLabel(name, label, operation) : BigInt(id);
      if (operation === 'commit') this.database.commit(found);
      else this.database.abort(found, 'User Abort');
      this.trouble.note(`doris: ${operation} of transaction ${found} (${manager.get(name, found)?.label})`);
      const what = id === undefined ? `label [${label}]` : `transaction [${id}]`;
      return twoPhaseReply('Success', `${what} ${operation} successfully.`);
    } catch (error) {
      const { code, text } = failureOf(error);
      return twoPhaseReply(code, text);
    }
  }

  private liveBackends(): string[] {
    return BACKENDS.filter((node) => !this.down.has(node));
  }

  private lifeOf(node: string): number {
    return this.lives.get(node) ?? 0;
  }
}

function isBackend(node: string): boolean {
  return node.startsWith('be');
}

function coordinatorOf(node: string): string {
  return `BE: ${node.replace(/:\d+$/, '')}`;
}

/** Every row is a line `{"id":"…",…}`. */
function idsOf(body: string): string[] {
  return [...body.matchAll(/^\{"id":"([^"]+)"/gm)].map((match) => match[1] ?? '');
}

function backendList(nodes: readonly string[]): string {
  const backends = nodes.map((node) => {
    const [ip = '', port = ''] = node.split(':');
    return { ip, http_port: Number(port), is_alive: true };
  });
  return envelope({ backends });
}
