import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv';
import { parse, stringify } from 'yaml';
import { EnvironmentFileError } from '../../lib/config/environment-file-error';
import { environmentJsonSchema } from '../../lib/config/json-schema';
import {
  controlPlaneCount,
  controlPlaneGroup,
  nodeGroupFilesystems,
  nodeGroupPolicies,
  workerGroups,
} from '../../lib/config/node-groups';
import { parseEnvironment } from '../../lib/config/parse';
import { DEFAULT_RECLAIM_POLICY } from '../../lib/domain/plan/reclaim-policy';
import { isAttached, type Environment } from '../../lib/config/schema';
import { workerAutoScalingGroupName } from '../../lib/domain/names/naming';
import { EXAMPLES, EXAMPLE_FILES, exampleEnvironment } from '../stacks/attach/example-environments';
import { environmentWith, validEnvironment } from './valid-environment';

type Tree = Record<string, unknown>;

const attached = () => ({
  account: '111122223333',
  region: 'eu-central-1',
  cluster: {
    existing: {
      tags: { team: 'shop' },
      controlPlane: {
        instanceIds: ['i-0123456789abcdef0', 'i-0123456789abcdef1', 'i-0123456789abcdef2'],
        os: 'amazon-linux-2023',
        rootVolume: { sizeGiB: 8, maxSizeGiB: 60 },
      },
      workerGroups: {
        general: { autoScalingGroupName: 'nodes', rootVolume: { sizeGiB: 20, maxSizeGiB: 100 } },
      },
    },
  },
});

/** The content above as YAML, with values put at (or, `undefined`, taken from) dotted paths. */
const attachedWith = (changes: Readonly<Record<string, unknown>>): string => {
  const content: Tree = attached();
  for (const [path, value] of Object.entries(changes)) {
    const keys = path.split('.');
    const last = keys.pop() ?? '';
    const parent = keys.reduce<Tree>((tree, key) => (tree[key] ??= {}) as Tree, content);
    if (value === undefined) delete parent[last];
    else parent[last] = value;
  }
  return stringify(content);
};

const mistakes = (changes: Readonly<Record<string, unknown>>) =>
  parseEnvironment('x.yaml', attachedWith(changes)).mistakes ?? [];
const pathsOf = (changes: Readonly<Record<string, unknown>>): string[] =>
  mistakes(changes).map(({ path }) => path.join('.'));

const EXISTING = 'cluster.existing';
const GENERAL = `${EXISTING}.workerGroups.general`;

test('what runs already needs neither zones nor a version; sizes and levels have their defaults', () => {
  const { environment } = parseEnvironment('x.yaml', attachedWith({}));
  expect(environment).toEqual({
    ...{ account: '111122223333', region: 'eu-central-1' },
    cluster: {
      terminationProtection: false,
      existing: {
        ...attached().cluster.existing,
        controlPlane: { ...attached().cluster.existing.controlPlane, nodeRoleNames: [] },
        workerGroups: {
          general: { ...attached().cluster.existing.workerGroups.general, os: 'ubuntu-24.04' },
        },
        nodeRoleNames: [],
      },
    },
    protect: { volumeSnapshots: { everyHours: 24, keep: 7 } },
    diskLevels: { warningPercent: 80, criticalPercent: 90, emergencyPercent: 95, targetPercent: 75 },
    reclaim: DEFAULT_RECLAIM_POLICY,
    notifications: { emails: [] },
  });
});

test.each([
  ['zones', validEnvironment().zones],
  ['kubernetesVersion', '1.36.3'],
  ['vpcCidr', '10.0.0.0/16'],
  ['controlPlane', validEnvironment().controlPlane],
  ['workerGroups', validEnvironment().workerGroups],
  ['cluster.podCidr', '10.244.0.0/16'],
  ['cluster.serviceCidr', '10.96.0.0/12'],
  ['cluster.cniManifest', 'cni.yaml'],
  ['cluster.metricsServerManifest', 'metrics.yaml'],
])('%s would make nodes, and is refused where they run already', (path, value) => {
  const [mistake, ...others] = mistakes({ [path]: value });
  expect(others).toEqual([]);
  expect(mistake?.path.join('.')).toBe(path);
  expect(mistake?.rule).toMatch(/^be left out where cluster\.existing names nodes that run already/);
  expect(mistake?.fix).toMatch(/, or remove cluster\.existing and let Headroom make the nodes$/);
});

