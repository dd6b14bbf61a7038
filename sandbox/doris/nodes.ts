/** The nodes of the double: front ends, one of which leads, and the back end. Each can be stopped and started again. */
import { DatabaseError } from '../olap/model.js';
import { Serial } from '../olap/serial.js';
import type { SwitchableServer } from './switchable-server.js';

export interface NodeReport {
  /** `be`, `fe-0`, `fe-1`, … */
  readonly name: string;
  readonly port: number;
  readonly running: boolean;
  /** The leader among the front ends: it knows the transactions. */
  readonly leader: boolean;
}

export interface NodesOptions {
  readonly frontends: readonly SwitchableServer[];
  readonly backend: SwitchableServer;
  /** The back end is gone, and why in the words of the transactions that end with it. */
  onBackendGone(reason: string): Promise<void>;
  /** A node could not be started again after its time. */
  onError(error: unknown): void;
}

const BACKEND = 'be';
const RESTART_REASON = 'coordinate BE restart';
const DOWN_REASON = 'coordinate BE is down';

/** Owns the timers of nodes that are down for a while; close it before the servers. */
export class Nodes {
  private readonly work = new Serial();
  private readonly timers = new Set<NodeJS.Timeout>();
  private leading: number | undefined = 0;

  constructor(private readonly options: NodesOptions) {}

  /** The port of the front end that leads; undefined when none is up. */
  get leaderPort(): number | undefined {
    return this.leading === undefined ? undefined : this.options.frontends[this.leading]?.port;
  }

  isLeader(frontend: number): boolean {
    return this.leading === frontend;
  }

  list(): readonly NodeReport[] {
    const { backend, frontends } = this.options;
    return [
      { name: BACKEND, port: backend.port, running: backend.isRunning, leader: false },
      ...frontends.map((server, index) => ({
        name: `fe-${index}`,
        port: server.port,
        running: server.isRunning,
        leader: this.isLeader(index),
      })),
    ];
  }

  /**
   * Cuts the node's connections and refuses new ones. With the back end its PREPARE transactions end; with the leader
   * the next front end that is up takes over.
   *
   * @param forMs starts it again after this time
   */
  async stop(name: string, forMs?: number): Promise<void> {
    await this.work.run(() => this.stopNow(name, DOWN_REASON));
    if (forMs === undefined) return;
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      this.start(name).catch(this.options.onError);
    }, forMs);
    this.timers.add(timer);
  }

  /** Opens the node's port again. */
  async start(name: string): Promise<void> {
    await this.work.run(() => this.startNow(name));
  }

  /** Both: transactions that end with the back end say that it has restarted. */
  async restart(name: string): Promise<void> {
    await this.work.run(async () => {
      await this.stopNow(name, RESTART_REASON);
      await this.startNow(name);
    });
  }

  /** A planned change of the leader. */
  elect(name: string): void {
    const { index, server } = this.find(name);
    if (index === undefined || !server.isRunning) throw new DatabaseError(`${name} is no front end that is up`);
    this.leading = index;
  }

  async close(): Promise<void> {
    for (const timer of this.timers) clearTimeout(timer);
    this.timers.clear();
    await this.work.idle();
  }

  private async stopNow(name: string, reason: string): Promise<void> {
    const { index, server } = this.find(name);
    await server.stop();
    if (index === undefined) await this.options.onBackendGone(reason);
    else if (this.isLeader(index)) this.leading = this.firstRunning();
  }

  private async startNow(name: string): Promise<void> {
    const { index, server } = this.find(name);
    await server.start();
    this.leading ??= index;
  }

  private firstRunning(): number | undefined {
    const found = this.options.frontends.findIndex((server) => server.isRunning);
    return found < 0 ? undefined : found;
  }

  /** `index` among the front ends. */
  private find(name: string): { index: number | undefined; server: SwitchableServer } {
    if (name === BACKEND) return { index: undefined, server: this.options.backend };
    const index = name === 'fe' ? 0 : Number(/^fe-(\d+)$/.exec(name)?.[1] ?? Number.NaN);
    const server = this.options.frontends[index];
    if (server !== undefined) return { index, server };
    const known = this.list().map((node) => node.name);
    throw new DatabaseError(`there is no node ${name}; there are ${known.join(', ')}`);
  }
}
