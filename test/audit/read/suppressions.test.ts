import { join } from 'node:path';
import type { Facts } from '../../../lib/audit/facts';
import { readFacts } from '../../../lib/audit/read/read-facts';
import { applySuppressions, type Found } from '../../../lib/audit/suppress';
import { RULES } from '../../../lib/audit/rules';
import { directoryOf, factsOfTemplate, removeMade } from './support';

afterAll(removeMade);

const NOW_MS = Date.parse('2026-11-21T00:00:00Z');

const group = (metadata: unknown, launchMetadata: unknown = undefined) => ({
  Launch: {
    Type: 'AWS::EC2::LaunchTemplate',
    ...(launchMetadata !== undefined && { Metadata: { Headroom: launchMetadata } }),
    Properties: {
      LaunchTemplateData: {
        MetadataOptions: { HttpTokens: 'optional' },
        BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { VolumeSize: 100, VolumeType: 'gp2' } }],
      },
    },
  },
  Group: {
    Type: 'AWS::AutoScaling::AutoScalingGroup',
    ...(metadata !== undefined && { Metadata: { Headroom: metadata } }),
    Properties: { LaunchTemplate: { LaunchTemplateId: { Ref: 'Launch' }, Version: '1' } },
  },
});

const RULE = 'volume-type-outdated';

/** The whole way: template → facts → rules → suppressions. */
const judged = (head: Facts) => {
  const outcomes = RULES.flatMap((rule) => rule.check({ head }).map((outcome) => ({ rule, outcome })));
  const found = outcomes.flatMap(({ rule, outcome }): Found[] =>
    outcome.kind === 'finding' ? [{ rule, outcome }] : [],
  );
  const { kept, suppressed, about } = applySuppressions(found, head.suppressions, NOW_MS, { head, outcomes });
  return {
    kept: kept.filter(({ rule }) => rule.id === RULE).length,
    suppressed: suppressed.map(({ found: { rule } }) => rule.id),
    about: about.map(({ rule }) => rule.id),
    unreadable: head.unreadable.map(({ why }) => why),
  };
};

const one = (more: object = {}) => ({ rule: RULE, reason: 'the snapshot job wants it', ...more });
const clean = { kept: 1, suppressed: [], about: [], unreadable: [] };
const accepted = { kept: 0, suppressed: [RULE], about: [], unreadable: [] };

test.each<[string, unknown, unknown, object]>([
  ['nothing', undefined, undefined, clean],
  ['the group', { suppress: [one()] }, undefined, accepted],
  ['its launch template', undefined, { suppress: [one()] }, accepted],
  ['the group until tomorrow', { suppress: [one({ expires: '2026-11-22' })] }, undefined, accepted],
  [
    'the group until yesterday',
    { suppress: [one({ expires: '2026-11-20' })] },
    undefined,
    { ...clean, about: ['suppression-expired'] },
  ],
  [
    'the group until a day that is none',
    { suppress: [one({ expires: 'soon' })] },
    undefined,
    { ...clean, about: ['suppression-expired'] },
  ],
  [
    'the group without a reason',
    { suppress: [{ rule: RULE }] },
    undefined,
    { ...clean, about: ['suppression-without-reason'] },
  ],
  [
    'the group with a blank reason',
    { suppress: [one({ reason: ' ' })] },
    undefined,
    { ...clean, about: ['suppression-without-reason'] },
  ],
  [
    'the group, of another rule',
    { suppress: [{ rule: 'root-volume-below-minimum', reason: 'r' }] },
    undefined,
    { ...clean, about: ['suppression-unused'] },
  ],
  [
    'the group, of no rule',
    { suppress: [{ rule: 'volume-outdated', reason: 'r' }] },
    undefined,
    { ...clean, about: ['suppression-unused'] },
  ],
  [
    'the group with a typing error',
    { suppress: [one({ expire: '2026-11-22' })] },
    undefined,
    { ...clean, unreadable: [expect.stringMatching(/Group: Metadata.Headroom.suppress.0.*expire/)] },
  ],
  [
    'the group, one right and one wrong',
    { suppress: [one(), { rule: 7 }] },
    undefined,
    { ...accepted, unreadable: [expect.stringMatching(/suppress.1.rule/)] },
  ],
  [
    'the group with a reason that is none',
    { suppress: [one({ reason: 5 })] },
    undefined,
    { ...clean, unreadable: [expect.stringMatching(/suppress.0.reason/)] },
  ],
  [
    'the group, no list',
    { suppress: one() },
    undefined,
    { ...clean, unreadable: [expect.stringMatching(/suppress: .*array/)] },
  ],
  [
    'the group, null',
    { suppress: null },
    undefined,
    { ...clean, unreadable: [expect.stringMatching(/suppress: /)] },
  ],
])('a suppression in the metadata of %s', (_, metadata, launchMetadata, expected) => {
  expect(judged(factsOfTemplate({ Resources: group(metadata, launchMetadata) }))).toEqual(expected);
});

test('a suppression says where it stands, and a resource that never is has none', () => {
  const { suppressions } = factsOfTemplate(`
Conditions: { Never: !Equals [a, b] }
Resources:
  Gone:
    Type: AWS::EC2::Instance
    Condition: Never
    Metadata: { Headroom: { suppress: [{ rule: a, reason: b }] } }
  Here:
    Type: AWS::EC2::Volume
    Metadata:
      Headroom:
        suppress:
          - { rule: volume-unencrypted, reason: a test, expires: 2027-06-30 }
`);
  expect(suppressions).toEqual([
    {
      rule: 'volume-unencrypted',
      reason: 'a test',
      expires: '2027-06-30',
      place: { file: 'template.yaml', line: 8, logicalId: 'Here' },
    },
  ]);
});

