import fc from 'fast-check';
import { known, unknown, type Known } from '../../../lib/domain/known';
import { helperOf, mayDisrupt, type Member, type QuorumFacts } from '../../../lib/domain/operate/quorum';
import { NOW_MS } from '../fixtures';

const MINUTE_MS = 60_000;
const member = (more: Partial<Member> = {}): Member => ({
  instanceId: 'i-0aa11bb22cc33dd45',
  state: 'running',
  statusChecksOk: known(true),
  lastSample: known({ atMs: NOW_MS - MINUTE_MS, usedPercent: 50 }),
  inFlight: known(false),
  ...more,
});
const facts = (others: readonly Member[], more: Partial<QuorumFacts> = {}): QuorumFacts => ({
  worker: false,
  others: known(others),
  declaredMembers: others.length + 1,
  emergencyPercent: 95,
  ...more,
});
const may = (asked: QuorumFacts): boolean => mayDisrupt(asked, NOW_MS).allowed;

test('allows a reboot while both other control-plane nodes are healthy', () => {
  expect(mayDisrupt(facts([member(), member()]), NOW_MS)).toEqual({ allowed: true });
});

test('allows a reboot of the only control-plane node', () => {
  expect(may(facts([]))).toBe(true);
});

test.each<[string, Partial<Member>, string]>([
  ['is stopped', { state: 'stopped' }, 'is stopped'],
  ['fails a check', { statusChecksOk: known(false) }, 'fails a status check'],
  ['has unknown checks', { statusChecksOk: unknown('throttled') }, 'throttled'],
  ['is being healed', { inFlight: known(true) }, 'is being healed'],
  ['may be being healed', { inFlight: unknown('AccessDenied') }, 'AccessDenied'],
  ['has no metrics', { lastSample: known(undefined) }, 'not reported its disk'],
  [
    'has old metrics',
    { lastSample: known({ atMs: NOW_MS - 10 * MINUTE_MS, usedPercent: 1 }) },
    'not reported',
  ],
  ['has unknown metrics', { lastSample: unknown('throttled') }, 'throttled'],
  ['is nearly full', { lastSample: known({ atMs: NOW_MS, usedPercent: 95 }) }, 'is at 95 %'],
  ['has a use that is none', { lastSample: known({ atMs: NOW_MS, usedPercent: NaN }) }, 'NaN'],
])('refuses a reboot when another member %s', (_, more, why) => {
  expect(mayDisrupt(facts([member(), member(more)]), NOW_MS)).toEqual({
    allowed: false,
    why: expect.stringContaining(why) as string,
  });
});

test('refuses a reboot when a member is missing, or the declared count is unknown', () => {
  expect(may(facts([member()], { declaredMembers: 3 }))).toBe(false);
  expect(may(facts([member()], { declaredMembers: NaN }))).toBe(false);
  expect(may(facts([], { others: unknown('throttled') }))).toBe(false);
});

test('allows a reboot of a worker', () => {
  expect(may(facts([member({ state: 'stopped' })], { worker: true, others: unknown('?') }))).toBe(true);
});

const maybe = <T>(values: fc.Arbitrary<T>): fc.Arbitrary<Known<T>> =>
  fc.oneof({ weight: 9, arbitrary: values.map(known) }, { weight: 1, arbitrary: fc.constant(unknown('?')) });
const members: fc.Arbitrary<Member> = fc.record({
  instanceId: fc.constantFrom('i-0aa11bb22cc33dd45', 'i-0aa11bb22cc33dd46'),
  state: fc.constantFrom('running', 'running', 'running', 'stopped', 'pending'),
  statusChecksOk: maybe(fc.constantFrom(true, true, true, false)),
  lastSample: maybe(
    fc.option(
      fc.record({
        atMs: fc.integer({ min: NOW_MS - 15 * MINUTE_MS, max: NOW_MS }),
        usedPercent: fc.double({ min: 0, max: 100, noNaN: true }),
      }),
      { nil: undefined, freq: 9 },
    ),
  ),
  inFlight: maybe(fc.constantFrom(false, false, false, true)),
});

test('allows disruption of the control plane only when all other members are known to be healthy', () => {
  let allowed = 0;
  fc.assert(
    fc.property(
      fc.array(members, { maxLength: 4 }),
      fc.integer({ min: 1, max: 5 }),
      (others, declaredMembers) => {
        if (!may(facts(others, { declaredMembers }))) return;
        allowed += 1;
        expect(others.length).toBeGreaterThanOrEqual(declaredMembers - 1);
        for (const { state, statusChecksOk, inFlight, lastSample } of others) {
          expect([state, statusChecksOk, inFlight]).toEqual(['running', known(true), known(false)]);
          expect(lastSample.known && lastSample.value?.usedPercent).toBeLessThan(95);
        }
      },
    ),
    { numRuns: 2_000 },
  );
  expect(allowed).toBeGreaterThan(50);
});

test('picks a healthy member as helper, even one that is being healed', () => {
  const well = member({ instanceId: 'i-0aa11bb22cc33dd46', inFlight: known(true) });
  expect(helperOf(known([member({ state: 'stopped' }), well]), NOW_MS)).toBe(well.instanceId);
  expect(helperOf(known([member({ lastSample: known(undefined) })]), NOW_MS)).toBeUndefined();
  expect(helperOf(unknown('?'), NOW_MS)).toBeUndefined();
});