test('a mistake names line, rule, value and what to write instead', () => {
  const text = `account: '111122223333'
region: eu-central-1
zones: [eu-central-1a]
workerGroups: {}
cluster:
  existing:
    tags: {}
    workerGroups:
      general:
        autoScalingGroupName: nodes
        min: 1
        rootVolume: { sizeGiB: 20, maxSizeGiB: 10, iops: 4000 }
`;
  expect(new EnvironmentFileError(parseEnvironment('x.yaml', text).mistakes ?? []).message).toBe(
    [
      '6 mistakes in the environment file:',
      `x.yaml:3:1  zones
  must be left out where cluster.existing names nodes that run already (Headroom creates none)
  found: ["eu-central-1a"]
  fix: remove the key, or remove cluster.existing and let Headroom make the nodes`,
      `x.yaml:4:1  workerGroups
  must be left out where cluster.existing names nodes that run already (Headroom creates none)
  found: {}
  fix: name the Auto Scaling groups in cluster.existing.workerGroups, or remove cluster.existing and let Headroom make the nodes`,
      `x.yaml:7:11  cluster.existing.tags
  must be a map with at least one tag, or everything in the account would be meant
  found: {}
  fix: write a tag that all the instances have, e.g. KubernetesCluster: prod.example.com`,
      `x.yaml:11:9  cluster.existing.workerGroups.general.min
  must be one of the known keys: autoScalingGroupName, os, rootVolume
  found: 1
  fix: remove the key`,
      `x.yaml:12:48  cluster.existing.workerGroups.general.rootVolume.maxSizeGiB
  must be a whole number from 20 to 65536 GiB
  found: 10
  fix: write a number in that range, e.g. 200`,
      `x.yaml:12:52  cluster.existing.workerGroups.general.rootVolume.iops
  must be one of the known keys: sizeGiB, maxSizeGiB, growthGiBPerDay
  found: 4000
  fix: remove the key`,
    ].join('\n\n'),
  );
});

test('a misspelt existing is recognised', () => {
  const [mistake] = parseEnvironment('x.yaml', environmentWith({ 'cluster.exsting': {} })).mistakes ?? [];
  expect(mistake).toMatchObject({ fix: 'did you mean "existing"? Otherwise remove the key' });
});

test('existing with nothing below it is an attached environment without its nodes', () => {
  expect(pathsOf({ [EXISTING]: null })).toEqual([EXISTING]);
});

const ID = 'i-0123456789abcdef0';

test.each<[string, unknown[], unknown[]]>([
  [
    `${EXISTING}.tags`,
    [{ a: '' }, { 'eks:cluster-name': 'shop' }],
    [
      {},
      null,
      { 'aws:x': 'y' },
      { 'headroom:role': 'worker' },
      { a: 1 },
      { a: '*' },
      { 'a*': 'b' },
      { a: '${x}' },
    ],
  ],
  [`${EXISTING}.controlPlane.instanceIds`, [[ID]], [[], ['i-1'], [ID, ID], ['i-0123456789ABCDEF0'], ID]],
  [`${EXISTING}.controlPlane.rootVolume.sizeGiB`, [1, 60], [0, 61, '8']],
  [`${EXISTING}.controlPlane.rootVolume.maxSizeGiB`, [20, 65_536], [19, 65_537]],
  [`${GENERAL}.autoScalingGroupName`, ['a', 'x'.repeat(255)], ['', 'x'.repeat(256), 'a*', 'a?', null]],
  [
    `${GENERAL}.rootVolume`,
    [{ sizeGiB: 5, maxSizeGiB: 20, growthGiBPerDay: 1 }],
    [{ sizeGiB: 5 }, { maxSizeGiB: 20 }],
  ],
  [
    `${EXISTING}.nodeRoleNames`,
    [[], ['a.b+c=d,e@f-g_h']],
    [['a/b'], ['a', 'a'], ['arn:aws:iam::1:role/a'], 'a'],
  ],
  [`${EXISTING}.metricNamespaces`, ['separate', 'shared'], ['CWAgent', '', true]],
  ['cluster.terminationProtection', [true], ['yes']],
  [
    'protect',
    [{ etcdSnapshots: { everyHours: 6 } }, { volumeSnapshots: { keep: 3 } }],
    [{ etcdSnapshots: { everyHours: 5 } }],
  ],
  ['gameDays', [{ nodeGroup: 'general' }, { nodeGroup: 'control-plane' }], [{ nodeGroup: 'memory' }]],
])('%s', (path, allowed, refused) => {
  for (const value of allowed) expect([value, pathsOf({ [path]: value })]).toEqual([value, []]);
  for (const value of refused) expect([value, pathsOf({ [path]: value }).length > 0]).toEqual([value, true]);
});

