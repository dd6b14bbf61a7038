/**
 * The seeded simulator: Sluice's own code under any schedule of faults that a seed decides on.
 *
 * What is real: the connector's core (`workflows/core/`), the activities, range planning, the Doris driver down to its
 * requests, and the state machine of labels and transactions that the doubles have. What is simulated: Temporal, the
 * worker processes, Kafka, the network, the servers of Doris, the operator, and time. One random source decides
 * everything; a failure can be had again by its seed, and is shrunk to the fewest faults that bring it about.
 */

export { FAULTS, type Fault, type Mode, type SimulationSettings, settingsOf } from './settings.js';
export { shrink } from './shrink.js';
export { type Result, simulate } from './simulation.js';
