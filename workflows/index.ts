/** What the worker's bundle holds: deterministic code only. */
export { connector } from './connector.js';
