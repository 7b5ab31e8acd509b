import type { Fact } from '../facts';
import { defineRule, yaml, type Outcome, type Rule } from '../rule';
import {
  instanceEbsLimitsOf,
  type InstanceEbsLimits,
  type InstanceEbsLimitsOf,
} from './support/instance-limits';
import { cannotTell, figure, finding, groupSubject, listed, pass, sentence } from './support/outcomes';
import { GP3 } from '../../domain/sizing/gp3';
import { volumeType, type VolumeTypeLimits } from './support/volume-limits';
import { declaredVolumes, type DeclaredVolume } from './support/volumes';

const valueOf = <T>(fact: Fact<T>): T | undefined => (fact.state === 'known' ? fact.value : undefined);

/** What is paid for: beyond what every volume of the type has. */
interface Bought {
  readonly iops: number | undefined;
  readonly throughputMiBps: number | undefined;
}

const bought = ({ device }: DeclaredVolume, limits: VolumeTypeLimits): Bought => {
  const [iops, throughput] = [valueOf(device.iops), valueOf(device.throughputMiBps)];
  return {
    iops:
      limits.maxIops !== undefined && iops !== undefined && iops > (limits.freeIops ?? 0) ? iops : undefined,
    throughputMiBps:
      limits.maxThroughputMiBps !== undefined &&
      throughput !== undefined &&
      throughput > (limits.freeThroughputMiBps ?? 0)
        ? throughput
        : undefined,
  };
};

/** Beyond what the volume may have: EC2 refuses it, or it cannot be reached. */
const beyondVolume = (
  { device }: DeclaredVolume,
  limits: VolumeTypeLimits,
  { iops, throughputMiBps }: Bought,
): string[] => {
  const sizeGiB = valueOf(device.sizeGiB);
  const mostIops = sizeGiB === undefined ? undefined : limits.maxIops?.(sizeGiB);
  const hasIops = iops ?? limits.freeIops;
  const mostThroughput =
    hasIops === undefined || device.iops.state === 'unknown'
      ? undefined
      : limits.maxThroughputMiBps?.(hasIops);
  return [
    ...(iops !== undefined && mostIops !== undefined && iops > mostIops
      ? [`${figure(iops)} IOPS (${figure(sizeGiB ?? 0)} GiB may have ${figure(mostIops)})`]
      : []),
    ...(throughputMiBps !== undefined && mostThroughput !== undefined && throughputMiBps > mostThroughput
      ? [`${figure(throughputMiBps)} MiB/s (${figure(hasIops ?? 0)} IOPS may have ${figure(mostThroughput)})`]
      : []),
  ];
};

/** Beyond what the largest of the group's instance types drives. */
const beyondInstances = (
  { iops, throughputMiBps }: Bought,
  most: InstanceEbsLimits,
  types: readonly string[],
): string[] => [
  ...(iops !== undefined && iops > most.maximumIops
    ? [`${figure(iops)} IOPS (${listed(types)} can drive ${figure(most.maximumIops)})`]
    : []),
  ...(throughputMiBps !== undefined && throughputMiBps > most.maximumThroughputMiBps
    ? [`${figure(throughputMiBps)} MiB/s (${listed(types)} can drive ${figure(most.maximumThroughputMiBps)})`]
    : []),
];

const mostOf = (
  types: readonly string[],
  limitsOf: InstanceEbsLimitsOf,
): InstanceEbsLimits | { readonly why: string } => {
  const limits = types.map(limitsOf);
  const missing = types.filter((_, index) => limits[index] === undefined);
  if (types.length === 0 || missing.length > 0)
    return { why: `what ${listed(missing)} can drive is in no table of the audit` };
  const known = limits.filter((limit) => limit !== undefined);
  return {
    maximumIops: Math.max(...known.map(({ maximumIops }) => maximumIops)),
    maximumThroughputMiBps: Math.max(...known.map(({ maximumThroughputMiBps }) => maximumThroughputMiBps)),
  };
};

const unknownOf = ({ device }: DeclaredVolume): string | undefined => {
  const open = ([device.volumeType, device.iops, device.throughputMiBps] as const).find(
    (fact) => fact.state === 'unknown',
  );
  return open?.state === 'unknown' ? `type, IOPS or throughput is unknown: ${open.why}` : undefined;
};

