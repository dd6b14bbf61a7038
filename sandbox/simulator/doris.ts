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
import { envelope, streamLoadReply, twoPhaseReply } from '../doris/replies.js';
import {
  existingJobStatus,
  LoadFailure,
  PUBLISH_TIMEOUT_MESSAGE,
  refusalFailure,
  tooManyVersions,
} from '../doris/wording.js';
import { type Transaction, TransactionRefused } from '../olap/transactions.js';
import type { Rows, SimulatedDatabase } from './database.js';
import type { Scheduler } from './scheduler.js';
import type { Trouble } from './trouble.js';

export const FRONTENDS = ['fe1:8030', 'fe2:8030'] as const;
export const BACKENDS = ['be1:8040', 'be2:8040'] as const;

const LOAD_MS = 60;
const GROUP_COMMIT_MS = 1_000;
const PUBLISH_WAIT_MS = 3_000;
const NO_TIMES = { loadMs: 0, beginMs: 0, planMs: 0, readMs: 0, writeMs: 0, commitMs: 0 };

/** What a server does with a request. */
export interface Server {
  readonly reply: (answer: HttpReply | Redirect) => void;
  readonly cut: (why: 'refused' | 'reset') => void;
}

interface Group {
  readonly transaction: Transaction;
  readonly ids: string[];
  readonly waiting: (() => void)[];
}

export class SimulatedDoris {
  private readonly down = new Set<string>();
  /** Rises with every restart of a node: what it was doing before is gone. */
  private readonly lives = new Map<string, number>();
  private readonly groups = new Map<string, Group>();
  private groupLabels = 0;

  constructor(
    private readonly scheduler: Scheduler,
    private readonly trouble: Trouble,
    readonly database: SimulatedDatabase,
  ) {}

  stop(node: string): void {
    this.down.add(node);
    this.lives.set(node, this.lifeOf(node) + 1);
    if (node.startsWith('be')) this.database.restartBackend(coordinatorOf(node));
  }

  start(node: string): void {
    this.down.delete(node);
  }

  /** `hop` asks where to, without a body; everything else is an exchange. */
  serve(to: Address, call: Pick<BodyRequest, 'method' | 'path' | 'headers'>, body: string | undefined, server: Server) {
    const node = addressName(to);
    if (this.down.has(node)) return server.cut('refused');
    const answer = (text: string, status = 200) => server.reply({ status, body: text, host: node });
    if (this.trouble.strikes('serverError', 0.01, `${node} ${call.path}`)) {
      return answer('<html><body>502 Bad Gateway</body></html>', 502);
    }
    const [, database = '', third = ''] = call.path.split(/[/?]/).slice(1);
    if (node.startsWith('fe')) {
      if (call.method === 'PUT') return server.reply(this.redirect(call.path));
      if (database === 'backends') return answer(this.backends());
      if (third === 'get_load_state') return answer(this.labelState(call.path));
      return answer(envelope({ keysType: 'DUP_KEYS', tableType: 'OLAP', properties: [], status: 200 }));
    }
    if (call.path.endsWith('_stream_load_2pc')) return answer(this.twoPhase(call.headers ?? {}));
    return this.load(node, third, call.headers ?? {}, body ?? '', { ...server, reply: server.reply });
  }

  private redirect(path: string): Redirect {
    const target = parseRedirect(`http://root:@${this.liveBackend()}${path}?`);
    if (target === undefined) throw new Error('a redirect that cannot be read');
    return target;
  }

  private liveBackend(): string {
    const live = BACKENDS.filter((node) => !this.down.has(node));
    return this.trouble.stream('redirect').pick(live.length > 0 ? live : BACKENDS);
  }

  private backends(): string {
    const live = BACKENDS.filter((node) => !this.down.has(node));
    const backends = live.map((node) => {
      const [ip = '', port = ''] = node.split(':');
      return { ip, http_port: Number(port), is_alive: true };
    });
    return envelope({ backends });
  }

  private labelState(path: string): string {
    const label = new URLSearchParams(path.slice(path.indexOf('?'))).get('label') ?? '';
    return envelope(this.database.manager.labelState(this.database.name, label));
  }

  private twoPhase(headers: Readonly<Record<string, string>>): string {
    const { manager, name } = this.database;
    const { txn_id: id, label = '', txn_operation: operation } = headers;
    try {
      const found =
        id === undefined ? manager.idByLabel(name, label, operation === 'commit' ? 'commit' : 'abort') : BigInt(id);
      if (operation === 'commit') this.database.commit(found);
      else this.database.abort(found, 'User Abort');
      this.trouble.note(`doris: ${operation} of transaction ${found} (${manager.get(name, found)?.label})`);
      return twoPhaseReply(
        'Success',
        `${id === undefined ? `label [${label}]` : `transaction [${id}]`} ${operation} successfully.`,
      );
    } catch (error) {
      const { code, text } = failureOf(error);
      return twoPhaseReply(code, text);
    }
  }

