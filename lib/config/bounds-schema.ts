import { z } from 'zod';
import { BOUND_RANGES, DEFAULT_BOUNDS, type BoundKey } from '../domain/healing-bounds';
import { wholeNumber } from './field';

const bound = (key: BoundKey, unit: string, about: string, example: number): z.ZodOptional<z.ZodInt> =>
  wholeNumber(BOUND_RANGES[key].min, BOUND_RANGES[key].max, unit, about, example).optional();

const { leastGrowthGiB, growthGiBPerNode, keptGiBPerControlPlaneNode, healingsPerNodePerDay } =
  DEFAULT_BOUNDS;

/** `healing.bounds`. */
export const bounds = z
  .strictObject({
    growthGiBPerMonth: bound(
      'growthGiBPerMonth',
      'GiB',
      `What healing may buy in a calendar month (UTC), all nodes together, beyond the declared sizes. 0: nothing. Of it ${keptGiBPerControlPlaneNode} for each control-plane node, at most half, are kept from workers. Default: ${growthGiBPerNode} for each node that the environment may have, at least ${leastGrowthGiB}.`,
      leastGrowthGiB,
    ),
    growthUsdPerMonth: bound(
      'growthUsdPerMonth',
      'US dollars',
      "The same in money: what a month's purchases may add to the monthly bill, at the region's price of gp3. The smaller of the two counts. Default: no bound but the one in GiB.",
      100,
    ),
    healingsPerNodePerDay: bound(
      'healingsPerNodePerDay',
      'healings',
      `How often one node is healed in 24 hours. Default: ${healingsPerNodePerDay}.`,
      healingsPerNodePerDay,
    ),
    nodesAtOnce: bound(
      'nodesAtOnce',
      'nodes',
      `How many workers are healed at the same time; the others wait. Control-plane nodes are healed one at a time. Default: as many as Systems Manager runs, 100 in most accounts.`,
      10,
    ),
  })
  .describe(
    'How much healing may do. At a bound the disk is cleaned, nothing is bought, and a person is told.',
  );
