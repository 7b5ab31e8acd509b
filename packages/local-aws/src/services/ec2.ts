import { AwsError } from '../api/aws-error';
import type { Fields } from '../values/fields';
import { optional, texts } from '../values/fields';
import type { ModelledInstance } from '../fleet/instances';
import type { Service } from '../api/local-aws';
import { onEverything, serviceArn, tagContext } from './access';
import { page, passesFilters, tagList } from './ec2-filters';
import { snapshotOperations } from './ec2-snapshots';
import type { Ec2State } from './ec2-state';
import { tagOperations } from './ec2-tags';
import { volumeOperations } from './ec2-volumes';

const INSTANCE_ID = /^i-[0-9a-f]{8}([0-9a-f]{9})?$/;

const named = (state: Ec2State, ids: readonly string[]): readonly ModelledInstance[] =>
  ids.map((id) => {
    if (!INSTANCE_ID.test(id)) throw new AwsError('InvalidInstanceID.Malformed', `Invalid id: "${id}"`);
    const found = state.instances.find(({ instanceId }) => instanceId === id);
    if (!found) throw new AwsError('InvalidInstanceID.NotFound', `The instance ID '${id}' does not exist`);
    return found;
  });

const describe = (state: Ec2State, instance: ModelledInstance): Fields => ({
  InstanceId: instance.instanceId,
  ImageId: instance.imageId,
  InstanceType: instance.instanceType,
  LaunchTime: instance.launchedAt,
  State: stateOf(instance),
  Placement: { AvailabilityZone: instance.availabilityZone, Tenancy: 'default' },
  SubnetId: instance.subnetId,
  PrivateIpAddress: instance.privateIp,
  PrivateDnsName: `ip-${instance.privateIp.replaceAll('.', '-')}.${state.place.region}.compute.internal`,
  RootDeviceName: instance.rootDeviceName,
  RootDeviceType: 'ebs',
  BlockDeviceMappings: [
    {
      DeviceName: instance.rootDeviceName,
      Ebs: {
        VolumeId: instance.volume.volumeId,
        Status: 'attached',
        AttachTime: instance.launchedAt,
        DeleteOnTermination: true,
      },
    },
  ],
  Tags: tagList(instance.tags),
});

const STATE_CODES = { running: 16, 'shutting-down': 32, terminated: 48 } as const;
/** EC2 looks once a minute: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/monitoring-system-instance-status-check.html */
const STATUS_CHECK_MS = 60_000;
const completesIo = ({ clock }: Ec2State, { volume: { stalledAt } }: ModelledInstance): boolean =>
  stalledAt === undefined || clock.now().getTime() - stalledAt.getTime() < STATUS_CHECK_MS;

const stateOf = ({ state = 'running' }: ModelledInstance) => ({ Code: STATE_CODES[state], Name: state });

export const ec2Service = (state: Ec2State): Service => ({
  DescribeInstances: {
    input: {
      InstanceIds: 'strings',
      Filters: 'list',
      MaxResults: 'number',
      NextToken: 'string',
      DryRun: 'boolean',
    },
    access: onEverything('ec2:DescribeInstances'),
    run: (input) => {
      const ids = optional(input.InstanceIds, 'InstanceIds', texts, undefined);
      if (ids && input.MaxResults !== undefined) {
        throw new AwsError(
          'InvalidParameterCombination',
          'MaxResults and InstanceIds can not be used together',
        );
      }
      const candidates = ids ? named(state, ids) : state.instances;
      const chosen = candidates.filter((instance) =>
        passesFilters(
          input.Filters,
          {
            'instance-id': instance.instanceId,
            'instance-state-name': stateOf(instance).Name,
            'instance-type': instance.instanceType,
            'availability-zone': instance.availabilityZone,
            'subnet-id': instance.subnetId,
            'image-id': instance.imageId,
            'private-ip-address': instance.privateIp,
            'block-device-mapping.volume-id': instance.volume.volumeId,
          },
          instance.tags,
        ),
      );
      const { items, next } = page(chosen, input.MaxResults, input.NextToken);
      const reservations = items.map((instance) => ({
        ReservationId: instance.instanceId.replace(/^i-/, 'r-'),
        OwnerId: state.place.account,
        Groups: [],
        Instances: [describe(state, instance)],
      }));
      return { Reservations: reservations, ...(next === undefined ? {} : { NextToken: next }) };
    },
  },
  DescribeInstanceStatus: {
    input: {
      InstanceIds: 'strings',
      IncludeAllInstances: 'boolean',
      MaxResults: 'number',
      NextToken: 'string',
      DryRun: 'boolean',
    },
    access: onEverything('ec2:DescribeInstanceStatus'),
    run: (input) => {
      const ids = optional(input.InstanceIds, 'InstanceIds', texts, undefined);
      const { items, next } = page(
        (ids ? named(state, ids) : state.instances).filter(
          (instance) => input.IncludeAllInstances === true || stateOf(instance).Name === 'running',
        ),
        input.MaxResults,
        input.NextToken,
      );
      const statuses = items.map((instance) => ({
        InstanceId: instance.instanceId,
        AvailabilityZone: instance.availabilityZone,
        InstanceState: stateOf(instance),
        InstanceStatus: { Status: instance.impaired === true ? 'impaired' : 'ok' },
        SystemStatus: { Status: 'ok' },
        AttachedEbsStatus: { Status: completesIo(state, instance) ? 'ok' : 'impaired' },
      }));
      return { InstanceStatuses: statuses, ...(next === undefined ? {} : { NextToken: next }) };
    },
  },
  RebootInstances: {
    input: { InstanceIds: 'strings!', DryRun: 'boolean' },
    access: ({ InstanceIds: ids }) =>
      named(state, texts(ids, 'InstanceIds')).map(({ instanceId, tags }) => ({
        action: 'ec2:RebootInstances',
        resource: serviceArn(state.place, 'ec2', `instance/${instanceId}`),
        context: tagContext('ec2', tags),
      })),
    run: ({ InstanceIds: ids }) => {
      const rebooting = named(state, texts(ids, 'InstanceIds'));
      rebooting.forEach((instance) =>
        state.inBackground(`reboot of ${instance.instanceId}`, state.reboot(instance)),
      );
      return {};
    },
  },
  ...snapshotOperations(state),
  ...tagOperations(state),
  ...volumeOperations(state),
});