  private load(
    node: string,
    table: string,
    headers: Readonly<Record<string, string>>,
    body: string,
    server: Server,
  ): void {
    if ((headers.group_commit ?? 'off_mode') !== 'off_mode')
      return this.loadGrouped(node, table, headers, body, server);
    const label = headers.label ?? '';
    const life = this.lifeOf(node);
    const answer = (reply: Partial<LoadAnswer>) =>
      server.reply({ status: 200, host: node, body: loadReplyOf({ label, ids: idsOf(body), headers, ...reply }) });
    let transaction: Transaction;
    try {
      transaction = this.database.manager.begin({
        database: this.database.name,
        label,
        tables: [table],
        coordinator: coordinatorOf(node),
      });
    } catch (error) {
      return answer(refusedLoad(error));
    }
    const { id } = transaction;
    const conclude = () => {
      if (this.lifeOf(node) !== life) return server.cut('reset');
      try {
        if (this.trouble.strikes('tooManyVersions', 0.05, label)) throw tooManyVersions();
        this.store(id, headers, { table, ids: idsOf(body) });
      } catch (error) {
        this.rollBack(id, error);
        return answer({ id, ...refusedLoad(error) });
      }
      this.trouble.note(`doris: ${label} is loaded by transaction ${id}`);
      if (headers.two_phase_commit === 'true') answer({ id });
      else this.whenVisible(id, (visible) => answer({ id, visible }));
    };
    this.scheduler.after(this.trouble.stream('load').delayMs(LOAD_MS), conclude);
  }

  private store(id: bigint, headers: Readonly<Record<string, string>>, rows: Rows): void {
    if (headers.two_phase_commit === 'true') this.database.precommit(id, rows);
    else this.database.commitPrepared(id, rows);
  }

  private rollBack(id: bigint, error: unknown): void {
    if (this.database.manager.get(this.database.name, id)?.state !== 'PREPARE') return;
    this.database.abort(id, failureOf(error).message);
  }

  private whenVisible(id: bigint, tell: (visible: boolean) => void, waitedMs = 0): void {
    const state = this.database.manager.get(this.database.name, id)?.state;
    if (state !== 'COMMITTED') return tell(true);
    if (waitedMs >= PUBLISH_WAIT_MS) return tell(false);
    this.scheduler.after(100, () => this.whenVisible(id, tell, waitedMs + 100));
  }

  /** Loads of a table share one transaction with a label of the server's own. */
  private loadGrouped(
    node: string,
    table: string,
    headers: Readonly<Record<string, string>>,
    body: string,
    server: Server,
  ): void {
    const group = this.groupOf(table);
    group.ids.push(...idsOf(body));
    const { id, label } = group.transaction;
    const answer = () =>
      server.reply({ status: 200, host: node, body: loadReplyOf({ label, id, ids: idsOf(body), headers }) });
    if (headers.group_commit === 'sync_mode') group.waiting.push(answer);
    else answer();
  }

  private groupOf(table: string): Group {
    const open = this.groups.get(table);
    if (open !== undefined) return open;
    const label = `group_commit_${++this.groupLabels}`;
    const transaction = this.database.manager.begin({
      database: this.database.name,
      label,
      tables: [table],
      coordinator: 'group commit',
    });
    const group: Group = { transaction, ids: [], waiting: [] };
    this.groups.set(table, group);
    this.scheduler.after(GROUP_COMMIT_MS, () => {
      this.groups.delete(table);
      this.database.commitPrepared(transaction.id, { table, ids: group.ids });
      for (const answer of group.waiting) answer();
    });
    return group;
  }

  private lifeOf(node: string): number {
    return this.lives.get(node) ?? 0;
  }
}

interface LoadAnswer {
  readonly label: string;
  readonly ids: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  readonly id?: bigint;
  readonly status?: 'Fail' | 'Label Already Exists';
  readonly existingJobStatus?: string;
  readonly message?: string;
  readonly visible?: boolean;
}

function loadReplyOf({
  label,
  ids,
  headers,
  id,
  status,
  existingJobStatus,
  message,
  visible = true,
}: LoadAnswer): string {
  const rows = status === undefined ? ids.length : 0;
  return streamLoadReply({
    transactionId: id ?? -1n,
    label,
    comment: '',
    twoPhase: headers.two_phase_commit === 'true',
    groupCommit: headers.group_commit !== undefined && headers.group_commit !== 'off_mode',
    status: status ?? (visible ? 'Success' : 'Publish Timeout'),
    existingJobStatus,
    message: message ?? (visible ? 'OK' : PUBLISH_TIMEOUT_MESSAGE),
    counts: { totalRows: ids.length, loadedRows: rows, filteredRows: 0, unselectedRows: 0 },
    loadBytes: 0,
    times: NO_TIMES,
  });
}

function refusedLoad(error: unknown): Pick<LoadAnswer, 'message'> & Partial<LoadAnswer> {
  const { message } = failureOf(error);
  if (error instanceof TransactionRefused && error.refusal.kind === 'label-used') {
    const status = existingJobStatus(error.refusal.transaction.state);
    return { status: 'Label Already Exists', message, existingJobStatus: status };
  }
  return { status: 'Fail', message };
}

function failureOf(error: unknown): LoadFailure {
  if (error instanceof LoadFailure) return error;
  if (error instanceof TransactionRefused) return refusalFailure(error.refusal);
  throw error;
}

function coordinatorOf(node: string): string {
  return `BE: ${node.replace(/:\d+$/, '')}`;
}

/** Every row is a line `{"id":"…",…}`. */
function idsOf(body: string): string[] {
  return [...body.matchAll(/^\{"id":"([^"]+)"/gm)].map((match) => match[1] ?? '');
}
