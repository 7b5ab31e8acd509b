import { controlPlaneCount, mostNodes } from './node-groups';
import type { Environment } from './schema';
import { DEFAULT_BOUNDS, type HealingBounds } from '../domain/plan/healing-bounds';
import { environmentFile } from '../domain/names/naming';

/** US dollars a month of a GiB of gp3; undefined: the region has no price. */
type PriceOf = (region: string) => number | undefined;

/**
 * What the functions go by, each bound with its default.
 * @throws Error where money is a bound and the region has no price
 */
export const healingBounds = (
  environmentName: string,
  environment: Environment,
  priceOf: PriceOf,
): HealingBounds => {
  const bounds = environment.healing?.bounds ?? {};
  const { minimumGrowthGiB, growthGiBPerNode, keptGiBPerControlPlaneNode, healingsPerNodePerDay } =
    DEFAULT_BOUNDS;
  const wantedGiB =
    bounds.growthGiBPerMonth ?? Math.max(minimumGrowthGiB, growthGiBPerNode * mostNodes(environment));
  const affordableGiB = affordable(environmentName, environment.region, bounds.growthUsdPerMonth, priceOf);
  const growthGiB = Math.min(wantedGiB, affordableGiB);
  return {
    growthGiB,
    growthKey: affordableGiB < wantedGiB ? 'growthUsdPerMonth' : 'growthGiBPerMonth',
    controlPlaneGiB: Math.min(
      keptGiBPerControlPlaneNode * controlPlaneCount(environment),
      Math.floor(growthGiB / 2),
    ),
    healingsPerNodePerDay: bounds.healingsPerNodePerDay ?? healingsPerNodePerDay,
    ...(bounds.nodesAtOnce !== undefined && { nodesAtOnce: bounds.nodesAtOnce }),
  };
};

/** Whether HealNode takes a snapshot of a volume before its first growth. */
export const takesSnapshots = ({ healing }: Environment): boolean =>
  healing?.snapshotBeforeFirstGrowth === true;

const affordable = (
  environmentName: string,
  region: string,
  usd: number | undefined,
  priceOf: PriceOf,
): number => {
  if (usd === undefined) return Infinity;
  const price = priceOf(region);
  if (price !== undefined) return Math.floor(usd / price);
  throw new Error(
    `${environmentFile(environmentName)}: healing.bounds.growthUsdPerMonth must be left out, since the price table has no gp3 price of ${region}; found: ${usd}; fix: write growthGiBPerMonth`,
  );
};
