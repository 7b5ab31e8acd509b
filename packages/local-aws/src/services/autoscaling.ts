import type { Assembly } from '../template/assembly';
import { fields, list, optional, texts } from '../values/fields';
import type { ModelledInstance } from '../fleet/instances';
import { uuidFrom } from '../values/ids';
import type { Service } from '../api/local-aws';
import type { Place } from '../template/physical-ids';
import { onEverything, serviceArn } from './access';
import { page } from './ec2-filters';

export interface ModelledAutoScalingGroup {
  readonly name: string;
  /** Metrics that it sends of itself. */
  readonly metrics: Set<string>;
}

const METRICS = ['GroupInServiceInstances', 'GroupDesiredCapacity'];

/** The synthesized groups, and those that exist already, which send no metrics. */
export const modelAutoScalingGroups = (
  assembly: Assembly,
  existing: readonly string[],
): readonly ModelledAutoScalingGroup[] => [
  ...assembly.ofType('AWS::AutoScaling::AutoScalingGroup').map(({ physicalId, properties, logicalId }) => ({
    name: physicalId,
    metrics: new Set(
      optional(properties.MetricsCollection, logicalId, list, []).flatMap((item) =>
        optional(fields(item, logicalId).Metrics, logicalId, texts, METRICS),
      ),
    ),
  })),
  ...existing.map((name) => ({ name, metrics: new Set<string>() })),
];

export const autoScalingService = (
  place: Place,
  groups: readonly ModelledAutoScalingGroup[],
  instances: readonly ModelledInstance[],
): Service => ({
  DescribeAutoScalingGroups: {
    input: {
      AutoScalingGroupNames: 'strings',
      Filters: 'list',
      IncludeInstances: 'boolean',
      MaxRecords: 'number',
      NextToken: 'string',
    },
    access: onEverything('autoscaling:DescribeAutoScalingGroups'),
    run: (input) => {
      if (input.Filters !== undefined) throw new Error('autoscaling: filters are not modelled');
      const names = optional(input.AutoScalingGroupNames, 'AutoScalingGroupNames', texts, []);
      // No names at all: every group. Names that are not there are passed over.
      const chosen = groups.filter(({ name }) => names.length === 0 || names.includes(name));
      const { items, next } = page(chosen, input.MaxRecords, input.NextToken);
      return {
        AutoScalingGroups: items.map(({ name, metrics }) => ({
          AutoScalingGroupName: name,
          AutoScalingGroupARN: autoScalingGroupArn(place, name),
          EnabledMetrics: [...metrics].map((Metric) => ({ Metric, Granularity: '1Minute' })),
        })),
        ...(next === undefined ? {} : { NextToken: next }),
      };
    },
  },
  DescribeAutoScalingInstances: {
    input: { InstanceIds: 'strings', MaxRecords: 'number', NextToken: 'string' },
    access: onEverything('autoscaling:DescribeAutoScalingInstances'),
    run: (input) => {
      const ids = optional(input.InstanceIds, 'InstanceIds', texts, undefined);
      // An id that no group has is passed over.
      // https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_DescribeAutoScalingInstances.html
      const members = instances.filter(
        ({ instanceId, autoScalingGroupName, state }) =>
          autoScalingGroupName !== undefined &&
          state !== 'terminated' &&
          (ids === undefined || ids.includes(instanceId)),
      );
      const { items, next } = page(members, input.MaxRecords, input.NextToken);
      return {
        AutoScalingInstances: items.map(
          ({ instanceId, autoScalingGroupName, availabilityZone, instanceType, lifecycleState }) => ({
            InstanceId: instanceId,
            InstanceType: instanceType,
            AutoScalingGroupName: autoScalingGroupName,
            AvailabilityZone: availabilityZone,
            LifecycleState: lifecycleState ?? 'InService',
            HealthStatus: 'HEALTHY',
            ProtectedFromScaleIn: false,
          }),
        ),
        ...(next === undefined ? {} : { NextToken: next }),
      };
    },
  },
});

export const autoScalingGroupArn = (place: Place, name: string): string =>
  serviceArn(place, 'autoscaling', `autoScalingGroup:${uuidFrom(name)}:autoScalingGroupName/${name}`);