test.each([
  ['account'],
  ['region'],
  [`${EXISTING}.tags`],
  [`${EXISTING}.workerGroups`],
  [`${GENERAL}.autoScalingGroupName`],
  [`${GENERAL}.rootVolume`],
  [`${EXISTING}.controlPlane.instanceIds`],
])('%s cannot be left out', (path) => expect(pathsOf({ [path]: undefined })).toEqual([path]));

describe('without a control plane, as with EKS', () => {
  const without = { [`${EXISTING}.controlPlane`]: undefined };

  test('there is nothing to protect, and no control plane to fill', () => {
    expect(pathsOf(without)).toEqual([]);
    expect(pathsOf({ ...without, protect: {} })).toEqual(['protect']);
    expect(pathsOf({ ...without, gameDays: { nodeGroup: 'control-plane' } })).toEqual(['gameDays.nodeGroup']);
  });

  test('there must be workers', () => {
    expect(pathsOf({ ...without, [`${EXISTING}.workerGroups`]: {} })).toEqual([`${EXISTING}.workerGroups`]);
    expect(pathsOf({ [`${EXISTING}.workerGroups`]: {} })).toEqual([]);
  });
});

describe('what control-plane nodes alone may do needs their roles, where the file names roles', () => {
  const ROLES = `${EXISTING}.controlPlane.nodeRoleNames`;
  const named = { [`${EXISTING}.nodeRoleNames`]: ['lab-control-plane', 'lab-worker'] };

  test.each([
    [`${EXISTING}.metricNamespaces`, 'separate', `${EXISTING}.metricNamespaces is separate`],
    ['protect.etcdSnapshots', { everyHours: 6 }, 'protect.etcdSnapshots saves etcd'],
  ])('%s', (path, value, why) => {
    const changes = { ...named, [path]: value };
    for (const roles of [undefined, []])
      expect(mistakes({ ...changes, [ROLES]: roles })).toMatchObject([
        {
          path: ROLES.split('.'),
          rule: expect.stringContaining(why) as string,
          found: roles,
          fix: expect.stringMatching(/^write the instance roles of the control-plane nodes/) as string,
        },
      ]);
    expect(mistakes({ ...changes, [ROLES]: ['lab-control-plane'] })).toEqual([]);
    // The stack's outputs name the policies that are attached by hand.
    expect(mistakes({ ...changes, [`${EXISTING}.nodeRoleNames`]: [] })).toEqual([]);
    expect(mistakes({ ...changes, [`${EXISTING}.metricNamespaces`]: 'shared', protect: undefined })).toEqual(
      [],
    );
  });

  test('both are one mistake', () => {
    const both = { [`${EXISTING}.metricNamespaces`]: 'separate', 'protect.etcdSnapshots': {} };
    expect(pathsOf({ ...named, ...both })).toEqual([ROLES]);
  });

  test('without control planes nothing is asked', () =>
    expect(
      pathsOf({
        ...{
          ...named,
          [`${EXISTING}.metricNamespaces`]: 'separate',
          [`${EXISTING}.controlPlane`]: undefined,
        },
      }),
    ).toEqual([]));
});

