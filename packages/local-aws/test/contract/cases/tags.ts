import { CreateTagsCommand, DeleteTagsCommand, DescribeVolumesCommand } from '@aws-sdk/client-ec2';
import {
  DescribeAutoScalingGroupsCommand,
  DescribeAutoScalingInstancesCommand,
  TerminateInstanceInAutoScalingGroupCommand,
} from '@aws-sdk/client-auto-scaling';
import type { ContractCase, World } from '../support/world';

const NO_INSTANCE = 'i-0fffffffffffffff0';

const create =
  (ids: (world: World) => string[], key = 'shop:role') =>
  (world: World): Promise<unknown> =>
    world.clients.ec2.send(
      new CreateTagsCommand({ Resources: ids(world), Tags: [{ Key: key, Value: 'worker' }] }),
    );

const volume = ({ clients, volumeId }: World): Promise<unknown> =>
  clients.ec2.send(
    new DescribeVolumesCommand({
      Filters: [
        { Name: 'volume-id', Values: [volumeId] },
        { Name: 'tag:shop:role', Values: ['worker'] },
      ],
    }),
  );

const groups =
  (names: (world: World) => string[]) =>
  (world: World): Promise<unknown> =>
    world.clients.autoscaling.send(
      new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: names(world) }),
    );

export const TAG_CASES: readonly ContractCase[] = [
  {
    operation: 'ec2:CreateTags',
    name: 'an instance and its volume get a tag, which filters find',
    arrange: create(({ instanceId, volumeId }) => [instanceId, volumeId]),
    call: volume,
    expect: {
      answers: ({ volumeId }) => ({
        Volumes: [
          {
            VolumeId: volumeId,
            Tags: expect.arrayContaining([{ Key: 'shop:role', Value: 'worker' }]) as object,
          },
        ],
      }),
    },
  },
  {
    operation: 'ec2:CreateTags',
    name: 'an instance that is not there',
    call: create(() => [NO_INSTANCE]),
    expect: { fails: 'InvalidInstanceID.NotFound' },
    moto: {
      does: { answers: () => ({}) },
      why: 'EC2 error codes list InvalidInstanceID.NotFound for instances that do not exist; moto tags any id',
    },
  },
  {
    operation: 'ec2:DeleteTags',
    name: 'a key without a value takes the tag whatever its value',
    arrange: async (world) => {
      await create(({ volumeId }) => [volumeId])(world);
      await world.clients.ec2.send(
        new DeleteTagsCommand({ Resources: [world.volumeId], Tags: [{ Key: 'shop:role' }] }),
      );
    },
    call: volume,
    expect: { answers: () => ({ Volumes: [] }) },
  },
  {
    operation: 'autoscaling:DescribeAutoScalingGroups',
    name: 'a group that sends no metrics; one that is not there is passed over',
    call: groups(({ autoScalingGroupName }) => [autoScalingGroupName, 'no-such-group']),
    expect: {
      answers: ({ autoScalingGroupName }) => ({
        AutoScalingGroups: [{ AutoScalingGroupName: autoScalingGroupName }],
      }),
    },
  },
  {
    operation: 'autoscaling:DescribeAutoScalingInstances',
    name: 'an instance of no group, and one that is not there, are passed over',
    call: ({ clients, instanceId }) =>
      clients.autoscaling.send(
        new DescribeAutoScalingInstancesCommand({ InstanceIds: [instanceId, NO_INSTANCE] }),
      ),
    expect: { answers: () => ({ AutoScalingInstances: [] }) },
  },
  {
    operation: 'autoscaling:TerminateInstanceInAutoScalingGroup',
    name: 'an instance that is in no group',
    call: ({ clients }) =>
      clients.autoscaling.send(
        new TerminateInstanceInAutoScalingGroupCommand({
          InstanceId: NO_INSTANCE,
          ShouldDecrementDesiredCapacity: false,
        }),
      ),
    expect: { fails: 'ValidationError' },
    moto: {
      does: { fails: 'Error' },
      why: 'the API reference and users report ValidationError, Instance Id not found; moto breaks down',
    },
  },
];
