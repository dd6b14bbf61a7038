/** What is said of a load whose commit was begun and of which the database knows nothing any more. */
import type { LoadReference } from './model.js';

export function doubtMessage({ database, table, label }: Pick<LoadReference, 'database' | 'table' | 'label'>): string {
  return (
    `The commit of label ${label} into ${database}.${table} was begun, and the database no longer knows the label: ` +
    'the rows may be there or not. Look whether they are, then decide: sluice connector resolve --skip (they are there) or --reload (they are not).'
  );
}
