import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { ebsPrices } from '../../lib/tables/ebs-prices';
import { readOfferFile } from '../../lib/tables/read-offer-file';
import { refreshedPrices } from '../../lib/tables/refresh-prices';

const COLUMNS =
  '"SKU","OfferTermCode","RateCode","TermType","PriceDescription","EffectiveDate","StartingRange","EndingRange","Unit","PricePerUnit","Currency","Product Family","serviceCode","Location","Volume API Name","usageType","operation"';
const HEAD = [
  '"FormatVersion","v1.0"',
  '"Disclaimer","This pricing list is for information, and, as here, has commas."',
  '"Publication Date","2026-11-20T10:00:00Z"',
  '"Version","20261120100000"',
  '"OfferCode","AmazonEC2"',
];
const row = (
  usage: string,
  unit: string,
  price: string,
  more: { term?: string; currency?: string } = {},
): string =>
  `"SKU1","T","R","${more.term ?? 'OnDemand'}","$${price} per ""${unit}"", in Frankfurt","2026-11-01","0","Inf","${unit}","${price}","${more.currency ?? 'USD'}","Storage","AmazonEC2","EU (Frankfurt)","gp3","${usage}",""`;
/** The shape of AWS's offer file; the figures are made up. */
const ROWS = [
  row('EUC1-BoxUsage:m5.large', 'Hrs', '0.115'),
  row('EUC1-EBS:VolumeUsage.gp3', 'GB-Mo', '0.0101'),
  row('EUC1-EBS:VolumeP-IOPS.gp3', 'IOPS-Mo', '0.0000000000'),
  row('EUC1-EBS:VolumeP-IOPS.gp3', 'IOPS-Mo', '0.0202'),
  row('EUC1-EBS:VolumeP-Throughput.gp3', 'GiBps-mo', '40.96'),
  row('EUC1-EBS:VolumeUsage.piops', 'GB-Mo', '0.303'),
  row('EUC1-EBS:VolumeP-IOPS.io2.tier2', 'IOPS-Mo', '0.05'),
  row('EUC1-EBS:VolumeUsage.io2', 'GB-Mo', '0.404'),
  row('EUC1-EBS:VolumeUsage', 'GB-Mo', '0.0505'),
  row('EUC1-EBS:VolumeUsage.gp2', 'GB-Mo', '0.9', { term: 'Reserved' }),
  row('EUC1-EBS:VolumeUsage.gp2', 'GB-Mo', '0.9', { currency: 'CNY' }),
  row('EUC1-EBS:VolumeIOUsage', 'IOs', '0.00000005'),
  row('EUC1-EBS:SnapshotUsage', 'GB-Mo', '0.054'),
];
const offer = (rows = ROWS, columns = COLUMNS): string => [...HEAD, columns, ...rows, ''].join('\n');
const read = (text: string) => readOfferFile(Readable.from([text]));

test('reads the storage, IOPS and throughput of each type, and nothing else', async () => {
  expect(await read(offer())).toEqual({
    publishedAt: '2026-11-20T10:00:00Z',
    prices: {
      gp3: { gbMonth: 0.0101, iopsMonth: 0.0202, mibpsMonth: 0.04 },
      io1: { gbMonth: 0.303 },
      io2: { gbMonth: 0.404, iopsMonthAbove32000: 0.05 },
      standard: { gbMonth: 0.0505 },
    },
  });
});

test.each<[string, string, RegExp]>([
  ['another file', 'hello\nworld\n', /no line of column names/],
  ['a column less', offer(ROWS, COLUMNS.replace('"usageType"', '"Usage"')), /must have a column usageType/],
  ['no EBS', offer([ROWS[0] ?? '']), /no price of an EBS volume/],
  ['no number', offer([row('EBS:VolumeUsage.gp3', 'GB-Mo', 'free')]), /must have a price, found "free"/],
  ['two prices', offer([...ROWS, row('EBS:VolumeUsage.gp3', 'GB-Mo', '0.5')]), /two prices, 0.0101 and 0.5/],
])('%s is refused', async (_, text, message) => expect(read(text)).rejects.toThrow(message));

describe('over HTTP', () => {
  let server: Server;
  let address: string;
  beforeAll(async () => {
    const url = '/offers/v1.0/aws/AmazonEC2/20261120100000/eu-central-1/index';
    const pages: Record<string, string> = {
      '/offers/v1.0/aws/AmazonEC2/current/region_index.json': JSON.stringify({
        regions: {
          'eu-central-1': { regionCode: 'eu-central-1', currentVersionUrl: `${url}.json` },
          'eu-west-9': { regionCode: 'eu-west-9', currentVersionUrl: '/offers/gone.json' },
        },
      }),
      [`${url}.csv`]: offer(),
    };
    server = createServer(({ url: asked = '' }, answer) => {
      answer.statusCode = asked in pages ? 200 : 404;
      answer.end(pages[asked]);
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => new Promise((closed) => server.close(closed)));

  test('a region is refreshed, the others stay', async () => {
    const before = ebsPrices();
    const table = await refreshedPrices(before, ['eu-central-1'], '2026-11-22', address);
    expect(table.date).toBe('2026-11-22');
    expect(table.regions['eu-central-1']?.gp3?.gbMonth).toBe(0.0101);
    expect(table.regions['eu-central-1']?.source).toContain('published 2026-11-20');
    expect(table.regions['ap-northeast-1']).toEqual(before.regions['ap-northeast-1']);
  });

  test('a region that AWS does not have, and a file that is not there, are told', async () => {
    const refresh = (region: string) => refreshedPrices(ebsPrices(), [region], '2026-11-22', address);
    await expect(refresh('mars-north-1')).rejects.toThrow('has no region "mars-north-1"');
    await expect(refresh('eu-west-9')).rejects.toThrow('must answer 200, got 404');
  });
});
