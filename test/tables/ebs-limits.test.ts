import { EBS_LIMITS_SOURCE, ebsLimitsOf } from '../../lib/tables/ebs-limits';
import { ENVIRONMENTS } from '../app/environments';

/** As https://docs.aws.amazon.com/ec2/latest/userguide/ebs-optimized.html has them, independently of the table's source. */
test.each([
  ['c5.large', 593.75, 20_000],
  ['m5.large', 593.75, 18_750],
  ['m5a.large', 360, 16_000],
  ['m5.24xlarge', 2_375, 80_000],
  ['m6i.large', 1_250, 40_000],
  ['m6g.12xlarge', 1_781.25, 50_000],
  ['r5b.16xlarge', 5_000, 173_333],
])('%s drives at most %d MB/s and %d IOPS', (type, maximumThroughputMBps, maximumIops) => {
  const limits = ebsLimitsOf(type);
  expect(limits?.maximumIops).toBe(maximumIops);
  expect(limits?.maximumThroughputMBps).toBeCloseTo(maximumThroughputMBps);
});

test.each(['', 'm7i', 'm7i.', '.large', 'z99.large', 'm7i.nosuch', '__proto__.constructor', 'm7i.__proto__'])(
  'the type %j is not guessed',
  (type) => expect(ebsLimitsOf(type)).toBeUndefined(),
);

test('every type of the shipped environments is there, and its baseline is not above its maximum', () => {
  for (const { environment } of ENVIRONMENTS)
    for (const { instanceType } of [environment.controlPlane, ...Object.values(environment.workerGroups)]) {
      const limits = ebsLimitsOf(instanceType);
      expect(limits?.baselineIops).toBeLessThanOrEqual(limits?.maximumIops ?? 0);
      expect(limits?.baselineThroughputMBps).toBeLessThanOrEqual(limits?.maximumThroughputMBps ?? 0);
    }
});

test('the table says of what date it is', () => {
  expect(EBS_LIMITS_SOURCE.date).toMatch(/^\d{4}-\d\d-\d\d$/);
});
