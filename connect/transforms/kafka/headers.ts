/** org.apache.kafka.connect.transforms.InsertHeader and DropHeaders */
import { list, string } from '../../config/field.js';
import type { ConnectRecord, Header } from '../../data/value.js';
import { defineTransform } from '../transform.js';
import { parseString } from '../values/parse-string.js';

export const insertHeader = defineTransform({
  javaClass: 'org.apache.kafka.connect.transforms.InsertHeader',
  sided: false,
  summary: 'Adds a header to each record.',
  fields: {
    header: string().required().doc('The name of the header.').importance('HIGH'),
    'value.literal': string()
      .required()
      .doc('The value, whose type is found as Connect does: `true`, `42`, `2024-05-01`, `[1,2]`, `{"a":1}`, or a text.')
      .importance('HIGH'),
  },
  compile: (values) => {
    const header: Header = { key: values.header, ...parseString(values['value.literal']) };
    return { apply: (record) => withHeaders(record, [...record.headers, header]) };
  },
});

export const dropHeaders = defineTransform({
  javaClass: 'org.apache.kafka.connect.transforms.DropHeaders',
  sided: false,
  summary: 'Removes headers.',
  fields: { headers: list().required().doc('The names of the headers.').importance('HIGH') },
  compile: (values) => {
    const names = new Set(values.headers);
    return {
      apply: (record) => {
        const kept = record.headers.filter(({ key }) => !names.has(key));
        return kept.length === record.headers.length ? record : withHeaders(record, kept);
      },
    };
  },
});

function withHeaders(record: ConnectRecord, headers: readonly Header[]): ConnectRecord {
  return { ...record, headers };
}
