/**
 * Tables of Doris that change while they are loaded: what there is of them, what rows of a schema need, and the DDL
 * that is executed over the MySQL port. What a schema asks for is worked out in `../schema`.
 */

export { Alterations } from './alterations.js';
export { describeTable } from './describe.js';
export { type Describe, DorisTables } from './known-tables.js';
