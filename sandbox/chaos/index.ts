/**
 * The chaos runner: real worker processes, a real Temporal server and a real Kafka broker, the double of Doris, and
 * faults in all of them while connectors run. Then the faults stop, everything drains, and a checker holds the tables
 * against what was produced.
 *
 * `World` is the servers; a `Stage` is one run on them: database, topics, tables, connectors, workers, producer and an
 * operator who looks after the connectors. Faults (faults/) are drawn by a seeded plan; scenarios (scenarios/) are
 * fixed stories, each named after what other systems do wrong there.
 */
export { formatReport, formatVerdict } from './report.js';
export { type Outcome, type RandomOptions, Runner, type RunnerOptions } from './run.js';
export { SCENARIOS, type Scenario } from './scenarios/index.js';
export { World } from './world.js';
