/** The simulated dead letter queue: transactions that are fenced by task, and the consumer group that they carry along. */
import type { DeadLetterQueue, GroupOffset, OutgoingLetter } from '../../activities/ports.js';
import { SluiceError } from '../../connect/errors.js';
import { partitionName, samePartition } from '../../workflows/core/offsets.js';
import type { Network } from './network.js';
import type { SimulatedProcess } from './process.js';
import type { Trouble } from './trouble.js';

const REQUEST_TIMEOUT_MS = 10_000;
const TRANSACTION_TIMEOUT_MS = 15_000;

interface Transaction {
  readonly sinceMs: number;
  readonly letters: string[];
  readonly positions: GroupOffset[];
}

/** Of one transactional id. */
interface ProducerState {
  epoch: number;
  open?: Transaction;
}

export class SimulatedDeadLetters {
  private readonly positions = new Map<string, GroupOffset>();
  private readonly producers = new Map<number, ProducerState>();

  constructor(
    private readonly network: Network,
    private readonly trouble: Trouble,
    private readonly nowMs: () => number,
    /** Told the value of every letter that readers of committed transactions see. */
    private readonly onLetter: (value: string) => void,
  ) {}

  /** The queue as the code of one process reaches it. */
  openFor(process: SimulatedProcess): DeadLetterQueue {
    const ask = <T>(what: string, signal: AbortSignal, serve: () => T) => this.ask(process, what, signal, serve);
    return {
      topic: 'dead-letters',
      open: (signal) => ask('dead letter topic', signal, () => undefined),
      positions: (partitions, signal) =>
        ask('dead letter positions', signal, () =>
          partitions.flatMap((partition) => {
            if (this.isPending(partition)) throw failure('the offset is about to change');
            return this.positions.get(partitionName(partition)) ?? [];
          }),
        ),
      setPositions: (positions, signal) =>
        ask('set dead letter positions', signal, () => {
          for (const position of positions) this.positions.set(partitionName(position), position);
        }),
      transaction: async (task, work, signal) => {
        const epoch = await ask('init producer', signal, () => this.begin(task));
        const inTransaction = (what: string, add: (transaction: Transaction) => void) =>
          ask(what, signal, () => add(this.openOf(task, epoch)));
        await work({
          send: (letters) => inTransaction('produce', (open) => open.letters.push(...valuesOf(letters))),
          moveTo: (positions) => inTransaction('txn offsets', (open) => open.positions.push(...positions)),
        });
        await ask('end txn', signal, () => this.commit(task, epoch));
      },
      close: async () => {},
    };
  }

  private async ask<T>(process: SimulatedProcess, what: string, signal: AbortSignal, serve: () => T): Promise<T> {
    const answer = await this.network.ask<{ value: T } | SluiceError>({
      process,
      signal,
      what,
      slowestMs: 500,
      timeoutMs: REQUEST_TIMEOUT_MS,
      failure,
      serve: ({ reply }) => {
        if (this.trouble.strikes('kafka', 0.02, what)) return reply(failure('no leader'));
        try {
          reply({ value: serve() });
        } catch (error) {
          if (!(error instanceof SluiceError)) throw error;
          reply(error);
        }
      },
    });
    if (answer instanceof SluiceError) throw answer;
    return answer.value;
  }

  /** Whoever had the id before is shut out, with what it has begun. */
  private begin(task: number): number {
    const state = this.producers.get(task) ?? { epoch: 0 };
    this.producers.set(task, state);
    state.epoch += 1;
    state.open = { sinceMs: this.nowMs(), letters: [], positions: [] };
    return state.epoch;
  }

  private openOf(task: number, epoch: number): Transaction {
    const state = this.producers.get(task);
    const isOpen = state?.open !== undefined && this.nowMs() - state.open.sinceMs < TRANSACTION_TIMEOUT_MS;
    if (state?.open === undefined || state.epoch !== epoch || !isOpen) throw failure('PRODUCER_FENCED');
    return state.open;
  }

  private commit(task: number, epoch: number): void {
    const { letters, positions } = this.openOf(task, epoch);
    delete this.producers.get(task)?.open;
    for (const position of positions) this.positions.set(partitionName(position), position);
    for (const letter of letters) this.onLetter(letter);
  }

  private isPending(partition: { topic: string; partition: number }): boolean {
    return [...this.producers.values()].some(
      ({ open }) =>
        open !== undefined &&
        this.nowMs() - open.sinceMs < TRANSACTION_TIMEOUT_MS &&
        open.positions.some((position) => samePartition(position, partition)),
    );
  }
}

function valuesOf(letters: readonly OutgoingLetter[]): string[] {
  return letters.map(({ value }) => value?.toString() ?? '');
}

function failure(why: string): SluiceError {
  const code = why === 'cancelled' ? 'CANCELLED' : 'KAFKA_UNREACHABLE';
  return new SluiceError(code, `Kafka: dead letters: ${why}`, { retryable: true });
}
