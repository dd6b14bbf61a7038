/** The brokers as processes: started, stopped, killed and started again on their data. */
import type { Random } from '../../simulator/random.js';
import type { Progress } from '../../world/index.js';
import { findFree, SANDBOX_HOST } from '../../world/ports.js';
import { isRunning, stopProcess } from '../../world/processes.js';
import { type Service, startService } from '../../world/service.js';
import { brokerService, newClusterId } from '../../world/services/kafka.js';
import { loadState } from '../../world/state.js';
import { Gate } from '../gate.js';
import { until } from '../until.js';
import { FetchCutter } from './fetch-cutter.js';

/** Node 1 is the controller too. */
export const NODE_IDS = [1, 2, 3] as const;
export type NodeId = (typeof NODE_IDS)[number];

const STOP_GRACE_MS = 30_000;
/** A broker that was killed is missed after this time. A busy machine must not lose brokers that are well. */
const SESSION_TIMEOUT_MS = 4_000;

export interface BrokersOptions {
  /** They are recorded with this sandbox, and end with it. */
  readonly sandbox: string;
  readonly random: Random;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

interface Node {
  readonly service: Service;
  readonly gate: Gate;
}

export class Brokers {
  private constructor(
    private readonly nodes: ReadonlyMap<NodeId, Node>,
    readonly cutter: FetchCutter,
    private readonly options: BrokersOptions,
  ) {}

  /** All three are up when it resolves. */
  static async start(options: BrokersOptions): Promise<Brokers> {
    const cutter = new FetchCutter(options.random);
    const [controllerPort = 0, ...ports] = await findFree(1 + 2 * NODE_IDS.length);
    const clusterId = newClusterId();
    const nodes = new Map<NodeId, Node>();
    for (const [index, id] of NODE_IDS.entries()) {
      const [port = 0, internalPort = 0] = ports.slice(2 * index);
      const gate = await Gate.open(port, cutter.tap);
      const service = serviceOf({ id, clusterId, port, gatePort: gate.port, internalPort, controllerPort });
      nodes.set(id, { service, gate });
    }
    const brokers = new Brokers(nodes, cutter, options);
    try {
      for (const { service } of nodes.values()) await service.install(options.progress, options.signal);
      await Promise.all(NODE_IDS.map((id) => brokers.start(id)));
      return brokers;
    } catch (error) {
      await brokers.closeGates();
      throw error;
    }
  }

  /** Addresses of all, for clients. */
  get bootstrap(): string {
    return [...this.nodes.values()].map(({ gate }) => `${SANDBOX_HOST}:${gate.port}`).join(',');
  }

  /** Starts one on the data that it has. */
  async start(id: NodeId): Promise<void> {
    const { sandbox, progress, signal } = this.options;
    await startService(sandbox, this.at(id).service, progress, signal);
  }

  /** As an operator stops it: its leaders move first, where they can. */
  async stop(id: NodeId): Promise<void> {
    const identity = this.identityOf(id);
    if (identity !== undefined) await stopProcess(identity, STOP_GRACE_MS);
  }

  /** SIGKILL: the controller misses it later. */
  async kill(id: NodeId): Promise<void> {
    const identity = this.identityOf(id);
    if (identity === undefined || !(await isRunning(identity))) return;
    process.kill(identity.pid, 'SIGKILL');
    await until(`broker ${id} is gone`, async () => !(await isRunning(identity)), { timeoutMs: 10_000, everyMs: 20 });
  }

  /** For clients only; the processes are the sandbox's. */
  async closeGates(): Promise<void> {
    for (const { gate } of this.nodes.values()) await gate.stop();
  }

  private identityOf(id: NodeId) {
    return loadState(this.options.sandbox).services[this.at(id).service.name]?.process;
  }

  private at(id: NodeId): Node {
    const node = this.nodes.get(id);
    if (node === undefined) throw new RangeError(`there is no broker ${id}`);
    return node;
  }
}

interface NodePlan {
  readonly id: NodeId;
  readonly clusterId: string;
  readonly port: number;
  readonly gatePort: number;
  readonly internalPort: number;
  readonly controllerPort: number;
}

function serviceOf({ id, clusterId, port, gatePort, internalPort, controllerPort }: NodePlan): Service {
  const isController = id === 1;
  const listeners = [`PLAINTEXT://${SANDBOX_HOST}:${port}`, `INTERNAL://${SANDBOX_HOST}:${internalPort}`];
  if (isController) listeners.push(`CONTROLLER://${SANDBOX_HOST}:${controllerPort}`);
  return brokerService({
    name: `kafka-${id}`,
    title: `Kafka broker ${id}`,
    ports: { kafka: port, ...(isController ? { kafkaController: controllerPort } : {}) },
    nodeId: id,
    bootstrap: `${SANDBOX_HOST}:${port}`,
    clusterId,
    properties: {
      'process.roles': isController ? 'broker,controller' : 'broker',
      'controller.quorum.voters': `1@${SANDBOX_HOST}:${controllerPort}`,
      listeners: listeners.join(','),
      // What the brokers say to each other does not go through the gates.
      'advertised.listeners': `PLAINTEXT://${SANDBOX_HOST}:${gatePort},INTERNAL://${SANDBOX_HOST}:${internalPort}`,
      'inter.broker.listener.name': 'INTERNAL',
      'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT',
      'default.replication.factor': NODE_IDS.length,
      'min.insync.replicas': 1,
      'transaction.state.log.min.isr': 1,
      'broker.session.timeout.ms': SESSION_TIMEOUT_MS,
      'broker.heartbeat.interval.ms': SESSION_TIMEOUT_MS / 8,
      // Preferred leaders take over again at once.
      'leader.imbalance.check.interval.seconds': 1,
      'replica.fetch.wait.max.ms': 100,
    },
    // Three of them: small, and quick to start rather than quick in the long run.
    javaOptions: ['-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'],
  });
}
