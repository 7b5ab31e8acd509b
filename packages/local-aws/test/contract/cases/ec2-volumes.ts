import {
  DescribeVolumesCommand,
  DescribeVolumesModificationsCommand,
  ModifyVolumeCommand,
  type ModifyVolumeCommandInput,
} from '@aws-sdk/client-ec2';
import { ROOT_DEVICE, VOLUME_GIB, type ContractCase, type World } from '../support/world';

const NO_VOLUME = 'vol-0fffffffffffffff0';
const TARGET_GIB = 20;

const modify =
  (more: Omit<ModifyVolumeCommandInput, 'VolumeId'>) =>
  ({ clients, volumeId }: World): Promise<unknown> =>
    clients.ec2.send(new ModifyVolumeCommand({ VolumeId: volumeId, ...more }));

/** A modification whose new size has arrived. */
const grown = async (world: World): Promise<void> => {
  await modify({ Size: TARGET_GIB })(world);
  await world.pass(60);
};

const modifications =
  (id: (world: World) => string) =>
  (world: World): Promise<unknown> =>
    world.clients.ec2.send(new DescribeVolumesModificationsCommand({ VolumeIds: [id(world)] }));

const volumes =
  (id: (world: World) => string) =>
  (world: World): Promise<unknown> =>
    world.clients.ec2.send(new DescribeVolumesCommand({ VolumeIds: [id(world)] }));

const volumeOf = ({ volumeId }: World): string => volumeId;

export const VOLUME_CASES: readonly ContractCase[] = [
  {
    operation: 'ec2:DescribeVolumes',
    name: 'a volume: size, type, where it is attached',
    call: volumes(volumeOf),
    expect: {
      answers: ({ instanceId, volumeId }) => ({
        Volumes: [
          {
            VolumeId: volumeId,
            Size: VOLUME_GIB,
            VolumeType: 'gp3',
            State: 'in-use',
            Attachments: [{ InstanceId: instanceId, Device: ROOT_DEVICE, State: 'attached' }],
          },
        ],
      }),
    },
  },
  {
    operation: 'ec2:DescribeVolumes',
    name: 'an id that is not there',
    call: volumes(() => NO_VOLUME),
    expect: { fails: 'InvalidVolume.NotFound' },
  },
  {
    operation: 'ec2:DescribeVolumes',
    name: 'after a modification: the new size',
    arrange: grown,
    call: volumes(volumeOf),
    expect: { answers: () => ({ Volumes: [{ Size: TARGET_GIB }] }) },
  },
  {
    operation: 'ec2:DescribeVolumes',
    name: 'by a filter: those that are there',
    call: (world) =>
      world.clients.ec2.send(
        new DescribeVolumesCommand({ Filters: [{ Name: 'volume-id', Values: [world.volumeId, NO_VOLUME] }] }),
      ),
    expect: { answers: ({ volumeId }) => ({ Volumes: [{ VolumeId: volumeId, Size: VOLUME_GIB }] }) },
  },
  {
    operation: 'ec2:ModifyVolume',
    name: 'size, IOPS and throughput in one call, answered while it is under way',
    call: modify({ Size: TARGET_GIB, Iops: 4000, Throughput: 250 }),
    expect: {
      answers: ({ volumeId }) => ({
        VolumeModification: {
          VolumeId: volumeId,
          OriginalSize: VOLUME_GIB,
          TargetSize: TARGET_GIB,
          Progress: 0,
          ModificationState: 'modifying',
          OriginalVolumeType: 'gp3',
          TargetVolumeType: 'gp3',
          TargetIops: 4000,
          TargetThroughput: 250,
          StartTime: expect.any(Date) as Date,
        },
      }),
    },
    moto: {
      does: {
        answers: () => ({
          VolumeModification: {
            OriginalSize: VOLUME_GIB,
            TargetSize: TARGET_GIB,
            ModificationState: 'completed',
            TargetIops: 4000,
            TargetThroughput: 250,
          },
        }),
      },
      why: 'a modification goes through modifying and optimizing, which can take hours; moto completes it at once and leaves out members that did not change',
    },
  },
  ...(
    [
      ['a smaller size is refused', VOLUME_GIB - 1, 'a volume can only grow'],
      ['more than a gp3 volume can have is refused', 65_537, 'gp3 ends at 65,536 GiB'],
    ] as const
  ).map(([name, Size, why]): ContractCase => ({
    operation: 'ec2:ModifyVolume',
    name,
    call: modify({ Size }),
    expect: { fails: 'InvalidParameterValue' },
    moto: { does: { answers: () => ({ VolumeModification: { TargetSize: Size } }) }, why },
  })),
  {
    operation: 'ec2:ModifyVolume',
    name: 'not before the one before it is completed',
    arrange: grown,
    call: modify({ Size: TARGET_GIB + 10 }),
    expect: { fails: 'IncorrectModificationState' },
    moto: {
      does: { answers: () => ({ VolumeModification: { TargetSize: TARGET_GIB + 10 } }) },
      why: 'the next modification must wait until the volume is completed; in moto it is so at once',
    },
  },
  {
    operation: 'ec2:ModifyVolume',
    name: 'DryRun says that it would have worked',
    call: modify({ Size: TARGET_GIB, DryRun: true }),
    expect: { fails: 'DryRunOperation' },
  },
  {
    operation: 'ec2:DescribeVolumesModifications',
    name: 'the last modification, with the sizes, progress and start',
    arrange: grown,
    call: modifications(volumeOf),
    expect: {
      answers: ({ volumeId }) => ({
        VolumesModifications: [
          {
            VolumeId: volumeId,
            OriginalSize: VOLUME_GIB,
            TargetSize: TARGET_GIB,
            Progress: expect.any(Number) as number,
            StartTime: expect.any(Date) as Date,
          },
        ],
      }),
    },
  },
  {
    operation: 'ec2:DescribeVolumesModifications',
    name: 'a volume that was never modified',
    call: modifications(volumeOf),
    expect: { fails: 'InvalidVolumeModification.NotFound' },
    moto: {
      does: { answers: () => ({ VolumesModifications: [] }) },
      why: 'the real EC2 fails, e.g. awslabs/aws-sdk-rust issue 1346; handlers take both alike',
    },
  },
  {
    operation: 'ec2:DescribeVolumesModifications',
    name: 'an id that is not there',
    call: modifications(() => NO_VOLUME),
    expect: { fails: 'InvalidVolume.NotFound' },
  },
  {
    operation: 'ec2:DescribeVolumesModifications',
    name: 'by a filter: a volume that was never modified is no error',
    call: (world) =>
      world.clients.ec2.send(
        new DescribeVolumesModificationsCommand({
          Filters: [{ Name: 'volume-id', Values: [world.volumeId] }],
        }),
      ),
    expect: { answers: () => ({ VolumesModifications: [] }) },
  },
  {
    operation: 'ec2:DescribeVolumesModifications',
    name: 'by a filter: the one that was',
    arrange: grown,
    call: (world) =>
      world.clients.ec2.send(
        new DescribeVolumesModificationsCommand({
          Filters: [{ Name: 'volume-id', Values: [world.volumeId, NO_VOLUME] }],
        }),
      ),
    expect: {
      answers: ({ volumeId }) => ({
        VolumesModifications: [{ VolumeId: volumeId, TargetSize: TARGET_GIB }],
      }),
    },
  },
];
