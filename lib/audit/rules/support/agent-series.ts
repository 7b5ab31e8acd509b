import type { AgentConfiguration, ImageFamily, NodeGroupFacts } from '../../facts';

/** Dimension keys with which an agent sends one disk series. */
export type DimensionSet = readonly string[];

const AUTO_SCALING_GROUP = 'AutoScalingGroupName';

/**
 * Every set of dimension keys with which an agent of this configuration sends disk metrics from such nodes.
 * undefined in it: it also sends sums over sets that the audit has not read.
 * Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-Agent-Configuration-File-Details.html
 */
export const sentSets = (
  { appendDimensions, aggregationDimensions, disk }: AgentConfiguration,
  group: NodeGroupFacts | undefined,
): readonly (DimensionSet | undefined)[] => {
  if (disk === undefined) return [];
  const measured = [
    'path',
    'fstype',
    ...(disk.dropDevice ? [] : ['device']),
    ...(disk.appendDimensions ?? []),
  ];
  // An instance on its own has no such tag, and the agent leaves the dimension out.
  const appended = appendDimensions.filter((key) => key !== AUTO_SCALING_GROUP || group?.kind !== 'instance');
  const bases: DimensionSet[] = [[...measured, ...appended]];
  // Without append_dimensions the agent adds the host's name, unless omit_hostname is set.
  if (appendDimensions.length === 0) bases.push([...measured, 'host']);
  if (group === undefined && appendDimensions.includes(AUTO_SCALING_GROUP))
    bases.push([...measured, ...appendDimensions.filter((key) => key !== AUTO_SCALING_GROUP)]);
  return [...bases, ...(aggregationDimensions ?? [undefined])];
};

export const sameSet = (a: DimensionSet, b: DimensionSet): boolean =>
  new Set(a).size === new Set(b).size && a.every((key) => b.includes(key));

/** The metric that the agent makes of a measurement, e.g. `used_percent` → `disk_used_percent`. */
export const diskMetricNames = (measurements: readonly string[]): string[] =>
  measurements.map((measurement) => (measurement.startsWith('disk_') ? measurement : `disk_${measurement}`));

/** Whether the agent measures this mount point. No list, or `*`: all of them. */
export const measuresPath = (resources: readonly string[], path: string): boolean =>
  resources.length === 0 || resources.includes('*') || resources.includes(path);

/** Filesystem of / by image family; undefined: an image may have another. */
export const rootFilesystem = (family: ImageFamily): string | undefined =>
  (
    ({ ubuntu: 'ext4', debian: 'ext4', 'amazon-linux-2': 'xfs', 'amazon-linux-2023': 'xfs' }) as Partial<
      Record<ImageFamily, string>
    >
  )[family];
