import { auditVerdict } from '../../scripts/audit-verdict.js';

const report = (severity: string) =>
  JSON.stringify({
    auditReportVersion: 2,
    vulnerabilities: {
      leftish: {
        name: 'leftish',
        severity,
        range: '<1.2.3',
        via: ['rightish', { title: 'Pads on the wrong side', url: 'https://example.org/1' }],
      },
    },
  });

test.each(['high', 'critical'])('a %s vulnerability fails, and is told with its package and reasons', (severity) => {
  const { failed, lines } = auditVerdict(report(severity));
  expect(failed).toBe(true);
  expect(lines[0]).toBe(
    `${severity}: leftish <1.2.3: by way of rightish; Pads on the wrong side https://example.org/1`,
  );
  expect(lines.at(-1)).toContain(`1 ${severity}`);
});

test.each(['moderate', 'low', 'info'])('a %s one is counted', (severity) => {
  expect(auditVerdict(report(severity))).toEqual({ failed: false, lines: [expect.stringContaining(`1 ${severity}`)] });
});

test('none at all', () => {
  const { failed, lines } = auditVerdict('{"auditReportVersion":2,"vulnerabilities":{}}');
  expect(failed).toBe(false);
  expect(lines).toEqual(['Packages with known vulnerabilities: 0 critical, 0 high, 0 moderate, 0 low, 0 info.']);
});

test.each([
  ['a registry without the service', '{"message":"405 Method Not Allowed","statusCode":405}', '405 Method Not Allowed'],
  ['no network', '', 'npm said nothing'],
  ['no JSON', '<html>', '<html>'],
  ['no object', 'null', 'null'],
])('%s: no answer, which is said and is not taken for a good one', (_title, answer, reason) => {
  const { failed, lines } = auditVerdict(answer);
  expect(failed).toBe(false);
  expect(lines).toEqual([expect.stringContaining(`No audit: the registry gave no answer (${reason}`)]);
});
