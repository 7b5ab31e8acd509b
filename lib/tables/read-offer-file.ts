import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { VolumePrices, VolumeType } from './ebs-prices';

/**
 * Reads EBS prices of one region from AWS's price list of EC2 as CSV: five lines about the file, a line of column names, then a
 * price a line. A region's file has hundreds of megabytes, so that it is read line by line and never held.
 * https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/reading-service-price-list-file-for-services.html
 */

const TYPES: Readonly<Record<string, VolumeType>> = {
  '': 'standard',
  gp2: 'gp2',
  gp3: 'gp3',
  piops: 'io1',
  io2: 'io2',
  st1: 'st1',
  sc1: 'sc1',
};

const COLUMNS = ['TermType', 'Unit', 'PricePerUnit', 'Currency', 'usageType'] as const;

/** What a usage type is about, whatever the prefix of its region: `EUC1-EBS:VolumeUsage.gp3`. */
const USAGE = /(?:^|-)EBS:(VolumeUsage|VolumeP-IOPS|VolumeP-Throughput)(?:\.([a-z0-9]+))?(?:\.(tier[23]))?$/;

const FIELDS: Readonly<Record<string, keyof VolumePrices>> = {
  VolumeUsage: 'gbMonth',
  'VolumeP-IOPS': 'iopsMonth',
  'VolumeP-IOPS.tier2': 'iopsMonthAbove32000',
  'VolumeP-IOPS.tier3': 'iopsMonthAbove64000',
  'VolumeP-Throughput': 'mibpsMonth',
};

/** The price list sells throughput by the GiB/s. */
const MIBPS_PER_GIBPS = 1_024;

export type RegionPrices = Partial<Record<VolumeType, VolumePrices>>;

/** The offer file is not what its documentation says. */
export class OfferFileError extends Error {
  override readonly name = 'OfferFileError';
}

/** @throws OfferFileError when a column is missing, a price is none, or one is there twice with two values */
export const readOfferFile = async (
  csv: Readable,
): Promise<{ readonly publishedAt: string; readonly prices: RegionPrices }> => {
  const found: Partial<Record<VolumeType, Partial<Record<keyof VolumePrices, number>>>> = {};
  let publishedAt = '';
  let columns: readonly number[] | undefined;
  for await (const line of createInterface({ input: csv, crlfDelay: Infinity })) {
    if (columns === undefined) {
      const cells = cellsOf(line);
      if (cells[0] === 'Publication Date') publishedAt = cells[1] ?? '';
      if (cells[0] === 'SKU') columns = columnsOf(cells);
      continue;
    }
    // Few of some hundred thousand lines are about EBS: the others are not taken apart.
    if (!line.includes('EBS:Volume')) continue;
    const cells = cellsOf(line);
    const [term, unit, price, currency, usage] = columns.map((index) => cells[index] ?? '');
    const match = USAGE.exec(usage ?? '');
    const type = TYPES[match?.[2] ?? ''];
    if (match === null || type === undefined || term !== 'OnDemand' || currency !== 'USD') continue;
    const field = FIELDS[[match[1], match[3]].filter(Boolean).join('.')];
    const value = Number(price);
    if (!(value >= 0)) throw new OfferFileError(`${usage} must have a price, found "${price}".`);
    // A free tier or a promotion stands beside the price.
    if (field === undefined || value === 0) continue;
    const perUnit = /^gibps-mo/i.test(unit ?? '') ? Number((value / MIBPS_PER_GIBPS).toFixed(6)) : value;
    const ofType = (found[type] ??= {});
    if (ofType[field] !== undefined && ofType[field] !== perUnit) {
      throw new OfferFileError(`${usage} has two prices, ${ofType[field]} and ${perUnit}.`);
    }
    ofType[field] = perUnit;
  }
  if (columns === undefined)
    throw new OfferFileError('The file has no line of column names that begins with SKU.');
  const prices = Object.entries(found).filter(([, { gbMonth }]) => gbMonth !== undefined);
  if (prices.length === 0) throw new OfferFileError('The file has no price of an EBS volume.');
  return { publishedAt, prices: Object.fromEntries(prices) };
};

const columnsOf = (names: readonly string[]): readonly number[] =>
  COLUMNS.map((name) => {
    const index = names.indexOf(name);
    if (index < 0)
      throw new OfferFileError(`The file must have a column ${name}; it has ${names.join(', ')}.`);
    return index;
  });

/** Cells of a line in which all cells are quoted, and a quote inside is doubled. */
const cellsOf = (line: string): readonly string[] =>
  [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
    ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '',
  );
