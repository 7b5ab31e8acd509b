import { volumeModifications } from '../../lib/aws/volumes';
import { awsError, fakeSdk } from '../lambda/fake-sdk';

const MODIFIED = {
  VolumeId: 'vol-modified',
  ModificationState: 'completed',
  OriginalSize: 20,
  TargetSize: 30,
};

interface Asked {
  readonly Filters: readonly { readonly Values: readonly string[] }[];
}

/** Knows of one volume's modification, and answers in this way where one of the others is asked for. */
const ec2 = (answer: () => unknown) =>
  fakeSdk(['ec2'], {
    'ec2:DescribeVolumesModifications': ({ Filters: [filter] }: Asked) =>
      filter?.Values.some((id) => id !== MODIFIED.VolumeId) ? answer() : { VolumesModifications: [MODIFIED] },
  }).clients.ec2;

const fails = (code: string) => () => {
  throw awsError(code);
};
const leftOut = () => ({ VolumesModifications: [] });

test.each([
  ['is left out', leftOut],
  ...['InvalidVolumeModification.NotFound', 'InvalidVolume.NotFound'].map(
    (code) => [`is ${code}`, fails(code)] as [string, () => never],
  ),
])('a volume that was never modified and %s has no modifications', async (_, answer) => {
  expect([...(await volumeModifications(ec2(answer), ['vol-never']))]).toEqual([]);
});

test.each(['InvalidVolumeModification.NotFound', 'InvalidVolume.NotFound'])(
  'one that is %s hides no other',
  async (code) => {
    const found = await volumeModifications(ec2(fails(code)), ['vol-never', MODIFIED.VolumeId]);
    expect([...found.keys()]).toEqual([MODIFIED.VolumeId]);
  },
);

test('any other error is one', async () => {
  await expect(volumeModifications(ec2(fails('RequestLimitExceeded')), ['vol-never'])).rejects.toThrow(
    'RequestLimitExceeded',
  );
});
