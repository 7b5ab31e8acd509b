import { absent, known, unknown, type Fact, type ImageFamily } from '../../../lib/audit/facts';
import { rootVolumeShrinks as rule } from '../../../lib/audit/rules/root-volume-shrinks';
import { DECLARED_IN, facts, nodeGroup, onlyFinding, place, verdict } from '../support/facts';

const sized = (sizeGiB: number) =>
  nodeGroup({ root: { sizeGiB: known(sizeGiB) }, place: place('A', { declaredIn: DECLARED_IN }) });
const against = (before: ReturnType<typeof nodeGroup>) => ({ base: facts({ nodeGroups: [before] }) });

test.each([
  [64, 63, 'finding error'],
  [64, 64, 'pass'],
])('from %d to %d GiB', (before, after, expected) => {
  expect(verdict(rule, { nodeGroups: [sized(after)] }, against(sized(before)))).toBe(expected);
});

test('the edit puts the size back', () => {
  expect(onlyFinding(rule, { nodeGroups: [sized(32)] }, against(sized(64)))).toMatchObject({
    message: '/ of general shrinks from 64 GiB to 32 GiB.',
    fix: { path: 'workerGroups.general.rootVolume.sizeGiB', value: 64 },
  });
});

const bare = nodeGroup({ rootVolume: absent });
const hidden = nodeGroup({ rootVolume: unknown('a parameter') });

test.each([
  ['unknown before', hidden, sized(64), 'cannot-tell'],
  ['unknown after', sized(64), hidden, 'cannot-tell'],
  ['the image’s size after', sized(64), bare, 'cannot-tell'],
  ['the image’s size before', bare, sized(64), 'cannot-tell'],
  ['the image’s size both times', bare, bare, 'pass'],
  ['a new group', nodeGroup({ name: 'other' }), sized(64), 'nothing'],
])('judges %s', (_, before, after, expected) => {
  expect(verdict(rule, { nodeGroups: [after] }, against(before))).toBe(expected);
});

// Of an unknown image, only one of the names can be root's: the other was a second volume.
test.each([
  ['another name, image unknown', unknown('x'), unknown('x'), 'cannot-tell'],
  ['another name, image of no known family', known('other'), known('other'), 'cannot-tell'],
  ['another name, by another known image', known('amazon-linux-2'), known('ubuntu'), 'finding error'],
] satisfies [string, Fact<ImageFamily>, Fact<ImageFamily>, string][])(
  'judges %s',
  (_, familyBefore, familyAfter, expected) => {
    const before = nodeGroup({ family: familyBefore, root: { deviceName: known('/dev/xvda') } });
    const after = nodeGroup({ family: familyAfter, root: { sizeGiB: known(10) } });
    expect(verdict(rule, { nodeGroups: [after] }, against(before))).toBe(expected);
  },
);
