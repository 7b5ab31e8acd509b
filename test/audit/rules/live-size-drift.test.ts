import { known, unknown, type LiveNodeGroup } from '../../../lib/audit/facts';
import { liveSizeDrift as rule } from '../../../lib/audit/rules/live-size-drift';
import { DECLARED_IN, nodeGroup, onlyFinding, place, verdict } from '../support/facts';

const live = (...sizes: number[]): { live: LiveNodeGroup[] } => ({
  live: [
    {
      id: 'prod/general',
      volumes: sizes.map((sizeGiB, index) => ({
        instanceId: `i-${index}`,
        volumeId: `vol-${index}`,
        sizeGiB,
      })),
      samples: [],
    },
  ],
});
const group = (more = {}) =>
  nodeGroup({ root: { sizeGiB: known(40) }, place: place('A', { declaredIn: DECLARED_IN }), ...more });

test.each([
  ['as declared', live(40, 40), 'pass'],
  ['grown', live(40, 41), 'finding warning'],
  ['not yet grown', live(30, 40), 'finding note'],
  ['nothing found', { live: [] }, 'cannot-tell'],
  ['no volume found', live(), 'cannot-tell'],
  ['without --live', {}, 'nothing'],
])('judges %s', (_, more, expected) => {
  expect(verdict(rule, { nodeGroups: [group()] }, more)).toBe(expected);
});

test('the finding names volume, instance and the line to change', () => {
  expect(onlyFinding(rule, { nodeGroups: [group()] }, live(40, 60, 50))).toMatchObject({
    message: 'vol-1 of i-1 has 60 GiB, and general declares 40 GiB: the next node starts too small.',
    remediation: 'Change workerGroups.general.rootVolume.sizeGiB in environments/prod.yaml from 40 to 60.',
    fix: { file: 'environments/prod.yaml', path: 'workerGroups.general.rootVolume.sizeGiB', value: 60 },
  });
});

test('the declared size is Headroom’s where it is said: a launch template may be pinned to its birth size', () => {
  expect(verdict(rule, { nodeGroups: [group({ policy: { sizeGiB: 60 } })] }, live(60))).toBe('pass');
});

test('unknown size, and a template that nothing uses', () => {
  expect(verdict(rule, { nodeGroups: [group({ rootVolume: unknown('x') })] }, live(60))).toBe('cannot-tell');
  expect(verdict(rule, { nodeGroups: [group({ kind: 'launch-template' })] }, { live: [] })).toBe('nothing');
});
