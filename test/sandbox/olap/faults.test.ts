import { type Fault, Faults, parseFault } from '../../../sandbox/olap/faults.js';

const LOAD: Fault = { point: 'be.load', phase: 'before', effect: { kind: 'reset' } };

describe('armed faults', () => {
  const fired = (fault: Fault, asks = 10): string => {
    const faults = new Faults();
    faults.arm(fault);
    return Array.from({ length: asks }, () => (faults.take('be.load', 'before') === undefined ? '.' : 'x')).join('');
  };

  it('fire by number', () => {
    expect(fired(LOAD)).toBe('xxxxxxxxxx');
    expect(fired({ ...LOAD, times: 2 })).toBe('xx........');
    expect(fired({ ...LOAD, every: 3 })).toBe('..x..x..x.');
    expect(fired({ ...LOAD, skip: 4, every: 2, times: 2 })).toBe('.....x.x..');
  });

  it('fire by chance, the same way for the same seed', () => {
    const often = { ...LOAD, probability: 0.3, seed: 7 };
    expect(fired(often, 1000)).toBe(fired(often, 1000));
    expect(fired(often, 1000)).not.toBe(fired({ ...often, seed: 8 }, 1000));
    expect(fired(often, 1000).replaceAll('.', '').length).toBeGreaterThan(200);
    expect(fired(often, 1000).replaceAll('.', '').length).toBeLessThan(400);
  });

  it('fire where the whole name matches', () => {
    const faults = new Faults();
    faults.arm({ ...LOAD, table: 'ord.*', label: 'a|b' });
    expect(faults.take('be.load', 'before', { table: 'orders', label: 'a' })).toBeDefined();
    expect(faults.take('be.load', 'before', { table: 'orders', label: 'ab' })).toBeUndefined();
    expect(faults.take('be.load', 'before', { table: 'order', label: 'b' })).toBeDefined();
    expect(faults.take('be.load', 'after', { table: 'orders', label: 'a' })).toBeUndefined();
    expect(faults.take('be.2pc', 'before', { table: 'orders', label: 'a' })).toBeUndefined();
  });

  it('are reported and disarmed', () => {
    const faults = new Faults();
    const id = faults.arm({ ...LOAD, times: 1 });
    faults.arm(LOAD);
    faults.take('be.load', 'before');
    faults.take('be.load', 'before');
    expect(faults.list()).toMatchObject([
      { id, matched: 2, fired: 1 },
      { matched: 1, fired: 1 },
    ]);
    faults.disarm(id);
    expect(faults.list()).toHaveLength(1);
    faults.disarm();
    expect(faults.take('be.load', 'before')).toBeUndefined();
  });

  it.each([
    [undefined, 'a fault is a JSON object'],
    [{ ...LOAD, point: 'x' }, 'point must be one of fe.redirect'],
    [{ ...LOAD, effect: {} }, 'effect.kind must be one of'],
    [{ ...LOAD, label: '(' }, 'label must be a regular expression'],
    [{ ...LOAD, times: 'one' }, 'times must be a number'],
  ])('are checked when they come in: %j', (value, message) => {
    expect(() => parseFault(value)).toThrow(message);
  });
});
