import { countLine } from './count-reporter.js';

const results = {
  numPassedTests: 12,
  numFailedTests: 0,
  numRuntimeErrorTestSuites: 0,
  numPendingTests: 0,
  numTodoTests: 0,
};

test('counts what has passed and failed', () => {
  expect(countLine({ ...results, numFailedTests: 3 })).toBe('12 passed, 3 failed');
});

test('a file that fails to load is a failure', () => {
  expect(countLine({ ...results, numRuntimeErrorTestSuites: 1 })).toBe('12 passed, 1 failed');
});

test('skipped tests follow when there are any', () => {
  expect(countLine({ ...results, numPendingTests: 2, numTodoTests: 1 })).toBe('12 passed, 0 failed, 3 skipped');
});
