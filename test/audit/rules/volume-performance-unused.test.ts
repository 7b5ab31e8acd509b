import { absent, known, unknown, type BlockDevice } from '../../../lib/audit/facts';
import { volumePerformanceUnusedWith } from '../../../lib/audit/rules/volume-performance-unused';
import { device, nodeGroup, onlyFinding, place, verdict } from '../support/facts';

const LIMITS: Record<string, { maximumIops: number; maximumThroughputMiBps: number }> = {
  small: { maximumIops: 10_000, maximumThroughputMiBps: 500 },
  large: { maximumIops: 40_000, maximumThroughputMiBps: 1_000 },
};
const rule = volumePerformanceUnusedWith((type) => LIMITS[type]);

const of = (root: Partial<BlockDevice>, types: readonly string[] = ['large']) => ({
  nodeGroups: [nodeGroup({ root, instanceTypes: known(types) })],
});
const gp3 = (iops: number, throughput = 125, sizeGiB = 200) => ({
  sizeGiB: known(sizeGiB),
  iops: known(iops),
  throughputMiBps: known(throughput),
});

test.each<[string, Partial<BlockDevice>, string[], string]>([
  ['nothing bought', {}, ['large'], 'nothing'],
  ['what comes with it', gp3(3_000), ['small'], 'pass'],
  ['what both can do', gp3(10_000, 500), ['small'], 'pass'],
  ['one IOPS more than the instance', gp3(10_001, 500), ['small'], 'finding warning'],
  ['one MiB/s more', gp3(10_000, 501), ['small'], 'finding warning'],
  ['the largest of the types counts', gp3(10_001, 501), ['small', 'large'], 'pass'],
  ['500 IOPS a GiB', gp3(10_000, 125, 20), ['large'], 'pass'],
  ['one beyond', gp3(10_001, 125, 20), ['large'], 'finding warning'],
  ['a quarter MiB/s an IOPS', gp3(4_000, 1_000), ['large'], 'pass'],
  ['a MiB/s beyond', gp3(3_999, 1_000), ['large'], 'finding warning'],
  [
    'throughput with the IOPS that come with it',
    { iops: absent, throughputMiBps: known(751) },
    ['large'],
    'finding warning',
  ],
  [
    '50 IOPS a GiB of io1',
    { volumeType: known('io1'), sizeGiB: known(100), iops: known(5_001) },
    ['large'],
    'finding warning',
  ],
  [
    '1,000 IOPS a GiB of io2',
    { volumeType: known('io2'), sizeGiB: known(10), iops: known(10_000) },
    ['large'],
    'pass',
  ],
  ['an instance in no table', gp3(4_000), ['large', 'new'], 'cannot-tell'],
  ['an instance in no table, nothing bought', gp3(3_000), ['new'], 'pass'],
  ['unknown IOPS', { iops: unknown('x') }, ['large'], 'cannot-tell'],
  ['unknown type', { ...gp3(4_000), volumeType: unknown('x') }, ['large'], 'cannot-tell'],
  ['no type', { ...gp3(4_000), volumeType: absent }, ['large'], 'cannot-tell'],
  ['unknown size', { ...gp3(4_000), sizeGiB: unknown('x') }, ['large'], 'cannot-tell'],
])('judges %s', (_, root, types, expected) => {
  expect(verdict(rule, of(root, types))).toBe(expected);
});

test('the finding has the figures', () => {
  expect(onlyFinding(rule, of(gp3(12_000, 600), ['small'])).message).toBe(
    '/dev/sda1 of general pays for 12000 IOPS (small can drive 10000) and 600 MiB/s (small can drive 500).',
  );
});

test('cannot tell with unknown instance types', () => {
  const nodeGroups = [nodeGroup({ root: gp3(4_000), instanceTypes: unknown('x') })];
  expect(verdict(rule, { nodeGroups })).toBe('cannot-tell');
});

test('a single volume may go to any instance', () => {
  const volume = (iops: number) => ({
    volumes: [{ place: place('Data'), device: device(gp3(iops, 125, 20)) }],
  });
  expect(verdict(rule, volume(10_000))).toBe('pass');
  expect(verdict(rule, volume(10_001))).toBe('finding warning');
});
