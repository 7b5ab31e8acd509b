import type { GuestDiskFigures } from '../fleet/machine';
import type { ModelledInstance } from '../fleet/instances';
import type { Datum, Dimensions } from '../metrics/metric-store';
import { fields, flag, isFields, list, optional, text, texts, type Fields } from '../values/fields';

/** What the agent sees of a mounted filesystem. */
export interface Mount {
  readonly path: string;
  readonly fsType: string;
  readonly device: string;
}

/** The figures give only the share of inodes, and the agent sends counts: ext4's, by mke2fs's default ratio. */
const inodesOf = ({ sizeBytes }: GuestDiskFigures): number => Math.floor(sizeBytes / (16 * 1024));
const inodesUsedOf = (figures: GuestDiskFigures): number =>
  Math.round((inodesOf(figures) * figures.inodesUsedPercent) / 100);

/** The agent's disk measurements by their name without `disk_`. */
const MEASUREMENTS: Readonly<Record<string, (figures: GuestDiskFigures) => number>> = {
  used_percent: ({ usedPercent }) => usedPercent,
  total: ({ sizeBytes }) => sizeBytes,
  free: ({ availableBytes }) => availableBytes,
  used: ({ sizeBytes, availableBytes }) => sizeBytes - availableBytes,
  inodes_total: inodesOf,
  inodes_used: inodesUsedOf,
  inodes_free: (figures) => inodesOf(figures) - inodesUsedOf(figures),
};

/** e.g. `${aws:InstanceId}` → the instance's id; a dimension that the instance does not have is left out. */
function appended(metrics: Fields, instance: ModelledInstance): Dimensions {
  const known: Readonly<Record<string, string | undefined>> = {
    '${aws:InstanceId}': instance.instanceId,
    '${aws:InstanceType}': instance.instanceType,
    '${aws:ImageId}': instance.imageId,
    '${aws:AutoScalingGroupName}': instance.autoScalingGroupName,
  };
  const declared = Object.entries(optional(metrics.append_dimensions, 'append_dimensions', fields, {}));
  const entries = declared.flatMap(([name, value]) => {
    const variable = text(value, `append_dimensions ${name}`);
    if (!(variable in known)) throw new Error(`append_dimensions ${name}: unknown ${variable}`);
    const found = known[variable];
    return found === undefined ? [] : [[name, found] as const];
  });
  return Object.fromEntries(entries);
}

function measurements(disk: Fields): readonly { readonly source: string; readonly name: string }[] {
  return list(disk.measurement, 'disk measurement').map((item) => {
    const declared = isFields(item) ? item : { name: item };
    const source = text(declared.name, 'disk measurement name').replace(/^disk_/, '');
    if (!MEASUREMENTS[source]) throw new Error(`disk measurement ${source} is not known`);
    return { source, name: optional(declared.rename, 'disk measurement rename', text, `disk_${source}`) };
  });
}

/** One metric that an agent sends. */
export interface AgentSeries extends Pick<Datum, 'namespace' | 'name' | 'dimensions'> {
  readonly valueOf: (figures: GuestDiskFigures) => number;
}

/** The metrics that the CloudWatch agent with this configuration sends of the root filesystem. */
export function agentSeries(
  configuration: Fields,
  instance: ModelledInstance,
  mount: Mount,
): readonly AgentSeries[] {
  const metrics = fields(configuration.metrics, 'agent configuration metrics');
  const namespace = optional(metrics.namespace, 'agent configuration namespace', text, 'CWAgent');
  const disk = fields(fields(metrics.metrics_collected, 'metrics_collected').disk, 'metrics_collected disk');
  const resources = optional(disk.resources, 'disk resources', texts, ['*']);
  if (!resources.includes('*') && !resources.includes(mount.path)) return [];
  const dropDevice = optional(disk.drop_device, 'disk drop_device', flag, false);
  const dimensions: Dimensions = {
    ...appended(metrics, instance),
    path: mount.path,
    fstype: mount.fsType,
    ...(dropDevice ? {} : { device: mount.device.replace(/^\/dev\//, '') }),
  };
  const rollUps = optional(metrics.aggregation_dimensions, 'aggregation_dimensions', list, []).map((names) =>
    Object.fromEntries(
      texts(names, 'aggregation_dimensions').map((name) => [name, dimensions[name] ?? ''] as const),
    ),
  );
  return measurements(disk).flatMap(({ source, name }) => {
    const valueOf = MEASUREMENTS[source] ?? (() => Number.NaN);
    return [dimensions, ...rollUps].map((set) => ({ namespace, name, dimensions: set, valueOf }));
  });
}

/** What the CloudWatch agent with this configuration would send for the root filesystem. */
export const agentData = (
  configuration: Fields,
  instance: ModelledInstance,
  figures: GuestDiskFigures,
  mount: Mount,
  at: Date,
): readonly Datum[] =>
  agentSeries(configuration, instance, mount).map(({ valueOf, ...series }) => ({
    ...series,
    at,
    value: valueOf(figures),
  }));
