import { absent, known, unknown, type Fact, type ImageFamily } from '../../../lib/audit/facts';
import { rootVolumeShrinks as rule } from '../../../lib/audit/rules/root-volume-shrinks';
import { DECLARED_IN, facts, nodeGroup, onlyFinding, place, verdicts } from '../support/facts';

const sized = (sizeGiB: number) =>
  nodeGroup({ root: { sizeGiB: known(sizeGiB) }, place: place('A', { declaredIn: DECLARED_IN }) });
const against = (before: ReturnType<typeof nodeGroup>) => ({ base: facts({ nodeGroups: [before] }) });

test.each([
  [64, 32, ['finding error']],
  [64, 63, ['finding error']],
  [64, 64, ['pass']],
  [64, 65, ['pass']],
])('from %d to %d GiB', (before, after, expected) => {
  expect(verdicts(rule, { nodeGroups: [sized(after)] }, against(sized(before)))).toEqual(expected);
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
  ['unknown before', hidden, sized(64), ['cannot-tell']],
  ['unknown after', sized(64), hidden, ['cannot-tell']],
  ['the image’s size after', sized(64), bare, ['cannot-tell']],
  ['the image’s size before', bare, sized(64), ['cannot-tell']],
  ['the image’s size both times', bare, bare, ['pass']],
  ['a new group', nodeGroup({ name: 'other' }), sized(64), []],
])('%s', (_, before, after, expected) => {
  expect(verdicts(rule, { nodeGroups: [after] }, against(before))).toEqual(expected);
});

// Of an image that nobody knows, only one of the names can be root's: the other was a second volume.
test.each([
  ['another name, image unknown', unknown('x'), unknown('x'), ['cannot-tell']],
  ['another name, image of no known family', known('other'), known('other'), ['cannot-tell']],
  ['another name, by another known image', known('amazon-linux-2'), known('ubuntu'), ['finding error']],
] satisfies [string, Fact<ImageFamily>, Fact<ImageFamily>, string[]][])(
  '%s',
  (_, familyBefore, familyAfter, expected) => {
    const before = nodeGroup({ family: familyBefore, root: { deviceName: known('/dev/xvda') } });
    const after = nodeGroup({ family: familyAfter, root: { sizeGiB: known(10) } });
    expect(verdicts(rule, { nodeGroups: [after] }, against(before))).toEqual(expected);
  },
);

test('without a base there is nothing to say', () => {
  expect(verdicts(rule, { nodeGroups: [sized(8)] })).toEqual([]);
});
