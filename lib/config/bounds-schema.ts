import { z } from 'zod';
import { BOUND_RANGES, DEFAULT_BOUNDS, type BoundKey } from '../domain/plan/healing-bounds';
import { wholeNumber } from './field';

const bound = (key: BoundKey, unit: string, about: string, example: number): z.ZodOptional<z.ZodInt> =>
  wholeNumber(BOUND_RANGES[key].min, BOUND_RANGES[key].max, unit, about, example).optional();

const { minimumGrowthGiB, growthGiBPerNode, keptGiBPerControlPlaneNode, healingsPerNodePerDay } =
  DEFAULT_BOUNDS;

/** `healing.bounds`. */
export const bounds = z
  .strictObject({
    growthGiBPerMonth: bound(
      'growthGiBPerMonth',
      'GiB',
      `What healing may buy in a calendar month (UTC) for all nodes together, beyond their declared sizes. 0: nothing. Of it, ${keptGiBPerControlPlaneNode} for each control-plane node are kept from workers, at most half. Default: ${growthGiBPerNode} for each node that the environment may have, at least ${minimumGrowthGiB}.`,
      minimumGrowthGiB,
    ),
    growthUsdPerMonth: bound(
      'growthUsdPerMonth',
      'US dollars',
      "The same in money: what a month's purchases may add to the monthly bill, at the region's price of gp3. The smaller of the two counts. Default: none.",
      100,
    ),
    healingsPerNodePerDay: bound(
      'healingsPerNodePerDay',
      'healings',
      `How often one node is healed in 24 hours; at the emergency level, one healing an hour goes on. Default: ${healingsPerNodePerDay}.`,
      healingsPerNodePerDay,
    ),
    nodesAtOnce: bound(
      'nodesAtOnce',
      'nodes',
      `How many nodes are healed at the same time; further workers below the emergency level wait. A control-plane node waits for no worker. Default: as many as Systems Manager runs, 100 in most accounts.`,
      10,
    ),
  })
  .describe(
    'How much healing may do. At a bound the disk is cleaned, nothing is bought, and a person is notified.',
  );
