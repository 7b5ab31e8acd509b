import * as fc from 'fast-check';
import { attach, type Seen, type SeenInstance } from '../../../lib/domain/attach/attach';
import { attachmentSchema, type Attachment } from '../../../lib/domain/attach/attachment';

const OURS = { 'headroom:environment': 'kops' };
const ATTACHED_AT = { 'headroom:attached-at': '2026-11-20T00:00:00.000Z' };
const WORKER = { ...OURS, 'headroom:role': 'worker', 'headroom:node-group': 'general' };
const CONTROL = { ...OURS, 'headroom:role': 'control-plane', 'headroom:node-group': 'control-plane' };
const CONTROL_INSTANCE = { ...CONTROL, 'headroom:volume-snapshots': 'kops' };

const ATTACHMENT: Attachment = {
  environment: 'kops',
  tags: { team: 'a' },
  groups: [
    { name: 'control-plane', role: 'control-plane', instanceIds: ['i-c1', 'i-c2'] },
    { name: 'general', role: 'worker', autoScalingGroupName: 'asg' },
  ],
};

const node = (instanceId: string, tags: Record<string, string>, state = 'running'): SeenInstance => ({
  ...{ instanceId, state, tags },
  rootVolumeId: instanceId.replace('i-', 'vol-'),
});
const member = (instanceId: string, tags: Record<string, string> = {}): SeenInstance =>
  node(instanceId, { team: 'a', 'aws:autoscaling:groupName': 'asg', ...tags });
const volume = (volumeId: string, tags: Record<string, string> = {}) => ({ volumeId, tags });

const SEEN: Seen = {
  instances: [node('i-c1', { team: 'a' }), node('i-c2', { team: 'a' }), member('i-w1')],
  volumes: [volume('vol-c1'), volume('vol-c2'), volume('vol-w1')],
  autoScalingGroups: ['asg'],
  atMs: Date.parse('2026-11-20T00:00:00Z'),
};
const seen = (more: Partial<Seen>): Seen => ({ ...SEEN, ...more });
const withInstances = (...instances: SeenInstance[]): Seen =>
  seen({
    instances: [...SEEN.instances, ...instances],
    volumes: [...SEEN.volumes, ...instances.map(({ rootVolumeId }) => volume(rootVolumeId ?? ''))],
  });

test('instances and their root volumes are tagged, control-plane nodes with their number', () => {
  expect(attach(ATTACHMENT, SEEN)).toEqual({
    tag: [
      { resourceId: 'i-c1', tags: { ...CONTROL_INSTANCE, 'headroom:index': '1', ...ATTACHED_AT } },
      { resourceId: 'i-c2', tags: { ...CONTROL_INSTANCE, 'headroom:index': '2', ...ATTACHED_AT } },
      { resourceId: 'i-w1', tags: { ...WORKER, ...ATTACHED_AT } },
      { resourceId: 'vol-c1', tags: CONTROL },
      { resourceId: 'vol-c2', tags: CONTROL },
      { resourceId: 'vol-w1', tags: WORKER },
    ],
    untag: [],
    problems: [],
    nodes: { 'control-plane': ['i-c1', 'i-c2'], general: ['i-w1'] },
  });
});

test('a node keeps the time of its attachment; one that was attached before that was written down gets none', () => {
  const at = { 'headroom:attached-at': '2026-10-01T00:00:00.000Z' };
  const of = (tags: object, name: string): string | undefined =>
    attach(ATTACHMENT, withInstances(member(name, { ...WORKER, 'headroom:role': 'lost', ...tags }))).tag.find(
      ({ resourceId }) => resourceId === name,
    )?.tags['headroom:attached-at'];
  expect(of(at, 'i-x')).toBe(at['headroom:attached-at']);
  expect(of({}, 'i-y')).toBeUndefined();
});

const untagged = (more: Seen, only?: string): string[] =>
  attach(ATTACHMENT, more, only).untag.map(({ resourceId }) => resourceId);
const tagged = (more: Seen, only?: string): string[] =>
  attach(ATTACHMENT, more, only).tag.map(({ resourceId }) => resourceId);

test.each<[string, SeenInstance]>([
  ['left its group', node('i-x', { team: 'a', ...WORKER })],
  ['lost a tag of the operator', member('i-x', { ...WORKER, team: 'b' })],
  ['is of a group that is gone', node('i-x', { team: 'a', ...WORKER, 'headroom:node-group': 'old' })],
  ['has a part of the tags alone', node('i-x', OURS)],
])('a node that %s is untagged, and stays in no group', (_, instance) => {
  const { untag, nodes } = attach(ATTACHMENT, withInstances(instance));
  const keys = Object.keys(instance.tags).filter((key) => key.startsWith('headroom:'));
  expect(untag).toEqual([{ resourceId: 'i-x', keys: expect.arrayContaining(keys) as string[] }]);
  expect(nodes['general']).toEqual(['i-w1']);
});

