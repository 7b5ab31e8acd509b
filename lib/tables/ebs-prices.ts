import { z } from 'zod';
import type { Figure } from './figure';
import recorded from './ebs-prices.json';

const price = z.number().positive();

/** US dollars a month. A price that is left out is not known; it is never taken for 0. */
const prices = z.strictObject({
  gbMonth: price,
  /** For each provisioned IOPS; gp3: above 3,000. */
  iopsMonth: price.optional(),
  /** io2 has three tiers. */
  iopsMonthAbove32000: price.optional(),
  iopsMonthAbove64000: price.optional(),
  /** gp3: for each MiB/s above 125. */
  mibpsMonth: price.optional(),
});

export const VOLUME_TYPES = ['gp2', 'gp3', 'io1', 'io2', 'st1', 'sc1', 'standard'] as const;
export type VolumeType = (typeof VOLUME_TYPES)[number];

export const priceTableSchema = z.strictObject({
  /** ISO date of the last refresh. */
  date: z.iso.date(),
  source: z.string(),
  regions: z.record(
    z.string(),
    z.strictObject({
      source: z.string(),
      ...(Object.fromEntries(VOLUME_TYPES.map((type) => [type, prices.optional()])) as Record<
        VolumeType,
        z.ZodOptional<typeof prices>
      >),
    }),
  ),
});

export type PriceTable = z.output<typeof priceTableSchema>;
export type VolumePrices = z.output<typeof prices>;

/** @throws z.ZodError when the file was edited into something else */
export const readPriceTable = (raw: unknown = recorded): PriceTable => priceTableSchema.parse(raw);

let own: PriceTable | undefined;
/** The table that comes with Headroom, read once. */
export const ebsPrices = (): PriceTable => (own ??= readPriceTable());

export interface PricedVolume {
  readonly volumeType: string;
  readonly sizeGiB: number;
  /** undefined: what comes with the type. */
  readonly iops?: number;
  readonly throughputMiBps?: number;
}

/** What comes with every gp3 volume. https://docs.aws.amazon.com/ebs/latest/userguide/general-purpose.html */
const GP3_FREE_IOPS = 3_000;
const GP3_FREE_MIBPS = 125;
const IO2_TIERS = [32_000, 64_000] as const;

/** US dollars a month of one volume, or why that is not known. AWS's "GB" of a volume is a GiB. */
export const volumeCostPerMonth = (volume: PricedVolume, region: string, table = ebsPrices()): Figure => {
  const { volumeType, sizeGiB } = volume;
  const ofRegion = Object.hasOwn(table.regions, region) ? table.regions[region] : undefined;
  if (ofRegion === undefined) {
    return { why: `no prices of the region ${region} in the table of ${table.date}` };
  }
  const type = VOLUME_TYPES.find((known) => known === volumeType);
  const prices = type && ofRegion[type];
  if (prices === undefined) {
    return { why: `no price of ${volumeType} in ${region} in the table of ${table.date}` };
  }
  const parts = [sizeGiB * prices.gbMonth, ...performanceCosts(volume, prices)];
  if (parts.includes(undefined)) {
    return {
      why: `no price of ${volumeType}'s IOPS or throughput in ${region} in the table of ${table.date}`,
    };
  }
  return { value: (parts as number[]).reduce((sum, part) => sum + part, 0) };
};

/** What is provisioned beyond the size; undefined: a part without a price. */
const performanceCosts = (volume: PricedVolume, prices: VolumePrices): readonly (number | undefined)[] => {
  const { iops = 0, throughputMiBps = 0 } = volume;
  switch (volume.volumeType) {
    case 'gp3':
      return [
        charged(iops - GP3_FREE_IOPS, prices.iopsMonth),
        charged(throughputMiBps - GP3_FREE_MIBPS, prices.mibpsMonth),
      ];
    case 'io1':
      return [volume.iops === undefined ? undefined : charged(iops, prices.iopsMonth)];
    case 'io2':
      return volume.iops === undefined
        ? [undefined]
        : [
            charged(Math.min(iops, IO2_TIERS[0]), prices.iopsMonth),
            charged(Math.min(iops, IO2_TIERS[1]) - IO2_TIERS[0], prices.iopsMonthAbove32000),
            charged(iops - IO2_TIERS[1], prices.iopsMonthAbove64000),
          ];
    default:
      return [];
  }
};

const charged = (amount: number, price: number | undefined): number | undefined => {
  if (amount <= 0) return 0;
  return price === undefined ? undefined : amount * price;
};
