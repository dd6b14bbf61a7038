import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { neededVariables } from './needed-servers.js';

const KAFKA = 'SLUICE_TEST_KAFKA';
let testDir: string;

beforeAll(() => {
  testDir = mkdtempSync(join(tmpdir(), 'sluice-needed-'));
  mkdirSync(join(testDir, 'kafka', 'support'), { recursive: true });
  writeFileSync(join(testDir, 'pure.test.ts'), "import { add } from '../add.js';");
  writeFileSync(join(testDir, 'kafka', 'direct.test.ts'), `process.env.${KAFKA}`);
  writeFileSync(join(testDir, 'kafka', 'indirect.test.ts'), "import { broker } from './support/broker.js';");
  writeFileSync(join(testDir, 'kafka', 'support', 'broker.ts'), "import './address.js';");
  writeFileSync(join(testDir, 'kafka', 'support', 'address.ts'), `import './broker.js'; process.env.${KAFKA}`);
});

afterAll(() => rmSync(testDir, { recursive: true }));

test.each([
  { pattern: 'pure', needed: [] },
  { pattern: 'kafka/direct', needed: [KAFKA] },
  { pattern: 'kafka/indirect', needed: [KAFKA] },
])('a run of $pattern needs $needed', ({ pattern, needed }) => {
  expect([...neededVariables(testDir, [pattern])]).toEqual(needed);
});

test('without a pattern all test files count', () => {
  expect([...neededVariables(testDir, [])]).toEqual([KAFKA]);
});
