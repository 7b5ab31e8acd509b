import { environmentFile } from '../config/place';
import { mostNodes } from '../config/node-groups';
import type { Environment } from '../config/schema';
import { DEFAULT_BOUNDS, type HealingBounds } from '../domain/healing-bounds';
import { usdPerGiBMonth } from './gp3-price';

/**
 * What the functions go by, each bound with its default.
 * @throws Error where money is a bound and the region has no price
 */
export const healingBounds = (environmentName: string, environment: Environment): HealingBounds => {
  const bounds = environment.healing?.bounds ?? {};
  const { leastGrowthGiB, growthGiBPerNode, healingsPerNodePerDay } = DEFAULT_BOUNDS;
  const growthGiB =
    bounds.growthGiBPerMonth ?? Math.max(leastGrowthGiB, growthGiBPerNode * mostNodes(environment));
  const affordableGiB = affordable(environmentName, environment.region, bounds.growthUsdPerMonth);
  return {
    healingsPerNodePerDay: bounds.healingsPerNodePerDay ?? healingsPerNodePerDay,
    ...(bounds.nodesAtOnce !== undefined && { nodesAtOnce: bounds.nodesAtOnce }),
    ...(takesSnapshots(environment) && { snapshotFirst: true }),
    ...(affordableGiB < growthGiB
      ? { growthGiB: affordableGiB, growthKey: 'growthUsdPerMonth' }
      : { growthGiB, growthKey: 'growthGiBPerMonth' }),
  };
};

/** Whether HealNode takes a snapshot of a volume before its first growth. */
export const takesSnapshots = ({ healing }: Environment): boolean =>
  healing?.snapshotBeforeFirstGrowth === true;

const affordable = (environmentName: string, region: string, usd: number | undefined): number => {
  if (usd === undefined) return Infinity;
  const price = usdPerGiBMonth(region);
  if (price !== undefined) return Math.floor(usd / price);
  throw new Error(
    `${environmentFile(environmentName)}: healing.bounds.growthUsdPerMonth must be left out, since the price table has no gp3 price of ${region}; found: ${usd}; fix: write growthGiBPerMonth`,
  );
};
