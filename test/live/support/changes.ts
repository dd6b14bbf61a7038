/** The tests that both databases have. */
import { whatIsMissing } from '../../../sandbox/capture/index.js';
import { lineProgress } from '../../../sandbox/index.js';
import type { DatabaseName } from '../../../sandbox/world/install/databases.js';
import { Live } from './live.js';
import { type AsText, allTypes, changesOf, orders, snapshotOf, visits } from './story.js';
import type { CapturedColumn, Variant } from './variant.js';

export interface ChangesOptions {
  readonly database: DatabaseName;
  readonly columns: readonly CapturedColumn[];
  readonly variants: readonly Variant[];
  readonly text: AsText;
  /** Before the tables are made. */
  readonly first?: string;
}

/**
 * `describe`, for what is said of a database; where that cannot be installed the tests are skipped, which the title
 * and a warning say.
 */
export async function describeLive(database: DatabaseName, title: string, tests: () => void): Promise<void> {
  const missing = await whatIsMissing(database, lineProgress());
  if (missing === undefined) return describe(title, tests);
  console.warn(`Skipped: ${title}. ${missing}`);
  describe.skip(`${title} (skipped: ${missing})`, tests);
}

/** Makes the tables, follows them in every variant, changes them, and compares each with what Doris has in the end. */
export async function describeChanges(title: string, options: ChangesOptions): Promise<void> {
  const { database, columns, variants, text, first = '' } = options;
  const tables = { types: allTypes(columns, text), orders: orders(text), visits: visits(text) };

  await describeLive(database, title, () => {
    let live: Live;

    beforeAll(async () => {
      const snapshot = `${first} ${snapshotOf(columns)}`;
      live = await Live.start({ database, tables: Object.values(tables), variants, snapshot });
      await live.capture.source.execute(changesOf(columns));
    }, 180_000);
    afterAll(() => live?.close(), 60_000);

    describe.each(variants)('$title', (variant) => {
      test('values of all types', () => live.arrives(tables.types, variant), 240_000);

      test(
        'inserts, updates, deletes, changed keys and new columns',
        () => live.arrives(tables.orders, variant),
        240_000,
      );

      // ExtractNewRecordState drops truncates.
      if (variant.flattenedBy === undefined) {
        test('a truncated table', () => live.arrives(tables.visits, variant), 240_000);
      }
    });
  });
}
