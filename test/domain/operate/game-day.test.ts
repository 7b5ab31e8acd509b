import fc from 'fast-check';
import {
  chooseNode,
  gameDayReport,
  healingSince,
  type GameDayFacts,
  type Healing,
} from '../../../lib/domain/operate/game-day';
import { VERDICTS } from '../../../lib/domain/outcome/verdict';

const NODES = [
  { instanceId: 'i-00000001', nodeGroup: 'general', launchedAtMs: 100 },
  { instanceId: 'i-00000002', nodeGroup: 'general', launchedAtMs: 300 },
  { instanceId: 'i-00000003', nodeGroup: 'general', launchedAtMs: undefined },
  { instanceId: 'i-00000004', nodeGroup: 'control-plane', launchedAtMs: 50 },
];
const request = (instanceId: string, nodeGroup: string) => ({ instanceId, nodeGroup });

test.each([
  ['the named node', request('i-00000001', ''), 0, { chosen: true, instanceId: 'i-00000001' }],
  ['of a group the youngest', request('', 'general'), 0, { chosen: true, instanceId: 'i-00000002' }],
  ['neither', request('', ''), 0, { chosen: false, why: 'set either InstanceId or NodeGroup, not both' }],
  [
    'both',
    request('i-00000001', 'general'),
    0,
    { chosen: false, why: 'set either InstanceId or NodeGroup, not both' },
  ],
  [
    'a node of elsewhere',
    request('i-0000000f', ''),
    0,
    { chosen: false, why: 'i-0000000f is not a running node of this environment' },
  ],
  [
    'an empty group',
    request('', 'gpu'),
    0,
    {
      chosen: false,
      why: 'the node group gpu has no running node; groups with nodes: control-plane, general',
    },
  ],
  [
    'while one is healed',
    request('i-00000001', ''),
    1,
    { chosen: false, why: '1 healing is under way; try again when no healing is' },
  ],
])('chooses %s', (_, wanted, underWay, choice) => {
  expect(chooseNode(wanted, NODES, underWay)).toEqual(choice);
});

const healing = (changes: Partial<Healing> = {}): Healing => ({
  executionId: 'e1',
  instanceId: 'i-00000001',
  startedAtMs: 160_000,
  endedAtMs: 400_000,
  verdict: 'healed',
  ...changes,
});
const facts = (changes: Partial<GameDayFacts> = {}): GameDayFacts => ({
  instanceId: 'i-00000001',
  filledAtMs: 100_000,
  fillFailure: '',
  releaseFailure: '',
  healings: [healing()],
  ...changes,
});

test('takes the first healing of this node that started after the fill and has ended', () => {
  const since = (...healings: Healing[]) => healingSince(healings, 'i-00000001', 100_000)?.executionId;
  expect(since(healing())).toBe('e1');
  expect(since(healing({ startedAtMs: 100_000 }))).toBe('e1');
  expect(since(healing({ startedAtMs: 99_999 }))).toBeUndefined();
  expect(since(healing({ instanceId: 'i-00000002' }))).toBeUndefined();
  expect(since(healing({ endedAtMs: undefined }))).toBeUndefined();
  expect(since(healing({ executionId: 'later', startedAtMs: 170_000 }), healing())).toBe('e1');
});

test.each<[string, Partial<GameDayFacts>, string, RegExp]>([
  ['healed', {}, 'passed', /^healed; it started 60 s after the fill$/],
  ['relieved', { healings: [healing({ verdict: 'relieved' })] }, 'passed', /^relieved/],
  [
    'escalated',
    { healings: [healing({ verdict: 'escalated' })] },
    'failed',
    /ended with the verdict escalated$/,
  ],
  ['without a verdict', { healings: [healing({ verdict: undefined })] }, 'failed', /without a verdict$/],
  ['nobody came', { healings: [] }, 'failed', /^no healing of the node finished/],
  ['never filled', { filledAtMs: undefined }, 'failed', /not filled: the step did not run$/],
  ['refused', { fillFailure: 'a drill is on already' }, 'failed', /not filled: a drill is on already$/],
  ['not given back', { releaseFailure: 'timed out' }, 'failed', /not released: timed out/],
])('%s', (_, changes, outcome, reason) => {
  const report = gameDayReport(facts(changes));
  expect(report.outcome).toBe(outcome);
  expect(report.reason).toMatch(reason);
});

test('passes only with a fill, a good verdict and a release', () => {
  const failure = fc.constantFrom('', 'no');
  fc.assert(
    fc.property(
      fc.option(fc.integer({ min: 0, max: 500_000 }), { nil: undefined }),
      failure,
      failure,
      fc.array(
        fc.record({
          executionId: fc.constantFrom('a', 'b'),
          instanceId: fc.constantFrom('i-00000001', 'i-00000002'),
          startedAtMs: fc.integer({ min: 0, max: 500_000 }),
          endedAtMs: fc.option(fc.integer({ min: 0, max: 900_000 }), { nil: undefined }),
          verdict: fc.option(fc.constantFrom(...VERDICTS), { nil: undefined }),
        }),
      ),
      (filledAtMs, fillFailure, releaseFailure, healings) => {
        const report = gameDayReport(facts({ filledAtMs, fillFailure, releaseFailure, healings }));
        expect(report.reason).not.toBe('');
        if (report.outcome === 'failed') return;
        expect(filledAtMs).toBeDefined();
        expect([fillFailure, releaseFailure]).toEqual(['', '']);
        expect(['healed', 'relieved']).toContain(report.verdict);
        expect(report.seconds).not.toBeNull();
      },
    ),
  );
});
