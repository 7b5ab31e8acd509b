import { absent, known, unknown } from '../../../lib/audit/facts';
import { growthCapBeyondLimit as rule } from '../../../lib/audit/rules/growth-cap-beyond-limit';
import { DECLARED_IN, nodeGroup, onlyFinding, place, verdict } from '../support/facts';

const capped = (maxSizeGiB: number, volumeType: string) =>
  nodeGroup({ root: { volumeType: known(volumeType) }, policy: { maxSizeGiB } });

test.each([
  ['gp3', 65_536],
  ['io2', 65_536],
  ['gp2', 16_384],
  ['io1', 16_384],
  ['standard', 1_024],
])('%s ends at %d GiB', (type, limit) => {
  expect(verdict(rule, { nodeGroups: [capped(limit, type)] })).toBe('pass');
  expect(verdict(rule, { nodeGroups: [capped(limit + 1, type)] })).toBe('finding error');
});

test('the edit lowers the cap to the limit', () => {
  const group = nodeGroup({ policy: { maxSizeGiB: 70_000 }, place: place('A', { declaredIn: DECLARED_IN }) });
  expect(onlyFinding(rule, { nodeGroups: [group] })).toMatchObject({
    message: 'The cap of 70000 GiB for / of general is beyond the 65536 GiB of gp3.',
    fix: { path: 'workerGroups.general.rootVolume.maxSizeGiB', value: 65_536 },
  });
});

const policy = (maxSizeGiB: number) => ({ policy: { maxSizeGiB } });

test.each([
  ['no cap', nodeGroup(), 'nothing'],
  ['any type may have 16 TiB', nodeGroup({ ...policy(16_384), root: { volumeType: absent } }), 'pass'],
  [
    'not every type more',
    nodeGroup({ ...policy(16_385), root: { volumeType: unknown('x') } }),
    'cannot-tell',
  ],
  ['no type so much', nodeGroup({ ...policy(65_537), root: { volumeType: absent } }), 'finding error'],
  [
    'an image that may have MBR, up to 2 TiB',
    nodeGroup({ ...policy(2_048), family: known('windows') }),
    'pass',
  ],
  [
    'an image that may have MBR, beyond',
    nodeGroup({ ...policy(2_049), family: known('windows') }),
    'cannot-tell',
  ],
  ['an unknown image, beyond 2 TiB', nodeGroup({ ...policy(2_049), family: unknown('x') }), 'cannot-tell'],
  ['an image with GPT, beyond 2 TiB', nodeGroup({ ...policy(2_049), family: known('ubuntu') }), 'pass'],
  [
    'a type called like a property of objects',
    nodeGroup({ ...policy(20_000), root: { volumeType: known('constructor') } }),
    'cannot-tell',
  ],
])('judges %s', (_, group, expected) => {
  expect(verdict(rule, { nodeGroups: [group] })).toBe(expected);
});
