import { parseEnvironment } from '../../lib/config/parse';
import { environmentWith } from './valid-environment';

const mistakesAt = (changes: Record<string, unknown>): string[] =>
  (parseEnvironment('x.yaml', environmentWith(changes)).mistakes ?? []).map(({ path }) => path.join('.'));

const GENERAL = 'workerGroups.general';

/** path, values allowed (smallest and largest first), values not allowed (just beside them first). */
const FIELDS: [path: string, allowed: unknown[], refused: unknown[]][] = [
  [
    'account',
    ['000000000000', '999999999999'],
    ['11112222333', '1111222233334', 111122223333, 'abcdefghijkl', null],
  ],
  ['region', ['eu-central-1'], ['eu-central', 'EU-CENTRAL-1', 'eu-central-1a', '', 1]],
  [
    'kubernetesVersion',
    ['1.35.0', '1.36.3', '1.37.12'],
    ['1.34.1', '1.38.0', 1.36, 'v1.36.1', '1.36', '1.36.x', '1.36.01', '1.36.100'],
  ],
  [
    'vpcCidr',
    ['10.0.0.0/16', '172.31.16.0/20', '192.168.0.0/16'],
    [
      '10.0.0.0/15',
      '10.0.0.0/21',
      '11.0.0.0/16',
      '172.32.0.0/16',
      '10.0.0.1/16',
      '10.300.0.0/16',
      '10.0.8.0/20',
    ],
  ],
  ['controlPlane.count', [1, 3], [0, 2, 4, 5, '3', 1.5]],
  [
    'controlPlane.instanceType',
    ['t4g.small', 'm7i.large', 'u7i-12tb.224xlarge', 'r8g.metal-24xl', 'm5.metal', 'c7i-flex.2xlarge'],
    ['t3.nano', 't3.micro', 'm7i', 'm7i.huge', 'M7I.LARGE', ''],
  ],
  ['controlPlane.os', ['ubuntu-24.04', 'amazon-linux-2023'], ['ubuntu', 'windows', 'ubuntu-22.04']],
  ['controlPlane.rootVolume.sizeGiB', [20, 200], [19, 201, 65_537, 20.5, '30', -1, Infinity]],
  ['controlPlane.rootVolume.maxSizeGiB', [30, 65_536], [29, 65_537, null]],
  ['controlPlane.rootVolume.growthGiBPerDay', [0, 0.25, 1_000], [-0.1, 1_000.1, '2', null, Infinity]],
  ['controlPlane.rootVolume.type', ['gp3'], ['gp2', 'io2']],
  ['controlPlane.rootVolume.iops', [3_000, 15_000], [2_999, 15_001, 80_001]],
  ['controlPlane.rootVolume.throughputMiBps', [125, 750], [124, 751, 2_001]],
  [`${GENERAL}.min`, [0, 3], [-1, 4, 0.5]],
  [`${GENERAL}.max`, [1, 100], [0, 101]],
  [`${GENERAL}.rootVolume.sizeGiB`, [20, 200], [19, 201]],
  ...['logs', 'coredumps', 'agent', 'containers'].map((step): [string, unknown[], unknown[]] => [
    `reclaim.keepHours.${step}`,
    [0, 8_760],
    [-1, 8_761, 1.5, '24', null],
  ]),
  ['reclaim.journal.keepDays', [1, 365], [0, 366, '2']],
  ['reclaim.journal.keepMiB', [8, 65_536], [7, 65_537]],
  ['reclaim.images.minimumAgeHours', [0, 8_760], [-1, 8_761]],
  [
    'cluster.podCidr',
    ['10.244.0.0/16', '100.64.0.0/10'],
    ['11.0.0.0/16', '10.0.0.1/16', '10.0.0.0/25', '10.0.0.0'],
  ],
  ['cluster.serviceCidr', ['10.96.0.0/12', '172.20.0.0/16'], ['8.8.8.0/24', '10.96.0.0/8']],
  [
    'cluster.cniManifest',
    [`https://example.com/flannel.yml#sha256=${'0a'.repeat(32)}`, 'manifests/cni.yaml', 'flannel', 'none'],
    [
      'http://example.com/cni.yaml',
      'https://example.com/flannel.yml',
      'https://example.com/flannel.yml#sha256=0a',
      `http://example.com/flannel.yml#sha256=${'0a'.repeat(32)}`,
      'https://example.com',
      '/etc/passwd',
      '../cni.yaml',
      'manifests/../../cni.yaml',
      'manifests/..yaml',
      'manifests//cni.yaml',
      './cni.yaml',
      'cni.txt',
      'calico',
      '',
      'https://example.com/a b',
      'https://example.com/$(id)',
    ],
  ],
  ['cluster.terminationProtection', [true, false], ['true', 1]],
  ['protect.etcdSnapshots.everyHours', [1, 24], [0, 5, 25, '6']],
  ['protect.etcdSnapshots.retentionDays', [1, 3650], [0, 3651]],
  ['protect.volumeSnapshots.everyHours', [1, 24], [0, 5, 25]],
  ['protect.volumeSnapshots.keep', [1, 1000], [0, 1001]],
  [`${GENERAL}.growExisting`, [true, false], ['true', 1]],
  [
    'gameDays',
    [{ nodeGroup: 'general' }],
    [{}, { nodeGroup: 'General' }, { nodeGroup: 'general', schedule: 'monthly' }],
  ],
  ['diskLevels.warningPercent', [76, 89], [75, 90, 100, 0, '80']],
  ['diskLevels.criticalPercent', [81, 94], [80, 95]],
  ['diskLevels.emergencyPercent', [91, 99], [90, 100]],
  ['diskLevels.targetPercent', [10, 79], [9, 80]],
];

