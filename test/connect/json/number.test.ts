import fc from 'fast-check';
import { decimalText, integerOf, MAX_DECIMAL_DIGITS } from '../../../connect/json/index.js';

describe('decimalText', () => {
  test.each([
    [12345n, 2, '123.45'],
    [-12345n, 2, '-123.45'],
    [5n, 3, '0.005'],
    [-5n, 3, '-0.005'],
    [0n, 2, '0.00'],
    [7n, 0, '7'],
    [7n, -2, '700'],
    [0n, -2, '0'],
    [123456789012345678901234567890n, 10, '12345678901234567890.1234567890'],
  ])('%s with scale %s is %s', (unscaled, scale, text) => expect(decimalText(unscaled, scale)).toBe(text));

  test('property: the digits and the scale can be read back', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }),
        fc.integer({ min: 1, max: 60 }),
        (unscaled, scale) => {
          const [whole = '', fraction = ''] = decimalText(unscaled, scale).split('.');
          expect(fraction).toHaveLength(scale);
          expect(BigInt(whole + fraction)).toBe(unscaled);
          expect(() => JSON.parse(`${whole}.${fraction}`)).not.toThrow();
        },
      ),
    );
  });
});

describe('integerOf', () => {
  test.each([
    ['7', 7n],
    ['-7.0', -7n],
    ['7e2', 700n],
    ['0.7E1', 7n],
    ['70e-1', 7n],
    ['-0.000e5', 0n],
    ['9007199254740993.00', 9007199254740993n],
    ['7.5', undefined],
    ['75e-2', undefined],
    ['1e-1', undefined],
    ['0e999999999', 0n],
    ['1e999999999', undefined],
    ['1e-999999999', undefined],
  ])('%s is %s', (number, value) => expect(integerOf(number)).toBe(value));

  test('property: shifting an integer about does not change it', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }),
        fc.integer({ min: 0, max: 40 }),
        (value, scale) => {
          expect(integerOf(`${decimalText(value, scale)}e${scale}`)).toBe(value);
          expect(integerOf(`${value}${'0'.repeat(scale)}e-${scale}`)).toBe(value);
        },
      ),
    );
  });

  test('leaves numbers of absurd length alone', () => {
    expect(integerOf('1'.repeat(MAX_DECIMAL_DIGITS + 1))).toBeUndefined();
  });
});