test.each(['shutting-down', 'terminated'])('a node that is %s is left alone', (state) => {
  expect(attach(ATTACHMENT, withInstances({ ...member('i-x', WORKER), state })).untag).toEqual([]);
  expect(tagged(withInstances({ ...member('i-x'), state }))).not.toContain('i-x');
});

test.each(['pending', 'running', 'stopping', 'stopped'])('a node that is %s is tagged', (state) =>
  expect(tagged(withInstances({ ...member('i-x'), state }))).toEqual(
    expect.arrayContaining(['i-x', 'vol-x']),
  ),
);

test('detaches a worker without the operator’s tags, and reports a group in which no node has them', () => {
  const out = { ...member('i-x'), tags: { 'aws:autoscaling:groupName': 'asg' } };
  expect(attach(ATTACHMENT, withInstances(out)).problems).toEqual([]);
  expect(tagged(withInstances(out))).not.toContain('i-x');
  const none = seen({ instances: [...SEEN.instances.slice(0, 2), out] });
  expect(attach(ATTACHMENT, none).problems).toEqual([
    'group general: none of the 1 instances of "asg" has the tag team=a',
  ]);
});

test('accepts an empty group', () => {
  expect(attach(ATTACHMENT, seen({ instances: SEEN.instances.slice(0, 2) })).problems).toEqual([]);
});

test('a group that does not exist, and a control-plane node that does not run or lacks a tag', () => {
  const { problems, nodes } = attach(ATTACHMENT, {
    instances: [node('i-c1', {}), node('i-c2', { team: 'a' }, 'terminated')],
    volumes: [],
    autoScalingGroups: [],
    atMs: 0,
  });
  expect(problems).toEqual([
    'i-c1 of control-plane must have the tag team=a',
    expect.stringMatching(/^i-c2 of control-plane was not found .*: write the id of the instance/),
    'group general: there is no Auto Scaling group "asg" in this account and region',
  ]);
  expect(nodes).toEqual({ 'control-plane': [], general: [] });
});

test('what another environment has is said, and not touched: the instance, or its volume', () => {
  const other = { 'headroom:environment': 'prod' };
  const byInstance = attach(ATTACHMENT, withInstances(member('i-x', other)));
  expect(byInstance.problems).toEqual([
    expect.stringMatching(
      /^i-x of general is tagged headroom:environment=prod: a node can belong to one environment/,
    ),
  ]);
  const byVolume = attach(ATTACHMENT, {
    ...SEEN,
    instances: [...SEEN.instances, member('i-x')],
    volumes: [...SEEN.volumes, volume('vol-x', other)],
  });
  expect(byVolume.problems).toEqual([expect.stringMatching(/^vol-x of general is tagged/)]);
  for (const { tag, untag } of [byInstance, byVolume]) {
    expect(tag.map(({ resourceId }) => resourceId)).not.toContain('i-x');
    expect([...tag, ...untag].map(({ resourceId }) => resourceId)).not.toContain('vol-x');
  }
});

test('a root that is no EBS volume cannot be healed; one that is not yet attached is tagged the next time', () => {
  const bare = { ...member('i-x'), rootVolumeId: undefined };
  expect(attach(ATTACHMENT, seen({ instances: [...SEEN.instances, bare] })).problems).toEqual([
    expect.stringContaining('i-x of general has no EBS root volume'),
  ]);
  const born = seen({ instances: [...SEEN.instances, { ...bare, state: 'pending' }] });
  expect(attach(ATTACHMENT, born).problems).toEqual([]);
  expect(tagged(born)).toContain('i-x');
});

test('data volumes of a node stay as they are', () => {
  expect(tagged(seen({ volumes: [...SEEN.volumes, volume('vol-data')] }))).not.toContain('vol-data');
});

test('removes the number of a node that changes from control plane to worker', () => {
  const changed = withInstances(member('i-x', { ...CONTROL, 'headroom:index': '3' }));
  const { tag, untag } = attach(ATTACHMENT, changed);
  expect(tag).toContainEqual({ resourceId: 'i-x', tags: WORKER });
  expect(untag).toEqual([{ resourceId: 'i-x', keys: ['headroom:index'] }]);
});

test('one group alone: its nodes, and what was its, and nothing else', () => {
  const old = withInstances(node('i-x', { team: 'a', ...WORKER }), node('i-y', { team: 'a', ...CONTROL }));
  expect(tagged(old, 'general')).toEqual(['i-w1', 'vol-w1']);
  expect(untagged(old, 'general')).toEqual(['i-x']);
  const gone = { ...ATTACHMENT, groups: [] };
  expect(attach(gone, old, 'general').untag.map(({ resourceId }) => resourceId)).toEqual(['i-x']);
  expect(attach(gone, old, 'general').tag).toEqual([]);
});

