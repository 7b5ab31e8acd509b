import { DescribeVolumesCommand } from '@aws-sdk/client-ec2';
import { chunks, everyPage, type PagingOptions } from '../../lib/aws/sdk';
import { fakeSdk } from '../lambda/fake-sdk';

const PAGES = [
  { Volumes: [{ VolumeId: 'vol-1' }], NextToken: 'two' },
  { Volumes: [], NextToken: 'three' },
  { Volumes: [{ VolumeId: 'vol-2' }], NextToken: '' },
  { Volumes: [{ VolumeId: 'vol-beyond-the-end' }] },
];

const read = async (options?: PagingOptions<string>) => {
  const sdk = fakeSdk(['ec2'], { 'ec2:DescribeVolumes': (_, count) => PAGES[count - 1] });
  const input = { MaxResults: 5 };
  const found = await everyPage(
    sdk.clients.ec2,
    DescribeVolumesCommand,
    input,
    ({ Volumes = [] }) => Volumes.map(({ VolumeId = '' }) => VolumeId),
    options,
  );
  expect(input).toEqual({ MaxResults: 5 });
  return { found, asked: sdk.inputs('ec2:DescribeVolumes') };
};

test('a listing is read to its last page, an empty one in between included', async () => {
  expect(await read()).toEqual({
    found: ['vol-1', 'vol-2'],
    asked: [{ MaxResults: 5 }, { MaxResults: 5, NextToken: 'two' }, { MaxResults: 5, NextToken: 'three' }],
  });
});

test('a listing ends when the caller has enough', async () => {
  const { found, asked } = await read({ goesOn: (some) => some.length < 1 });
  expect({ found, pages: asked.length }).toEqual({ found: ['vol-1'], pages: 1 });
});

test('the abort signal goes with every page', async () => {
  const signals: (AbortSignal | undefined)[] = [];
  const { signal } = new AbortController();
  const client = {
    send: (_: object, options?: { readonly abortSignal: AbortSignal }) => {
      signals.push(options?.abortSignal);
      return Promise.resolve(PAGES[signals.length - 1]);
    },
  };
  await everyPage(client, DescribeVolumesCommand, {}, () => [], { abortSignal: signal });
  expect(signals).toEqual([signal, signal, signal]);
});

test.each([
  [0, []],
  [1, [[0]]],
  [2, [[0, 1]]],
  [3, [[0, 1], [2]]],
  [
    4,
    [
      [0, 1],
      [2, 3],
    ],
  ],
])('%d items make chunks of at most two', (count, expected) => {
  expect(chunks([...Array(count).keys()], 2)).toEqual(expected);
});
