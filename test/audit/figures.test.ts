import fc from 'fast-check';
import {
  absent,
  known,
  unknown,
  type BlockDevice,
  type LiveNodeGroup,
  type NodeGroupFacts,
} from '../../lib/audit/facts';
import { figuresOf, measuredGrowthGiBPerDay } from '../../lib/audit/figures';
import { USABLE_RATIO } from '../../lib/domain/sizing/sizing';

const root = (more: Partial<BlockDevice> = {}): BlockDevice => ({
  deviceName: known('/dev/sda1'),
  sizeGiB: known(60),
  volumeType: known('gp3'),
  iops: known(3_000),
  throughputMiBps: known(125),
  encrypted: known(true),
  snapshotId: absent,
  ebs: true,
  ...more,
});
const group = (more: Partial<NodeGroupFacts> = {}): NodeGroupFacts => ({
  id: 'g',
  name: 'general',
  kind: 'auto-scaling-group',
  place: {
    file: 'x.json',
    stackName: 's',
    logicalId: 'G',
    resourceType: 'AWS::AutoScaling::AutoScalingGroup',
  },
  role: 'worker',
  nodes: { min: known(3), desired: absent, max: known(12) },
  instances: [],
  instanceTypes: known(['m7i.xlarge']),
  image: { family: known('ubuntu'), id: absent },
  blockDevices: known([root()]),
  rootVolume: known(root()),
  imdsV2Required: known(true),
  userData: absent,
  policy: { maxSizeGiB: 400, growthGiBPerDay: 2 },
  tags: {},
  region: known('ap-northeast-1'),
  ...more,
});

const HOUR_MS = 3_600_000;
/** 0.1 points an hour on 100 GiB. */
const live = (hours: number): LiveNodeGroup => ({
  id: 'g',
  volumes: [{ instanceId: 'i-1', volumeId: 'vol-1', sizeGiB: 100 }],
  samples: Array.from({ length: hours + 1 }, (_, hour) => ({
    atMs: hour * HOUR_MS,
    usedPercent: 20 + hour / 10,
  })),
});

test('a worker group of prod', () => {
  const figures = figuresOf(group());
  expect(figures).toMatchObject({
    nodes: { min: { value: 3 }, max: { value: 12 } },
    sizeGiB: { value: 60 },
    maxSizeGiB: { value: 400 },
    recommendedGiB: { value: 45 },
    growthGiBPerDay: { value: 2 },
    growthSource: 'declared',
    costPerMonth: { atMin: { value: 17.28 }, atMax: { value: 69.12 }, atCap: { value: 460.8 } },
  });
  // (80 % of what files can have of 60 GiB, less 14.25 at birth) / 2
  expect(figures.days.warning).toEqual({ value: (0.8 * 60 * USABLE_RATIO - 14.25) / 2 });
  expect(figures.curve.at(-1)?.sizeGiB).toBe(400);
});

test('measured growth goes before the declared one, when there is a day of it', () => {
  const measured = figuresOf(group(), live(48));
  expect(measured.growthSource).toBe('measured');
  expect(measured.growthGiBPerDay).toEqual({ value: expect.closeTo(2.4 * USABLE_RATIO, 6) as number });
  expect(figuresOf(group(), live(23)).growthSource).toBe('declared');
  expect(figuresOf(group({ policy: {} }), live(23)).growthSource).toBe('none');
  expect(measuredGrowthGiBPerDay({ ...live(48), volumes: [] })).toBeUndefined();
  expect(measuredGrowthGiBPerDay({ ...live(48), samples: [] })).toBeUndefined();
});

test('a month of samples of many nodes does not become a call with many arguments', () => {
  const samples = Array.from({ length: 200_000 }, (_, at) => ({ atMs: at * HOUR_MS, usedPercent: 50 }));
  expect(measuredGrowthGiBPerDay({ ...live(1), samples })).toBe(0);
});

test.each<[string, Partial<NodeGroupFacts>, string, RegExp]>([
  ['no size', { rootVolume: absent }, 'sizeGiB', /size of its image/],
  ['no size in the device', { rootVolume: known(root({ sizeGiB: absent })) }, 'sizeGiB', /size of its image/],
  ['instance store', { rootVolume: known(root({ ebs: false })) }, 'sizeGiB', /not an EBS volume/],
  [
    'an unresolved size',
    { rootVolume: known(root({ sizeGiB: unknown('Ref to X') })) },
    'days.warning',
    /Ref to X/,
  ],
  ['no growth', { policy: { maxSizeGiB: 400 } }, 'days.full', /no growth is measured or declared/],
  ['growth of 0', { policy: { growthGiBPerDay: 0 } }, 'days.full', /never/],
  ['no cap', { policy: { growthGiBPerDay: 1 } }, 'days.cap', /no maxSizeGiB/],
  ['no cap', { policy: {} }, 'costPerMonth.atCap', /no maxSizeGiB/],
  ['no region', { region: unknown('AWS::Region is not bound') }, 'costPerMonth.atMin', /not bound/],
  ['another region', { region: known('mars-1') }, 'costPerMonth.atMin', /no prices of the region mars-1/],
  ['no type', { rootVolume: known(root({ volumeType: absent })) }, 'costPerMonth.atMin', /no volume type/],
  ['unresolved IOPS', { rootVolume: known(root({ iops: unknown('If') })) }, 'costPerMonth.atMin', /If/],
  [
    'no most nodes',
    { nodes: { min: known(1), desired: absent, max: absent } },
    'costPerMonth.atMax',
    /largest/,
  ],
  ['no role', { role: 'unknown' }, 'recommendedGiB', /role/],
])('%s is said (%s %s)', (_, more, path, why) => {
  expect(figuresOf(group(more))).toHaveProperty(path, { why: expect.stringMatching(why) as string });
});

test('cost grows with the size', () => {
  const least = (sizeGiB: number): number => {
    const { atMin } = figuresOf(group({ rootVolume: known(root({ sizeGiB: known(sizeGiB) })) })).costPerMonth;
    return 'value' in atMin ? atMin.value : Number.NaN;
  };
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 16_000 }), fc.integer({ min: 1, max: 1_000 }), (size, more) =>
      expect(least(size + more)).toBeGreaterThan(least(size)),
    ),
  );
});

test('a declared policy that makes no sense breaks nothing', () => {
  const number = fc.option(fc.double(), { nil: undefined });
  fc.assert(
    fc.property(number, number, number, number, (maxSizeGiB, growthGiBPerDay, etcdQuotaGiB, level) => {
      const levels = {
        warningPercent: level,
        criticalPercent: level,
        emergencyPercent: level,
        targetPercent: level,
      };
      const policy = {
        maxSizeGiB,
        growthGiBPerDay,
        etcdQuotaGiB,
        diskLevels: level === undefined ? undefined : levels,
      };
      const { curve } = figuresOf(group({ policy: policy as NodeGroupFacts['policy'] }));
      expect(curve.length).toBeLessThan(2_000);
    }),
  );
});
