import { healing } from '../../lib/config/healing-schema';
import type { Environment } from '../../lib/config/schema';
import { readHealingBounds } from '../../lib/domain/plan/healing-bounds';
import { usdPerGiBMonth } from '../../lib/tables/gp3-price';
import { healingBounds } from '../../lib/config/healing-bounds';

const environment = (bounds: object | undefined, max = 10, region = 'eu-central-1', count = 3): Environment =>
  ({
    region,
    controlPlane: { count },
    cluster: {},
    workerGroups: { general: { max } },
    ...(bounds && { healing: healing.parse({ bounds }) }),
  }) as unknown as Environment;
const boundsOf = (...given: Parameters<typeof environment>) =>
  healingBounds('prod', environment(...given), usdPerGiBMonth);

test('there are bounds where none are written, and more nodes may grow more', () => {
  const usual = { growthKey: 'growthGiBPerMonth', controlPlaneGiB: 60, healingsPerNodePerDay: 24 };
  expect(boundsOf(undefined)).toEqual({ growthGiB: 1_000, ...usual });
  expect(boundsOf(undefined, 47)).toEqual({ growthGiB: 1_000, ...usual });
  expect(boundsOf(undefined, 48)).toEqual({ growthGiB: 1_020, ...usual });
});

test('what is written counts, nothing at all included', () => {
  const written = { growthGiBPerMonth: 0, healingsPerNodePerDay: 3, nodesAtOnce: 5 };
  expect(boundsOf(written)).toEqual({
    ...{ growthGiB: 0, growthKey: 'growthGiBPerMonth', controlPlaneGiB: 0 },
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

test.each([
  [1, 1_000, 20],
  [3, 1_000, 60],
  [3, 120, 60],
  [3, 119, 59],
  [5, 40, 20],
  [3, 0, 0],
])(
  '%d control-plane nodes, %d GiB a month: %d are kept for them, half at most',
  (count, growthGiBPerMonth, kept) => {
    expect(boundsOf({ growthGiBPerMonth }, 10, 'eu-central-1', count)).toMatchObject({
      controlPlaneGiB: kept,
    });
  },
);

test.each([
  [{ instanceIds: ['i-1', 'i-2', 'i-3'] }, 60],
  [undefined, 0],
])('attached to a control plane %j: %d GiB are kept for it', (controlPlane, kept) => {
  const attached = { region: 'eu-central-1', cluster: { existing: { controlPlane, workerGroups: {} } } };
  expect(healingBounds('prod', attached as unknown as Environment, usdPerGiBMonth)).toMatchObject({
    controlPlaneGiB: kept,
  });
});

test('a function without a declared reserve keeps nothing', () => {
  const bounds = '{"growthGiB":5,"growthKey":"growthGiBPerMonth","healingsPerNodePerDay":1}';
  expect(readHealingBounds(bounds)).toMatchObject({ controlPlaneGiB: 0 });
});

test('money is not a bound where nothing has a price', () => {
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
  'a function that is bounds %s says what is wrong',
  (json) => expect(() => readHealingBounds(json)).toThrow('healing bounds are invalid: growthGiB'),
);
