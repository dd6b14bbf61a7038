/** org.apache.kafka.connect.transforms.RegexRouter */
import { string } from '../../config/field.js';
import { compileRouter, regexText } from '../java/regex-field.js';
import { defineTransform } from '../transform.js';

export const regexRouter = defineTransform({
  javaClass: 'org.apache.kafka.connect.transforms.RegexRouter',
  sided: false,
  changesTopic: 'always',
  summary: 'Gives records of topics that match an expression another topic.',
  fields: {
    regex: regexText().required().doc('The expression, which has to match the whole topic.').importance('HIGH'),
    replacement: string()
      .required()
      .doc('The new topic; `$1` stands for the first group of the expression.')
      .importance('HIGH'),
  },
  compile: ({ regex, replacement }) => {
    const route = compileRouter(regex, replacement, 'replacement');
    return {
      apply: (record) => {
        const topic = route(record.topic);
        return topic === undefined ? record : { ...record, topic };
      },
    };
  },
});
