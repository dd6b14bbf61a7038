import { PREDICATES, TRANSFORM_NAMES, TRANSFORMS, transformsPage } from '../../../connect/transforms/index.js';

test.each([...TRANSFORMS, ...PREDICATES].map((type) => [type.javaClass, type] as const))(
  'every key of %s is explained, and every default is valid',
  (javaClass, { fields, summary }) => {
    expect(summary).not.toBe('');
    for (const [key, { spec, read }] of Object.entries(fields)) {
      expect([key, spec.documentation !== '' || spec.noEffect !== undefined]).toEqual([key, true]);
      if (spec.defaultText !== undefined) expect([key, read(spec.defaultText).ok]).toEqual([key, true]);
    }
    expect(transformsPage()).toContain(`\`${javaClass}\``);
  },
);

test('transforms are there under their full and their simple Java names', () => {
  expect(TRANSFORM_NAMES).toEqual(
    expect.arrayContaining([
      'org.apache.kafka.connect.transforms.InsertField$Key',
      'InsertField$Value',
      'io.debezium.transforms.ExtractNewRecordState',
      'Filter',
    ]),
  );
});
