/** What an error log of the database quotes: rows as they were sent, each with the reason why it does not fit. */

export interface QuotedRow {
  readonly text: string;
  /** False where the end of it was cut off. */
  readonly whole: boolean;
  readonly reason: string;
}

/** `Reason: … src line [row]; ` again and again, the last of which may be cut short. Rows that are not quoted are absent. */
export function quotedRows(log: string): QuotedRow[] {
  const quotes = log.matchAll(/(?:Reason:\s*(.*?)\.?\s*)?src line:? \[(.*?)(?:\]\s*;?\s*(?=Reason:|$)|(…)$)/gs);
  const rows = [...quotes].map(([, reason = '', row = '', cut]) => ({
    text: row.trim(),
    whole: cut === undefined,
    reason: reason.trim(),
  }));
  return rows.filter(({ text }) => text.length > 1);
}

/** The first reason that a log gives, without the row. */
export function firstReason(log: string): string | undefined {
  const reason = /Reason:\s*(.*?)(?:\.?\s*src line|$)/s.exec(log)?.[1]?.trim();
  return reason === '' ? undefined : reason;
}