const check = (volume: DeclaredVolume, limitsOf: InstanceEbsLimitsOf): Outcome[] => {
  const { subject, device, name, group } = volume;
  // Nothing is bought: whatever the type is, its own performance comes with it.
  if (device.iops.state === 'absent' && device.throughputMiBps.state === 'absent') return [];
  const type = valueOf(device.volumeType);
  const limits = type === undefined ? undefined : volumeType(type);
  if (limits === undefined)
    return [
      cannotTell(
        subject,
        unknownOf(volume) ??
          `${name} declares IOPS or throughput for a volume type that is ${type === undefined ? 'not declared' : 'not known here'}`,
      ),
    ];
  const paid = bought(volume, limits);
  const found = beyondVolume(volume, limits, paid);
  const open = unknownOf(volume);
  if (found.length === 0 && open !== undefined) return [cannotTell(subject, `of ${name} ${open}`)];
  if (paid.iops === undefined && paid.throughputMiBps === undefined) return [pass(subject)];
  // A volume on its own goes to whichever instance it is attached to.
  const types = group === undefined ? undefined : valueOf(group.instanceTypes);
  const most = types === undefined ? undefined : mostOf(types, limitsOf);
  if (most !== undefined && !('why' in most) && types !== undefined)
    found.push(...beyondInstances(paid, most, types));
  if (found.length > 0)
    return [
      finding(subject, sentence(`${name} pays for ${listed(found)}`), {
        remediation:
          'Lower Iops and Throughput to what volume and instance can do, or take a larger instance.',
      }),
    ];
  if (valueOf(device.sizeGiB) === undefined && paid.iops !== undefined)
    return [cannotTell(subject, `how many IOPS ${name} may have depends on its size, which is unknown`)];
  if (group === undefined) return [pass(subject)];
  if (most === undefined)
    return [
      cannotTell(
        groupSubject(group),
        `its instance types are unknown${group.instanceTypes.state === 'unknown' ? `: ${group.instanceTypes.why}` : ''}`,
      ),
    ];
  return ['why' in most ? cannotTell(subject, most.why) : pass(subject)];
};

/** A worker of an instance type with a volume of 16,000 IOPS. */
const fastVolume = (instanceType: string): string => yaml`
  Resources:
    Workers:
      Type: AWS::EC2::LaunchTemplate
      Properties:
        LaunchTemplateData:
          ImageId: '{{resolve:ssm:/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id}}'
          InstanceType: ${instanceType}
          BlockDeviceMappings:
            - DeviceName: /dev/sda1
              Ebs: { VolumeSize: 64, VolumeType: gp3, Iops: 16000, Encrypted: true }
`;

export const volumePerformanceUnusedWith = (limitsOf: InstanceEbsLimitsOf): Rule =>
  defineRule({
    id: 'volume-performance-unused',
    severity: 'warning',
    title: 'IOPS or throughput that cannot be used',
    needs: ['nodeGroups', 'volumes'],
    what: [
      'Provisioned IOPS and throughput of each volume, against what the volume may have and what the group’s instance types can drive.',
      `Only what is paid for counts: on gp3 beyond ${figure(GP3.minIops)} IOPS and ${GP3.minThroughputMiBps} MiB/s. A volume may have ${GP3.maxIopsPerGiB} IOPS a GiB and ${GP3.maxThroughputMiBpsPerIops} MiB/s an IOPS as gp3, 50 IOPS a GiB as io1, 1,000 as io2. An instance type that is in no table is "cannot tell".`,
    ],
    why: [
      'It is paid for every month and never reached. EC2 refuses what is beyond the volume’s own ratio, at launch: no node comes up.',
    ],
    fix: ['Lower Iops and Throughput to what volume and instance can do, or take a larger instance.'],
    acceptable: 'the group moves to m7g.4xlarge in January',
    examples: [{ fails: fastVolume('t4g.medium'), passes: fastVolume('m7g.4xlarge') }],
    check: ({ head }) => declaredVolumes(head).flatMap((volume) => check(volume, limitsOf)),
  });

export const volumePerformanceUnused = volumePerformanceUnusedWith(instanceEbsLimitsOf);