describe.each(FIELDS)('%s', (path, allowed, refused) => {
  test.each(allowed)('allows %j', (value) => {
    expect(mistakesAt({ [path]: value })).toEqual([]);
  });

  test.each(refused)('refuses %j', (value) => {
    expect(mistakesAt({ [path]: value })).not.toEqual([]);
  });
});

test.each([
  ['account'],
  ['region'],
  ['zones'],
  ['kubernetesVersion'],
  ['controlPlane'],
  ['controlPlane.count'],
  ['controlPlane.instanceType'],
  ['controlPlane.rootVolume'],
  ['controlPlane.rootVolume.sizeGiB'],
  ['controlPlane.rootVolume.maxSizeGiB'],
  ['workerGroups'],
  [`${GENERAL}.min`],
  [`${GENERAL}.max`],
])('%s cannot be left out', (path) => {
  expect(mistakesAt({ [path]: undefined })).toEqual([path]);
});

test('what may be left out gets its default', () => {
  const text = environmentWith({
    vpcCidr: undefined,
    'controlPlane.os': undefined,
    'controlPlane.rootVolume': { sizeGiB: 30, maxSizeGiB: 60 },
    diskLevels: { targetPercent: 70 },
    notifications: undefined,
  });
  expect(parseEnvironment('x.yaml', text).environment).toMatchObject({
    vpcCidr: '10.0.0.0/16',
    controlPlane: { os: 'ubuntu-24.04', rootVolume: { type: 'gp3', iops: 3000, throughputMiBps: 125 } },
    diskLevels: { warningPercent: 80, criticalPercent: 90, emergencyPercent: 95, targetPercent: 70 },
    notifications: { emails: [] },
  });
});

test.each([
  ['zones', ['eu-central-1a', 'eu-central-1b'], 'zones'],
  ['zones', ['eu-central-1a', 'eu-central-1b', 'eu-west-1c'], 'zones.2'],
  ['zones', ['eu-central-1a', 'eu-central-1b', 'eu-central-1b'], 'zones.2'],
  ['zones', [], 'zones'],
  ['zones', 'eu-central-1a', 'zones'],
  ['workerGroups', [], 'workerGroups'],
  ['workerGroups', null, 'workerGroups'],
  ['notifications', { emails: ['not an address'] }, 'notifications.emails.0'],
  ['notifications', { emails: ['a@example.com', 'a@example.com'] }, 'notifications.emails.1'],
  ['notifications', { emails: 'a@example.com' }, 'notifications.emails'],
])('%s = %j is refused', (path, value, at) => {
  expect(mistakesAt({ [path]: value })).toContain(at);
});

test('one control-plane node is enough for one zone, and no workers are allowed', () => {
  expect(mistakesAt({ zones: ['eu-central-1a'], 'controlPlane.count': 1, workerGroups: {} })).toEqual([]);
});

test.each(['control-plane', 'General', 'a.b', '-a', 'a-', '1a', 'a'.repeat(31), 'a_b'])(
  'a worker group cannot be called %s',
  (name) => {
    const group = { min: 1, max: 1, instanceType: 't4g.small', rootVolume: { sizeGiB: 20, maxSizeGiB: 20 } };
    expect(mistakesAt({ workerGroups: { [name]: group } })).toEqual([`workerGroups.${name}`]);
  },
);

test('a group whose name begins with another group’s name and a hyphen would get its alarms', () => {
  const group = { min: 1, max: 1, instanceType: 't4g.small', rootVolume: { sizeGiB: 20, maxSizeGiB: 20 } };
  expect(mistakesAt({ workerGroups: { web: group, 'web-large': group } })).toEqual([
    'workerGroups.web-large',
  ]);
  expect(mistakesAt({ workerGroups: { web: group, weblarge: group } })).toEqual([]);
});

test('as many groups as one environment variable can hold', () => {
  const group = { min: 1, max: 1, instanceType: 't4g.small', rootVolume: { sizeGiB: 20, maxSizeGiB: 20 } };
  const groups = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`group${index}`, group]));
  expect(mistakesAt({ workerGroups: groups(20) })).toEqual([]);
  expect(mistakesAt({ workerGroups: groups(21) })).toEqual(['workerGroups']);
});