test('names of groups are held to the same rules, at their own place', () => {
  const group = { autoScalingGroupName: 'a', rootVolume: { sizeGiB: 20, maxSizeGiB: 100 } };
  expect(
    pathsOf({
      [`${EXISTING}.workerGroups`]: { web: group, 'web-large': { ...group, autoScalingGroupName: 'b' } },
    }),
  ).toEqual([`${EXISTING}.workerGroups.web-large`]);
  expect(pathsOf({ [`${EXISTING}.workerGroups`]: { web: group, api: group } })).toEqual([
    `${EXISTING}.workerGroups.api.autoScalingGroupName`,
  ]);
});

describe('one view of both shapes', () => {
  const parsed = (text: string): Environment => parseEnvironment('x.yaml', text).environment!;
  const own = parsed(environmentWith({}));
  const theirs = parsed(attachedWith({}));

  test('which it is', () => expect([isAttached(own), isAttached(theirs)]).toEqual([false, true]));

  test('an Auto Scaling group is theirs, or has our name', () => {
    expect(workerGroups(own).map((group) => workerAutoScalingGroupName('prod', group))).toEqual([
      'headroom-prod-workers-general',
    ]);
    expect(workerGroups(theirs).map((group) => workerAutoScalingGroupName('prod', group))).toEqual(['nodes']);
  });

  test('policies and filesystems of every group', () => {
    expect(nodeGroupPolicies(theirs)).toMatchObject({
      'control-plane': { sizeGiB: 8, maxSizeGiB: 60, warningPercent: 80 },
      general: { sizeGiB: 20, maxSizeGiB: 100 },
    });
    expect(nodeGroupFilesystems(theirs)).toEqual({ 'control-plane': 'xfs', general: 'ext4' });
  });

  test('how many control-plane nodes there are to look after', () => {
    expect([controlPlaneCount(own), controlPlaneCount(theirs)]).toEqual([3, 3]);
    const eks = exampleEnvironment('eks');
    expect([controlPlaneCount(eks), controlPlaneGroup(eks)]).toEqual([0, undefined]);
  });

  test('where a person edits each group', () => {
    const paths = (environment: Environment) => [
      controlPlaneGroup(environment)?.environmentPath,
      ...workerGroups(environment).map(({ environmentPath }) => environmentPath),
    ];
    expect(paths(own)).toEqual(['controlPlane', 'workerGroups.general']);
    expect(paths(theirs)).toEqual([`${EXISTING}.controlPlane`, GENERAL]);
  });
});

describe('editors', () => {
  const validate = new Ajv({ strict: false, validateFormats: false }).compile(
    JSON.parse(environmentJsonSchema()) as object,
  );
  const accepts = (text: string): boolean => validate(parse(text));

  test.each(EXAMPLES)('take the example %s', (name) => {
    validate(parse(EXAMPLE_FILES[name] ?? ''));
    expect(validate.errors).toBeNull();
  });

  test('ask for zones where Headroom makes the nodes, and refuse them where it does not', () => {
    expect(accepts(environmentWith({}))).toBe(true);
    expect(accepts(environmentWith({ zones: undefined }))).toBe(false);
    expect(accepts(environmentWith({ controlPlane: undefined }))).toBe(false);
    expect(accepts(attachedWith({}))).toBe(true);
    expect(accepts(attachedWith({ zones: ['eu-central-1a'] }))).toBe(false);
    expect(accepts(attachedWith({ 'cluster.podCidr': '10.0.0.0/16' }))).toBe(false);
    expect(accepts(attachedWith({ [`${EXISTING}.tags`]: undefined }))).toBe(false);
  });

  test('complete the keys of both shapes from one list', () => {
    const { properties } = JSON.parse(environmentJsonSchema()) as { properties: Record<string, unknown> };
    expect(Object.keys(properties)).toEqual(expect.arrayContaining(['zones', 'cluster', 'gameDays']));
    expect(Object.keys((properties['cluster'] as { properties: object }).properties)).toEqual(
      expect.arrayContaining(['podCidr', 'existing', 'terminationProtection']),
    );
  });
});

test('the schema of the file on disk is this one', () => {
  const file = join(__dirname, '..', '..', 'environments', 'environment.schema.json');
  expect(readFileSync(file, 'utf8')).toBe(environmentJsonSchema());
});
