import { volumeCostPerMonth } from './ebs-prices';

/** US dollars a month of a GiB of gp3, by the price table; undefined: it has no such region. */
export const usdPerGiBMonth = (region: string): number | undefined => {
  const cost = volumeCostPerMonth({ volumeType: 'gp3', sizeGiB: 1 }, region);
  return 'value' in cost ? cost.value : undefined;
};
