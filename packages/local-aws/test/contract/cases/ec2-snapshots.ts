import { CreateSnapshotCommand, DescribeSnapshotsCommand } from '@aws-sdk/client-ec2';
import { VOLUME_GIB, type ContractCase, type World } from '../support/world';

const NO_VOLUME = 'vol-0fffffffffffffff0';
const TAG = { Key: 'shop:before-growth', Value: 'an-execution' };

const take =
  (tags: readonly { Key: string; Value: string }[] = [TAG], id?: string) =>
  ({ clients, volumeId }: World): Promise<unknown> =>
    clients.ec2.send(
      new CreateSnapshotCommand({
        VolumeId: id ?? volumeId,
        Description: 'before its first growth',
        ...(tags.length > 0 && { TagSpecifications: [{ ResourceType: 'snapshot', Tags: [...tags] }] }),
      }),
    );

const find =
  (tagKey: string) =>
  ({ clients, volumeId }: World): Promise<unknown> =>
    clients.ec2.send(
      new DescribeSnapshotsCommand({
        OwnerIds: ['self'],
        Filters: [
          { Name: 'volume-id', Values: [volumeId] },
          { Name: 'tag-key', Values: [tagKey] },
        ],
      }),
    );

export const SNAPSHOT_CASES: readonly ContractCase[] = [
  {
    operation: 'ec2:CreateSnapshot',
    name: 'answered at once, with its tags, while it is pending',
    call: take(),
    expect: {
      answers: ({ volumeId }) => ({
        VolumeId: volumeId,
        VolumeSize: VOLUME_GIB,
        State: 'pending',
        Description: 'before its first growth',
        Tags: [TAG],
        SnapshotId: expect.stringMatching(/^snap-[0-9a-f]{8,17}$/) as string,
        StartTime: expect.any(Date) as Date,
      }),
    },
    moto: {
      does: { answers: ({ volumeId }) => ({ VolumeId: volumeId, State: 'completed', Tags: [TAG] }) },
      why: 'a snapshot is pending until all of it is in S3, which can take hours; in moto it is completed at once',
    },
  },
  {
    operation: 'ec2:CreateSnapshot',
    name: 'of a volume that is not there',
    call: take([], NO_VOLUME),
    expect: { fails: 'InvalidVolume.NotFound' },
  },
  {
    operation: 'ec2:CreateSnapshot',
    name: 'a second one of the same volume right after it is refused',
    arrange: take([]),
    call: take(),
    expect: { fails: 'SnapshotCreationPerVolumeRateExceeded' },
    moto: {
      does: { answers: ({ volumeId }) => ({ VolumeId: volumeId, Tags: [TAG] }) },
      why: 'EC2 wants 15 seconds between two snapshots of a volume',
    },
  },
  {
    operation: 'ec2:DescribeSnapshots',
    name: 'by volume and tag: the one that is there, pending or not',
    arrange: take(),
    call: find(TAG.Key),
    expect: { answers: ({ volumeId }) => ({ Snapshots: [{ VolumeId: volumeId, Tags: [TAG] }] }) },
  },
  {
    operation: 'ec2:DescribeSnapshots',
    name: 'none with the tag: no error',
    arrange: take(),
    call: find('another'),
    expect: { answers: () => ({ Snapshots: [] }) },
  },
];