const templateWith = (Headroom: unknown) => ({ Metadata: { Headroom }, Resources: group(undefined) });

test.each<[string, unknown, object]>([
  ['a suppression', { suppress: [one()] }, accepted],
  [
    'an expired one',
    { suppress: [one({ expires: '2026-11-20' })] },
    { ...clean, about: ['suppression-expired'] },
  ],
  [
    'one that is not used',
    { suppress: [{ rule: 'root-volume-below-minimum', reason: 'r' }] },
    { ...clean, about: ['suppression-unused'] },
  ],
  [
    'no list',
    { suppress: 'all' },
    { ...clean, unreadable: [expect.stringMatching(/^Metadata.Headroom.suppress/)] },
  ],
  [
    'a key of node groups',
    { maxSizeGiB: 20 },
    { ...clean, unreadable: [expect.stringMatching(/maxSizeGiB: a template has no node group/)] },
  ],
  [
    'an unknown key',
    { colour: 'red' },
    { ...clean, unreadable: [expect.stringMatching(/colour: there is no such key/)] },
  ],
  ['no mapping', 'x', { ...clean, unreadable: [expect.stringMatching(/no mapping/)] }],
])('metadata of the template itself with %s', (_, headroom, expected) => {
  expect(judged(factsOfTemplate(templateWith(headroom)))).toEqual(expected);
});

test('a template accepts for itself and for no other', () => {
  const directory = directoryOf({
    'a.json': JSON.stringify(templateWith({ suppress: [one()] })),
    'b.json': JSON.stringify({ Resources: group(undefined) }),
  });
  expect(judged(readFacts(directory))).toEqual({ ...accepted, kept: 1 });
  expect(judged(readFacts(join(directory, 'a.json')))).toEqual(accepted);
});

test.each<[string, unknown, RegExp]>([
  ['a text', 'x', /Headroom: it is no mapping/],
  ['a list', [], /Headroom: it is no mapping/],
  ['null', null, /Headroom: it is no mapping/],
  ['a number as environment', { environment: 5 }, /Headroom.environment: /],
  ['an empty node group', { nodeGroup: '' }, /Headroom.nodeGroup: /],
  ['an unknown role', { role: 'master' }, /Headroom.role: /],
  ['a number as its file', { environmentFile: 1 }, /Headroom.environmentFile: /],
  ['a list as its path', { environmentPath: ['a'] }, /Headroom.environmentPath: /],
  ['a size as text', { sizeGiB: '64' }, /Headroom.sizeGiB: .*number/],
  ['a size of 0', { sizeGiB: 0 }, /Headroom.sizeGiB: /],
  ['a negative cap', { maxSizeGiB: -1 }, /Headroom.maxSizeGiB: /],
  ['a cap that is unknown', { maxSizeGiB: { Ref: 'Unknown' } }, /Headroom.maxSizeGiB: /],
  ['one level', { diskLevels: { warningPercent: 80 } }, /Headroom.diskLevels.criticalPercent: /],
  [
    'levels beyond 100',
    { diskLevels: { warningPercent: 101, criticalPercent: 90, emergencyPercent: 95, targetPercent: 70 } },
    /Headroom.diskLevels.warningPercent: /,
  ],
  [
    'a fifth level',
    {
      diskLevels: {
        warningPercent: 80,
        criticalPercent: 90,
        emergencyPercent: 95,
        targetPercent: 70,
        panicPercent: 99,
      },
    },
    /Headroom.diskLevels: .*panicPercent/,
  ],
  ['negative growth', { growthGiBPerDay: -1 }, /Headroom.growthGiBPerDay: /],
  ['a quota as text', { etcdQuotaGiB: '8' }, /Headroom.etcdQuotaGiB: /],
  ['a kubelet as list', { kubelet: [] }, /Headroom.kubelet: /],
  [
    'a kubelet with a typing error',
    { kubelet: { evictionPercents: 85 } },
    /Headroom.kubelet: .*evictionPercents/,
  ],
  ['an unknown key', { maxsizeGiB: 5 }, /Headroom.maxsizeGiB: there is no such key/],
  ['a key of prototypes', JSON.parse('{"__proto__": 5}'), /Headroom.__proto__: there is no such key/],
])('metadata with %s are named', (_, Headroom, why) => {
  for (const Type of ['AWS::EC2::Instance', 'AWS::EC2::LaunchTemplate', 'AWS::SNS::Topic']) {
    const { unreadable } = factsOfTemplate({
      Parameters: { Unknown: { Type: 'Number' } },
      Resources: { Bearer: { Type, Metadata: { Headroom }, Properties: {} } },
    });
    expect(unreadable).toEqual([
      {
        file: 'template.json',
        why: expect.stringMatching(new RegExp(`^Bearer: Metadata.${why.source}`)) as string,
      },
    ]);
  }
});

test('metadata by functions are resolved', () => {
  const { nodeGroups, unreadable } = factsOfTemplate({
    Parameters: { Size: { Type: 'Number', Default: 64 } },
    Resources: {
      Node: {
        Type: 'AWS::EC2::Instance',
        Metadata: { Headroom: { sizeGiB: { Ref: 'Size' }, maxSizeGiB: { Ref: 'AWS::NoValue' } } },
        Properties: {},
      },
    },
  });
  expect(unreadable).toEqual([]);
  expect(nodeGroups[0]?.policy).toEqual({ sizeGiB: 64 });
});
