/**
 * The sandbox: everything Sluice talks to, on one machine and without containers.
 *
 * `world/` starts and stops the servers; `doris/` and the other doubles speak the wire protocols of databases that
 * cannot be installed from a package registry. A double is never the database it stands for.
 */

export * from './world/index.js';
