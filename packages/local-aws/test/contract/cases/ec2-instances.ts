import {
  DescribeInstanceStatusCommand,
  DescribeInstancesCommand,
  RebootInstancesCommand,
} from '@aws-sdk/client-ec2';
import { NODE_TAGS, ROOT_DEVICE, type ContractCase, type World } from '../support/world';

const NO_INSTANCE = 'i-0fffffffffffffff0';

const instances =
  (ids: (world: World) => string[], more: object = {}) =>
  (world: World): Promise<unknown> =>
    world.clients.ec2.send(new DescribeInstancesCommand({ InstanceIds: ids(world), ...more }));

const tagged =
  (environment: string) =>
  ({ clients, instanceId }: World): Promise<unknown> =>
    clients.ec2.send(
      new DescribeInstancesCommand({
        Filters: [
          { Name: 'tag:shop:environment', Values: [environment] },
          { Name: 'instance-state-name', Values: ['running'] },
          { Name: 'instance-id', Values: [instanceId] },
        ],
      }),
    );

const status =
  (id: (world: World) => string) =>
  (world: World): Promise<unknown> =>
    world.clients.ec2.send(new DescribeInstanceStatusCommand({ InstanceIds: [id(world)] }));

const reboot =
  (id: (world: World) => string) =>
  (world: World): Promise<unknown> =>
    world.clients.ec2.send(new RebootInstancesCommand({ InstanceIds: [id(world)] }));

export const INSTANCE_CASES: readonly ContractCase[] = [
  {
    operation: 'ec2:DescribeInstances',
    name: 'an instance: account, state, tags, and the volume of the root device',
    call: instances(({ instanceId }) => [instanceId]),
    expect: {
      answers: ({ instanceId, volumeId }) => ({
        Reservations: [
          {
            OwnerId: expect.stringMatching(/^\d{12}$/) as string,
            Instances: [
              {
                InstanceId: instanceId,
                State: { Name: 'running' },
                RootDeviceName: ROOT_DEVICE,
                BlockDeviceMappings: [
                  { DeviceName: ROOT_DEVICE, Ebs: { VolumeId: volumeId, Status: 'attached' } },
                ],
                Tags: expect.arrayContaining(
                  Object.entries(NODE_TAGS).map(([Key, Value]) => ({ Key, Value })),
                ) as object,
              },
            ],
          },
        ],
      }),
    },
  },
  {
    operation: 'ec2:DescribeInstances',
    name: 'by tag and state',
    call: tagged('prod'),
    expect: {
      answers: ({ instanceId }) => ({ Reservations: [{ Instances: [{ InstanceId: instanceId }] }] }),
    },
  },
  {
    operation: 'ec2:DescribeInstances',
    name: 'a filter that nothing passes is an empty list',
    call: tagged('dev'),
    expect: { answers: () => ({ Reservations: [] }) },
  },
  {
    operation: 'ec2:DescribeInstances',
    name: 'an id that is not there',
    call: instances(() => [NO_INSTANCE]),
    expect: { fails: 'InvalidInstanceID.NotFound' },
  },
  {
    operation: 'ec2:DescribeInstances',
    name: 'an id that cannot be one',
    call: instances(() => ['i-1; reboot']),
    expect: { fails: 'InvalidInstanceID.Malformed' },
    moto: {
      does: { fails: 'InvalidInstanceID.NotFound' },
      why: 'EC2 error codes list InvalidInstanceID.Malformed for ids of a wrong form; handlers take both alike',
    },
  },
  {
    operation: 'ec2:DescribeInstances',
    name: 'ids and MaxResults exclude each other',
    call: instances(({ instanceId }) => [instanceId], { MaxResults: 5 }),
    expect: { fails: 'InvalidParameterCombination' },
  },
  {
    operation: 'ec2:DescribeInstanceStatus',
    name: 'both checks of an instance that is well',
    call: status(({ instanceId }) => instanceId),
    expect: {
      answers: ({ instanceId }) => ({
        InstanceStatuses: [
          {
            InstanceId: instanceId,
            InstanceState: { Name: 'running' },
            InstanceStatus: { Status: 'ok' },
            SystemStatus: { Status: 'ok' },
          },
        ],
      }),
    },
  },
  {
    operation: 'ec2:RebootInstances',
    name: 'an instance',
    call: reboot(({ instanceId }) => instanceId),
    expect: { answers: () => ({}) },
  },
  {
    operation: 'ec2:RebootInstances',
    name: 'an id that is not there',
    call: reboot(() => NO_INSTANCE),
    expect: { fails: 'InvalidInstanceID.NotFound' },
  },
];
