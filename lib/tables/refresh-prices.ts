import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { z } from 'zod';
import { VOLUME_TYPES, ebsPrices, priceTableSchema, type PriceTable } from './ebs-prices';
import { OfferFileError, readOfferFile } from './read-offer-file';

/**
 * `npm run prices:refresh -- [REGION…]`: writes ebs-prices.json from AWS's public price list, which needs no credentials.
 * Without arguments: the regions that the table has.
 * https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/using-the-aws-price-list-bulk-api.html
 */

export const PRICE_LIST = 'https://pricing.us-east-1.amazonaws.com';
const REGION_INDEX = '/offers/v1.0/aws/AmazonEC2/current/region_index.json';

const regionIndex = z.object({
  regions: z.record(z.string(), z.object({ currentVersionUrl: z.string().startsWith('/offers/') })),
});

const get = async (url: string): Promise<Response> => {
  const answer = await fetch(url).catch((error: unknown) => {
    throw new OfferFileError(`${url} cannot be reached; is there a network?`, { cause: error });
  });
  if (!answer.ok) throw new OfferFileError(`${url} must answer 200, got ${answer.status}.`);
  return answer;
};

/** The table with fresh prices of these regions; the other regions stay as they are. */
export const refreshedPrices = async (
  table: PriceTable,
  regions: readonly string[],
  today: string,
  address = PRICE_LIST,
): Promise<PriceTable> => {
  const index = regionIndex.parse(await (await get(`${address}${REGION_INDEX}`)).json());
  const fresh: PriceTable['regions'] = {};
  for (const region of regions) {
    const path = Object.hasOwn(index.regions, region) ? index.regions[region]?.currentVersionUrl : undefined;
    if (path === undefined) throw new OfferFileError(`AWS's price list of EC2 has no region "${region}".`);
    const url = `${address}${path.replace(/\.json$/, '.csv')}`;
    const { body } = await get(url);
    if (body === null) throw new OfferFileError(`${url} is empty.`);
    const { publishedAt, prices } = await readOfferFile(Readable.fromWeb(body as ReadableStream));
    const sorted = VOLUME_TYPES.flatMap((type) => (prices[type] === undefined ? [] : [[type, prices[type]]]));
    fresh[region] = {
      source: `AWS Price List, ${path}, published ${publishedAt}`,
      ...(Object.fromEntries(sorted) as typeof prices),
    };
  }
  const all = Object.entries({ ...table.regions, ...fresh }).sort(([a], [b]) => a.localeCompare(b));
  return priceTableSchema.parse({ ...table, date: today, regions: Object.fromEntries(all) });
};

const main = async (regions: readonly string[]): Promise<void> => {
  const table = ebsPrices();
  const wanted = regions.length > 0 ? regions : Object.keys(table.regions);
  const today = new Date().toISOString().slice(0, 10);
  const file = join(__dirname, 'ebs-prices.json');
  const text = JSON.stringify(await refreshedPrices(table, wanted, today), undefined, 2);
  writeFileSync(`${file}.new`, `${text}\n`);
  renameSync(`${file}.new`, file);
  console.log(`${file}: prices of ${wanted.join(', ')}, ${today}. Type: npx prettier --write ${file}`);
};

if (require.main === module) {
  main(process.argv.slice(2)).catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 2;
  });
}
