/** Writes to the log all through the time of trouble: records, null values, transactions, and new partitions. */
import type { Flaw, SimulatedLog } from './log.js';
import type { Scheduler } from './scheduler.js';
import type { Trouble } from './trouble.js';

const NEW_PARTITIONS = 3;

export class Producer {
  private added = 0;

  constructor(
    private readonly scheduler: Scheduler,
    private readonly trouble: Trouble,
    private readonly log: SimulatedLog,
  ) {}

  /** Some of the bad records come to be bad only later: what was loaded before then is not to be taken back. */
  private flaw(): Flaw | undefined {
    if (!this.trouble.settings.badRecords) return undefined;
    const random = this.trouble.stream('bad records');
    if (random.chance(0.8)) return undefined;
    const kind = random.next();
    if (kind < 0.3) return 'unreadable';
    const laterMs = kind < 0.6 ? 0 : random.between(0, this.trouble.settings.troubleMs);
    return { refusedFromMs: laterMs === 0 ? 0 : this.scheduler.nowMs() + laterMs };
  }

  /** One write, then the next some time later, until the trouble is over. */
  produce(): void {
    const { trouble, log } = this;
    if (trouble.isOver) return;
    const { records, troubleMs } = trouble.settings;
    const random = trouble.stream('producer');
    const partition = random.pick(log.partitions());
    const burst = random.pick([1, 1, 2, 5, 20]);
    const kind = random.next();
    if (kind < 0.05) log.appendTombstone(partition);
    else if (kind < 0.3 && trouble.has('transactions')) {
      const transaction = log.begin(partition, burst);
      const committed = random.chance(0.7);
      this.scheduler.after(random.delayMs(2_000), () => transaction.end(committed));
    } else {
      for (let count = 0; count < burst; count++) log.append(partition, random.pick([0, 0, 10, 300]), this.flaw());
    }
    if (this.added < NEW_PARTITIONS && trouble.strikes('newPartitions', 0.05, partition.topic)) {
      this.added += 1;
      log.addPartition(partition.topic);
    }
    const typicalBurst = 5.8;
    this.scheduler.after(random.delayMs((troubleMs * typicalBurst) / records), () => this.produce());
  }
}
