/**
 * A Kafka cluster of three brokers for faults that one broker cannot have: leaders that move, logs that a new leader
 * truncates, brokers that come and go. Clients reach the brokers through gates, where responses can be cut.
 */
export { Brokers, type NodeId } from './brokers.js';
export { FetchCutter } from './fetch-cutter.js';
export { ClusterWorld, clusterOf } from './world.js';
