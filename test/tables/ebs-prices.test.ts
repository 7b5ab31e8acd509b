import fc from 'fast-check';
import { readPriceTable, volumeCostPerMonth, type PricedVolume } from '../../lib/tables/ebs-prices';
import { ENVIRONMENTS } from '../app/environments';

const gp3 = (more: Partial<PricedVolume> = {}): PricedVolume => ({
  volumeType: 'gp3',
  sizeGiB: 100,
  ...more,
});
const cost = (volume: PricedVolume, region = 'ap-northeast-1'): number => {
  const figure = volumeCostPerMonth(volume, region);
  if ('why' in figure) throw new Error(figure.why);
  return figure.value;
};

test.each<[string, PricedVolume, number]>([
  ['the size alone', gp3(), 9.6],
  ['what comes with gp3', gp3({ iops: 3_000, throughputMiBps: 125 }), 9.6],
  ['one IOPS more', gp3({ iops: 3_001 }), 9.606],
  ['one MiB/s more', gp3({ throughputMiBps: 126 }), 9.648],
  ['both', gp3({ iops: 4_000, throughputMiBps: 250 }), 9.6 + 6 + 6],
  ['gp2 pays nothing for its IOPS', { volumeType: 'gp2', sizeGiB: 100, iops: 300 }, 12],
  ['io1', { volumeType: 'io1', sizeGiB: 100, iops: 1_000 }, 14.2 + 74],
  [
    'io2 in three tiers',
    { volumeType: 'io2', sizeGiB: 100, iops: 65_000 },
    14.2 + 32_000 * 0.074 + 32_000 * 0.0518 + 1_000 * 0.03626,
  ],
  [
    'io2 up to the first tier’s end',
    { volumeType: 'io2', sizeGiB: 100, iops: 32_000 },
    14.2 + 32_000 * 0.074,
  ],
])('%s', (_, volume, dollars) => expect(cost(volume)).toBeCloseTo(dollars, 6));

test.each<[string, PricedVolume, string, RegExp]>([
  ['a region', gp3(), 'mars-north-1', /no prices of the region mars-north-1/],
  ['a region that is a property of every object', gp3(), 'constructor', /no prices of the region/],
  ['a type', { volumeType: 'gp9', sizeGiB: 1 }, 'us-east-1', /no price of gp9/],
  ['source, which is no type', { volumeType: 'source', sizeGiB: 1 }, 'us-east-1', /no price of source/],
  ['paid IOPS', gp3({ iops: 3_001 }), 'eu-central-1', /no price of gp3's IOPS/],
  ['io1 without its IOPS', { volumeType: 'io1', sizeGiB: 1 }, 'us-east-1', /IOPS/],
])('%s without a price is said, and not taken for 0', (_, volume, region, why) => {
  expect(volumeCostPerMonth(volume, region)).toEqual({ why: expect.stringMatching(why) as string });
});

test('cost grows with size, IOPS and throughput', () => {
  const amount = fc.integer({ min: 0, max: 60_000 });
  fc.assert(
    fc.property(
      amount,
      amount,
      amount,
      fc.constantFrom('sizeGiB', 'iops', 'throughputMiBps'),
      (size, iops, more, key) => {
        const volume = gp3({ sizeGiB: size, iops, throughputMiBps: 200 });
        const bigger = { ...volume, [key]: (volume[key as 'iops'] ?? 0) + more };
        expect(cost(bigger)).toBeGreaterThanOrEqual(cost(volume));
        if (key === 'sizeGiB' && more > 0) expect(cost(bigger)).toBeGreaterThan(cost(volume));
      },
    ),
  );
});

test('the shipped environments’ regions have a price of what they declare', () => {
  for (const { environment } of ENVIRONMENTS)
    for (const { rootVolume } of [environment.controlPlane, ...Object.values(environment.workerGroups)])
      expect(
        volumeCostPerMonth({ volumeType: rootVolume.type, ...rootVolume }, environment.region),
      ).toHaveProperty('value');
});

test('a table with a price that is none is refused', () => {
  const table = readPriceTable();
  for (const gbMonth of [0, -1, Number.NaN, '0.08'])
    expect(() => readPriceTable({ ...table, regions: { x: { source: 's', gp3: { gbMonth } } } })).toThrow(
      'gbMonth',
    );
});
