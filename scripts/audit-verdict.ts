/** What the answer of `npm audit --json` (report version 2) comes to. */

const SEVERITIES = ['critical', 'high', 'moderate', 'low', 'info'] as const;
/** These fail a build. */
const SEVERE: readonly string[] = ['critical', 'high'];

export interface AuditVerdict {
  readonly failed: boolean;
  /** What is to be told. */
  readonly lines: readonly string[];
}

interface Vulnerability {
  readonly name?: string;
  readonly severity?: string;
  readonly range?: string;
  readonly via?: readonly (string | { readonly title?: string; readonly url?: string })[];
}

interface AuditReport {
  readonly message?: string;
  readonly vulnerabilities?: Readonly<Record<string, Vulnerability>>;
}

/** Anything that is not a report is no answer: it says nothing about the packages. */
export function auditVerdict(answer: string): AuditVerdict {
  const report = parsed(answer);
  if (report?.vulnerabilities === undefined) {
    const reason = report?.message ?? (answer.trim() === '' ? 'npm said nothing' : answer.trim().slice(0, 200));
    return {
      failed: false,
      lines: [`No audit: the registry gave no answer (${reason}). Nothing is known either way.`],
    };
  }
  const found = Object.values(report.vulnerabilities);
  const severe = found.filter(({ severity = '' }) => SEVERE.includes(severity));
  const counts = SEVERITIES.map((severity) => `${found.filter((one) => one.severity === severity).length} ${severity}`);
  return {
    failed: severe.length > 0,
    lines: [...severe.map(describe), `Packages with known vulnerabilities: ${counts.join(', ')}.`],
  };
}

function parsed(answer: string): AuditReport | undefined {
  try {
    const report: unknown = JSON.parse(answer);
    return typeof report === 'object' && report !== null ? report : undefined;
  } catch {
    return undefined;
  }
}

function describe({ name = '?', severity = '?', range = '', via = [] }: Vulnerability): string {
  const reasons = via.map((cause) =>
    typeof cause === 'string' ? `by way of ${cause}` : `${cause.title ?? ''} ${cause.url ?? ''}`.trim(),
  );
  return `${severity}: ${`${name} ${range}`.trim()}: ${reasons.join('; ')}`;
}