describe('whatever there is', () => {
  const tags = fc.record(
    {
      team: fc.constantFrom('a', 'b'),
      'aws:autoscaling:groupName': fc.constantFrom('asg', 'other'),
      'headroom:environment': fc.constantFrom('kops', 'prod'),
      'headroom:role': fc.constantFrom('worker', 'control-plane'),
      'headroom:node-group': fc.constantFrom('general', 'control-plane', 'old'),
      'headroom:index': fc.constantFrom('1', '9'),
      __proto__: fc.constant('x'),
    },
    { requiredKeys: [] },
  );
  const id = fc.constantFrom('c1', 'c2', 'w1', 'w2', 'w3');
  const arbitrarySeen: fc.Arbitrary<Seen> = fc.record({
    instances: fc.uniqueArray(
      fc.record({
        instanceId: id.map((text) => `i-${text}`),
        state: fc.constantFrom('pending', 'running', 'stopped', 'shutting-down', 'terminated'),
        tags,
        rootVolumeId: fc.option(
          id.map((text) => `vol-${text}`),
          { nil: undefined },
        ),
      }),
      { selector: ({ instanceId }) => instanceId },
    ),
    volumes: fc.uniqueArray(fc.record({ volumeId: id.map((text) => `vol-${text}`), tags }), {
      selector: ({ volumeId }) => volumeId,
    }),
    autoScalingGroups: fc.constantFrom(['asg'], ['asg', 'other'], []),
    atMs: fc.integer({ min: 1e12, max: 2e12 }),
  });
  const arbitraryOnly = fc.constantFrom(undefined, 'general', 'control-plane', 'old');

  const tagsOf = (world: Seen): Map<string, Readonly<Record<string, string>>> =>
    new Map([
      ...world.instances.map(({ instanceId, tags: has }) => [instanceId, has] as const),
      ...world.volumes.map(({ volumeId, tags: has }) => [volumeId, has] as const),
    ]);

  const applied = (world: Seen, { tag, untag }: ReturnType<typeof attach>): Seen => {
    const next = (resourceId: string, has: Readonly<Record<string, string>>): Record<string, string> => ({
      ...Object.fromEntries(
        Object.entries(has).filter(
          ([key]) => !untag.some((each) => each.resourceId === resourceId && each.keys.includes(key)),
        ),
      ),
      ...tag.find((each) => each.resourceId === resourceId)?.tags,
    });
    return {
      ...world,
      instances: world.instances.map((each) => ({ ...each, tags: next(each.instanceId, each.tags) })),
      volumes: world.volumes.map((each) => ({ ...each, tags: next(each.volumeId, each.tags) })),
    };
  };

  test('is idempotent', () => {
    fc.assert(
      fc.property(arbitrarySeen, arbitraryOnly, (world, only) => {
        const after = applied(world, attach(ATTACHMENT, world, only));
        const { tag, untag } = attach(ATTACHMENT, after, only);
        expect([tag, untag]).toEqual([[], []]);
      }),
    );
  });

  test('only Headroom’s tags are written or taken, and never another environment’s', () => {
    fc.assert(
      fc.property(arbitrarySeen, arbitraryOnly, (world, only) => {
        const { tag, untag } = attach(ATTACHMENT, world, only);
        const before = tagsOf(world);
        for (const { resourceId, tags: written } of tag) {
          expect(['kops', undefined]).toContain(before.get(resourceId)?.['headroom:environment']);
          expect(Object.keys(written).every((key) => key.startsWith('headroom:'))).toBe(true);
          expect(written['headroom:environment']).toBe('kops');
        }
        for (const { resourceId, keys } of untag) {
          const owner = before.get(resourceId)?.['headroom:environment'];
          const isTagged = tag.some((each) => each.resourceId === resourceId);
          expect(owner ?? (isTagged ? 'kops' : undefined)).toBe('kops');
          expect(keys.every((key) => key.startsWith('headroom:'))).toBe(true);
        }
      }),
    );
  });

  test('every instance with our tag afterwards has the operator’s tags and is a member', () => {
    fc.assert(
      fc.property(arbitrarySeen, (world) => {
        const decision = attach(ATTACHMENT, world);
        const members = Object.values(decision.nodes).flat();
        expect(new Set(members).size).toBe(members.length);
        for (const { instanceId, state, tags: has } of applied(world, decision).instances) {
          if (['shutting-down', 'terminated'].includes(state)) continue;
          expect(has['headroom:environment'] === 'kops').toBe(members.includes(instanceId));
          if (members.includes(instanceId)) expect(has['team']).toBe('a');
        }
      }),
    );
  });
});

test.each<[string, unknown]>([
  ['no tags, which would be everything', { tags: {}, groups: [] }],
  ['a worker group without a name', { tags: { a: 'b' }, groups: [{ name: 'x', role: 'worker' }] }],
  [
    'a control plane without instances',
    { tags: { a: 'b' }, groups: [{ name: 'control-plane', role: 'control-plane', instanceIds: [] }] },
  ],
  [
    'a control plane of another name',
    { tags: { a: 'b' }, groups: [{ name: 'x', role: 'control-plane', instanceIds: ['i-1'] }] },
  ],
  ['an environment, which is the function’s own to say', { environment: 'x', tags: { a: 'b' }, groups: [] }],
])('an attachment with refuses %s', (_, input) => {
  expect(attachmentSchema.safeParse(input).success).toBe(false);
});
