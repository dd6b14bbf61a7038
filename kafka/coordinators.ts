/** The brokers that look after consumer groups and transactional ids: looked up once, and again when they have moved. */
import { type API, findCoordinatorV4, findCoordinatorV6 } from '@platformatic/kafka';
import { SluiceError } from '../connect/errors.js';
import type { ClusterCore } from './cluster-core.js';
import { isResponseError } from './connections/broker-connection.js';
import { responseError } from './errors.js';
import { retrying } from './retry.js';

/** As FindCoordinator numbers them. */
const KINDS = { group: 0, transaction: 1 } as const;
const WORDS = { group: 'consumer group', transaction: 'transactional id' } as const;

export class Coordinators {
  readonly #core: ClusterCore;
  readonly #kind: keyof typeof KINDS;
  readonly #known = new Map<string, number>();

  constructor(core: ClusterCore, kind: keyof typeof KINDS) {
    this.#core = core;
    this.#kind = kind;
  }

  /** Sends a request to whoever looks after `id`, again and again while Kafka says that it can succeed later. */
  call<Request extends unknown[], Response>(
    id: string,
    apis: readonly API<Request, Response>[],
    request: Request,
    signal: AbortSignal | undefined,
  ): Promise<Response> {
    return retrying(this.#core.retryPolicy, signal, async () => {
      try {
        const coordinator = this.#known.get(id) ?? (await this.#find(id, signal));
        return await this.#core.callBroker(coordinator, apis, request, signal);
      } catch (error) {
        this.#known.delete(id);
        if (isResponseError(error)) throw responseError(error, `${WORDS[this.#kind]} ${id}`);
        throw error;
      }
    });
  }

  async #find(id: string, signal: AbortSignal | undefined): Promise<number> {
    const apis = [findCoordinatorV6.api, findCoordinatorV4.api];
    const response = await this.#core.callAny(apis, [KINDS[this.#kind], [id]], signal);
    const [coordinator] = response.coordinators;
    if (coordinator === undefined) {
      throw new SluiceError('KAFKA_PROTOCOL', `The broker named no coordinator of the ${WORDS[this.#kind]}.`, {
        retryable: true,
      });
    }
    this.#core.metadata.learnBroker(coordinator.nodeId, coordinator);
    this.#known.set(id, coordinator.nodeId);
    return coordinator.nodeId;
  }
}
