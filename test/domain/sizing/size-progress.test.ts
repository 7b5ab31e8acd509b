import type { DeclaredVolume } from '../../../lib/domain/sizing/declared-size';
import { describeProgress, sizeProgress, type SizedNode } from '../../../lib/domain/sizing/size-progress';
import type { SweptExecution } from '../../../lib/domain/sweep/sweep';
import { INSTANCE, NOW_MS, VOLUME } from '../fixtures';

const SINCE_MS = NOW_MS - 120_000;
const volume = (sizeGiB: number, more: Partial<DeclaredVolume> = {}): DeclaredVolume => ({
  ...{ volumeId: VOLUME, sizeGiB, declaredSizeGiB: 40, modifications: [], ...more },
});
const node = (own: DeclaredVolume | undefined, more: Partial<SizedNode> = {}): SizedNode => ({
  ...{ instanceId: INSTANCE, nodeGroup: 'control-plane', launchedAtMs: NOW_MS - 1e9, volume: own, ...more },
});
const execution = (more: Partial<SweptExecution> = {}): SweptExecution => ({
  ...{ instanceId: INSTANCE, startedAtMs: NOW_MS - 60_000, endedAtMs: undefined, status: 'InProgress' },
  ...{ verdict: undefined, ...more },
});
const ended = (more: Partial<SweptExecution> = {}): SweptExecution =>
  execution({ endedAtMs: NOW_MS - 10_000, status: 'Success', verdict: 'healed', ...more });
const optimizing = {
  modifications: [
    { state: 'optimizing' as const, startedAtMs: NOW_MS, targetSizeGiB: 30, progressPercent: 12 },
  ],
};
const see = (own: SizedNode, executions: readonly SweptExecution[] = [], wasBelow = true) => {
  const progress = sizeProgress([own], executions, new Set(wasBelow ? [INSTANCE] : []), SINCE_MS, NOW_MS);
  return [progress.standings[0]?.standing.kind, progress.over];
};

test.each<[string, SizedNode, readonly SweptExecution[], boolean, string, boolean]>([
  ['has it', node(volume(40)), [], true, 'has-it', true],
  ['has more', node(volume(200)), [], false, 'has-it', true],
  ['is below, and nothing stands in the way', node(volume(39)), [], true, 'to-grow', false],
  ['is being grown', node(volume(20)), [execution()], true, 'growing', false],
  ['has the volume, and its filesystem follows', node(volume(40)), [execution()], true, 'growing', false],
  ['has it, and is healed for another reason', node(volume(40)), [execution()], false, 'has-it', true],
  ['has it since its healing ended', node(volume(40)), [ended()], true, 'has-it', true],
  ['EBS is at work', node(volume(30, optimizing)), [], true, 'later', true],
  [
    'was launched 5 minutes ago',
    node(volume(20), { launchedAtMs: NOW_MS - 300_000 }),
    [],
    true,
    'later',
    true,
  ],
  ['called a person', node(volume(20)), [ended({ verdict: 'escalated' })], true, 'failed', true],
  [
    'timed out with its volume grown',
    node(volume(40)),
    [ended({ status: 'TimedOut', verdict: undefined })],
    true,
    'failed',
    true,
  ],
  [
    'failed before the deploy',
    node(volume(20)),
    [ended({ status: 'Failed', endedAtMs: SINCE_MS - 1, verdict: undefined })],
    true,
    'to-grow',
    false,
  ],
  [
    'failed, and is tried again',
    node(volume(20)),
    [ended({ status: 'Failed', verdict: undefined }), execution()],
    true,
    'growing',
    false,
  ],
  [
    'another node’s failure',
    node(volume(20)),
    [ended({ status: 'Failed', instanceId: 'i-0', verdict: undefined })],
    true,
    'to-grow',
    false,
  ],
  ['ended without a verdict', node(volume(20)), [ended({ verdict: undefined })], true, 'failed', true],
  ['waits for EBS', node(volume(20)), [ended({ verdict: 'waiting' })], true, 'later', true],
  [
    'waits for an hour yet',
    node(volume(20)),
    [ended({ verdict: 'waiting', waitsUntilMs: NOW_MS + 3_600_000 })],
    true,
    'later',
    true,
  ],
  [
    'has waited long enough',
    node(volume(20)),
    [ended({ verdict: 'waiting', waitsUntilMs: NOW_MS - 1 })],
    true,
    'to-grow',
    false,
  ],
  ['is ending', node(volume(20)), [ended({ verdict: 'gone' })], true, 'later', true],
  ['is unknown', node(undefined), [], true, 'unknown', false],
])('a node that %s', (_, own, executions, wasBelow, kind, over) => {
  expect(see(own, executions, wasBelow)).toEqual([kind, over]);
});

test('describes how many nodes have their size, and why each other node has not', () => {
  const progress = sizeProgress(
    [node(volume(40)), node(volume(30, optimizing), { instanceId: 'i-0ff99ee88dd77cc66' })],
    ...([[], new Set<string>(), SINCE_MS, NOW_MS] as const),
  );
  expect(describeProgress(progress)).toBe(
    '1 of 2 nodes have their declared size; i-0ff99ee88dd77cc66 of control-plane grows later, ' +
      `the last modification is still optimizing, 12 % done (${VOLUME} has 30 GiB, but 40 GiB are declared)`,
  );
});

test('describes hundreds of nodes within CloudFormation’s limit', () => {
  const many = Array.from({ length: 500 }, () => node(volume(30, optimizing)));
  const text = describeProgress(sizeProgress(many, [], new Set(), SINCE_MS, NOW_MS));
  expect(text).toMatch(/^0 of 500 .*; and 492 more$/);
  expect(text.length).toBeLessThan(1_500);
});

test('is done at once while no node runs', () => {
  const none = sizeProgress([], [], new Set(), SINCE_MS, NOW_MS);
  expect(none.over).toBe(true);
  expect(describeProgress(none)).toBe('no running node has a declared size');
});
