import fc from 'fast-check';
import { JsonSyntaxError, parseJson, printJson } from '../../../sandbox/olap/json.js';

describe('exact JSON', () => {
  it('keeps the text of numbers', () => {
    expect(printJson(parseJson(' { "id" : 12345678901234567890, "p": -1.50E+3 } '))).toBe(
      '{"id":12345678901234567890,"p":-1.50E+3}',
    );
  });

  it('reads what JSON.parse reads, and nothing else', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string(), fc.stringMatching(/^[[\]{}":,\d.eE+\-tfn\\ ]*$/)), (text) => {
        expect(outcome(() => JSON.parse(printJson(parseJson(text))))).toEqual(outcome(() => JSON.parse(text)));
      }),
      { numRuns: 2000 },
    );
  });

  it.each(['', '{', '[1,]', '{"a":}', '01', '1.', '"\n"', '"a', 'nul', '{"a" 1}', '1 2', '"\\x"', '-', '\u00a01'])(
    'refuses %j and says where',
    (text) => {
      expect(() => parseJson(text)).toThrow(JsonSyntaxError);
    },
  );

  it('does not run out of stack', () => {
    expect(() => parseJson('['.repeat(100_000))).toThrow('nested too deeply');
  });
});

function outcome(read: () => unknown): unknown {
  try {
    return { value: read() };
  } catch {
    return 'refused';
  }
}
