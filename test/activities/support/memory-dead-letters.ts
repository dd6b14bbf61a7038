/** A dead letter queue in memory: what its transactions have brought, and the position that they carry. */
import type { DeadLetterQueue, GroupOffset, OutgoingLetter } from '../../../activities/ports.js';

export class MemoryDeadLetters implements DeadLetterQueue {
  readonly topic = 'dead';
  readonly letters: OutgoingLetter[] = [];
  readonly group = new Map<string, GroupOffset>();
  opened = 0;
  transactions = 0;
  /** Called before a transaction commits; what it throws aborts it. */
  onCommit: () => void = () => undefined;

  async open(): Promise<void> {
    this.opened += 1;
  }

  async positions(partitions: Parameters<DeadLetterQueue['positions']>[0]): Promise<readonly GroupOffset[]> {
    return partitions.flatMap(({ topic, partition }) => this.group.get(`${topic}/${partition}`) ?? []);
  }

  async setPositions(positions: readonly GroupOffset[]): Promise<void> {
    for (const position of positions) this.group.set(`${position.topic}/${position.partition}`, position);
  }

  async transaction(_task: number, work: Parameters<DeadLetterQueue['transaction']>[1]): Promise<void> {
    const letters: OutgoingLetter[] = [];
    const positions: GroupOffset[] = [];
    await work({
      send: async (more) => {
        letters.push(...more.map(copied));
      },
      moveTo: async (more) => {
        positions.push(...more);
      },
    });
    this.onCommit();
    this.transactions += 1;
    this.letters.push(...letters);
    await this.setPositions(positions);
  }

  get values(): string[] {
    return this.letters.map(({ value }) => value?.toString() ?? '(null)');
  }

  async close(): Promise<void> {}
}

/** The bytes are the batch's, and gone with it. */
function copied({ key, value, headers, ...rest }: OutgoingLetter): OutgoingLetter {
  const copy = (bytes: Buffer | null) => (bytes === null ? null : Buffer.from(bytes));
  return {
    ...rest,
    key: copy(key),
    value: copy(value),
    headers: headers.map((header) => ({ key: header.key, value: copy(header.value) })),
  };
}
