/** What the reporter reads of Jest's aggregated result. */
export interface TestCounts {
  numPassedTests: number;
  numFailedTests: number;
  numRuntimeErrorTestSuites: number;
  numPendingTests: number;
  numTodoTests: number;
}

export function countLine(results: TestCounts): string;

export default class CountReporter {
  onRunComplete(contexts: unknown, results: TestCounts): void;
}
