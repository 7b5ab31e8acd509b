import { healing } from '../../lib/config/healing-schema';
import type { Environment } from '../../lib/config/schema';
import { readHealingBounds } from '../../lib/domain/healing-bounds';
import { healingBounds } from '../../lib/heal/bounds';

const environment = (bounds: object | undefined, max = 10, region = 'eu-central-1'): Environment =>
  ({
    region,
    controlPlane: { count: 3 },
    cluster: {},
    workerGroups: { general: { max } },
    ...(bounds && { healing: healing.parse({ bounds }) }),
  }) as unknown as Environment;
const boundsOf = (...[bounds, max, region]: Parameters<typeof environment>) =>
  healingBounds('prod', environment(bounds, max, region));

test('there are bounds where none are written, and more nodes may grow more', () => {
  const usual = { growthKey: 'growthGiBPerMonth', healingsPerNodePerDay: 24 };
  expect(boundsOf(undefined)).toEqual({ growthGiB: 1_000, ...usual });
  expect(boundsOf(undefined, 47)).toEqual({ growthGiB: 1_000, ...usual });
  expect(boundsOf(undefined, 48)).toEqual({ growthGiB: 1_020, ...usual });
});

test('a snapshot before the first growth goes with them, where it is written', () => {
  const wants = (snapshotBeforeFirstGrowth: boolean): Environment => ({
    ...environment(undefined),
    healing: healing.parse({ snapshotBeforeFirstGrowth }),
  });
  expect(healingBounds('prod', wants(true))).toHaveProperty('snapshotFirst', true);
  expect(healingBounds('prod', wants(false))).not.toHaveProperty('snapshotFirst');
  expect(readHealingBounds(JSON.stringify(healingBounds('prod', wants(true))))).toHaveProperty(
    'snapshotFirst',
    true,
  );
});

test('what is written counts, nothing at all included', () => {
  const written = { growthGiBPerMonth: 0, healingsPerNodePerDay: 3, nodesAtOnce: 5 };
  expect(boundsOf(written)).toEqual({
    ...{ growthGiB: 0, growthKey: 'growthGiBPerMonth' },
    ...{ healingsPerNodePerDay: 3, nodesAtOnce: 5 },
  });
});

test.each([
  // gp3 in eu-central-1: $0.0952 a GiB and month.
  [{ growthUsdPerMonth: 50 }, 525, 'growthUsdPerMonth'],
  [{ growthUsdPerMonth: 50, growthGiBPerMonth: 525 }, 525, 'growthGiBPerMonth'],
  [{ growthUsdPerMonth: 50, growthGiBPerMonth: 526 }, 525, 'growthUsdPerMonth'],
  [{ growthUsdPerMonth: 1_000 }, 1_000, 'growthGiBPerMonth'],
])('%j: the smaller of GiB and money counts, and is the line to change', (bounds, growthGiB, growthKey) => {
  expect(boundsOf(bounds)).toMatchObject({ growthGiB, growthKey });
});

test('money is no bound where nothing has a price', () => {
  expect(() => boundsOf({ growthUsdPerMonth: 50 }, 10, 'xx-north-1')).toThrow(
    'environments/prod.yaml: healing.bounds.growthUsdPerMonth must be left out',
  );
});

test.each([
  [{ growthGiBPerMonth: -1 }],
  [{ growthGiBPerMonth: 1.5 }],
  [{ growthUsdPerMonth: 0 }],
  [{ healingsPerNodePerDay: 0 }],
  [{ healingsPerNodePerDay: 289 }],
  [{ nodesAtOnce: 0 }],
  [{ nodesAtOnce: 501 }],
  [{ growthGibPerMonth: 5 }],
])('%j is refused', (bounds) => expect(healing.safeParse({ bounds }).success).toBe(false));

test.each(['{}', '{"growthGiB":-1,"growthKey":"x","healingsPerNodePerDay":0}'])(
  'a function that is told %s says what is wrong',
  (json) => expect(() => readHealingBounds(json)).toThrow('healing bounds are invalid: growthGiB'),
);
