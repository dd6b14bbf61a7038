/** org.apache.kafka.connect.transforms.Filter */
import { defineTransform } from '../transform.js';

export const filter = defineTransform({
  javaClass: 'org.apache.kafka.connect.transforms.Filter',
  sided: false,
  summary: 'Drops the record; meant to be used with a predicate.',
  fields: {},
  compile: () => ({ apply: () => undefined }),
});
