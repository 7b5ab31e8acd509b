import type { AlarmFacts, Facts, NodeGroupFacts } from '../../facts';
import { isInsightsQuery, readInsightsQuery } from './insights-query';

/**
 * `level`: rings when a disk fills. `silence`: rings when nothing is measured. `other`: about neither.
 * `unknown`: it cannot tell.
 */
export type AlarmKind = 'level' | 'silence' | 'other' | 'unknown';

/** e.g. `disk_used_percent`, `DiskSpaceUtilization`, `node_filesystem_utilization`, `LogicalDisk % Free Space`. */
const isDiskMetric = (name: string): boolean =>
  /disk|filesystem/i.test(name) && /used|util|free|percent/i.test(name) && !/inode|\bio_?time\b/i.test(name);
const isFree = (name: string): boolean => /free|avail/i.test(name);

const isBelow = (comparison: string): boolean => /^LessThan/i.test(comparison);
const SILENT_NAME = /silen|heartbeat|no-?data|not-?report|missing-?data/i;

/** A metric that counts what is silent: its sender has looked for missing data already. */
const isCountOfSilence = (metric: string): boolean => SILENT_NAME.test(metric);

/** Whether an alarm leaves missing data to the sender of its metric. */
export const countsSilence = ({ metric }: AlarmFacts): boolean =>
  metric.state === 'known' &&
  metric.value.name.state === 'known' &&
  isCountOfSilence(metric.value.name.value);

const kindOf = (metric: string, counts: boolean, below: boolean): AlarmKind => {
  if (isCountOfSilence(metric)) return below ? 'other' : 'silence';
  if (below && counts) return 'silence';
  if (!isDiskMetric(metric)) return 'other';
  // An empty disk is not a problem: an alarm below a used percent is one on missing measurements.
  return below && !isFree(metric) ? 'silence' : 'level';
};

const ofExpressions = (alarm: AlarmFacts): AlarmKind => {
  const below = alarm.comparison.state === 'known' && isBelow(alarm.comparison.value);
  const queries = alarm.expressions.filter(isInsightsQuery);
  const kinds = queries.map((expression): AlarmKind => {
    const query = readInsightsQuery(expression);
    return query === undefined ? 'unknown' : kindOf(query.metric, query.aggregate === 'COUNT', below);
  });
  const maths = alarm.expressions.filter((expression) => !isInsightsQuery(expression));
  if (maths.length > 0) kinds.push(ofMaths(alarm, maths, below));
  return (['level', 'silence', 'unknown'] as const).find((kind) => kinds.includes(kind)) ?? 'other';
};

/** FILL gives missing data a value, so it is used to find silence. */
const ofMaths = ({ metrics, name }: AlarmFacts, maths: readonly string[], below: boolean): AlarmKind => {
  const fills = maths.some((expression) => /\bFILL\s*\(/i.test(expression));
  if (metrics === undefined) {
    if (!fills) return 'unknown';
    return name.state === 'known' && SILENT_NAME.test(name.value) ? 'silence' : 'unknown';
  }
  if (metrics.some((metric) => metric.name.state === 'unknown')) return 'unknown';
  const fromNodes = metrics.filter(
    ({ namespace }) => namespace.state !== 'known' || !namespace.value.startsWith('AWS/'),
  );
  const disk = fromNodes.find((metric) => metric.name.state === 'known' && isDiskMetric(metric.name.value));
  if (fills && fromNodes.length > 0) return 'silence';
  return disk?.name.state === 'known' ? kindOf(disk.name.value, false, below) : 'other';
};

/** What an alarm is for. Named after a silence counts only where its figures leave it open. */
export const alarmKind = (alarm: AlarmFacts): AlarmKind => {
  const { metric, comparison, statistic } = alarm;
  if (metric.state === 'unknown') return 'unknown';
  if (metric.state === 'absent') return ofExpressions(alarm);
  const { namespace, name } = metric.value;
  if (namespace.state === 'known' && namespace.value.startsWith('AWS/')) return 'other';
  if (name.state !== 'known' || comparison.state === 'unknown') return 'unknown';
  const below = comparison.state === 'known' && isBelow(comparison.value);
  const counts = statistic?.state === 'known' && /^SampleCount$/i.test(statistic.value);
  const kind = kindOf(name.value, counts, below);
  if (kind !== 'level' || alarm.treatMissingData.state !== 'known') return kind;
  return alarm.treatMissingData.value === 'breaching' &&
    alarm.name.state === 'known' &&
    SILENT_NAME.test(alarm.name.value)
    ? 'silence'
    : kind;
};

/** Whether it rings for silence too: missing data counts as breaching, on a metric that a node sends. */
export const ringsForSilence = (alarm: AlarmFacts): boolean =>
  alarmKind(alarm) === 'silence' ||
  (alarmKind(alarm) === 'level' &&
    alarm.metric.state === 'known' &&
    alarm.treatMissingData.state === 'known' &&
    alarm.treatMissingData.value === 'breaching');

export const watchesGroup = ({ watches }: AlarmFacts, { id }: NodeGroupFacts): boolean =>
  watches.state === 'known' && watches.value.includes(id);

/**
 * How many of a group's single instances such alarms watch: each fixed InstanceId counts once, an alarm over the whole
 * group counts for all.
 */
export const watchedInstances = (alarms: readonly AlarmFacts[], group: NodeGroupFacts): number => {
  const ids = alarms.map(({ metric }) => {
    if (metric.state !== 'known' || metric.value.dimensions.state !== 'known') return undefined;
    return metric.value.dimensions.value['InstanceId'];
  });
  return ids.includes(undefined) ? group.instances.length : new Set(ids).size;
};

/** Alarms that do, and alarms that may do. */
export const alarmsOf = (
  { alarms }: Pick<Facts, 'alarms'>,
  group: NodeGroupFacts,
  does: (alarm: AlarmFacts) => boolean,
): { readonly sure: readonly AlarmFacts[]; readonly maybe: readonly AlarmFacts[] } => ({
  sure: alarms.filter((alarm) => does(alarm) && watchesGroup(alarm, group)),
  maybe: alarms.filter(
    (alarm) =>
      (alarmKind(alarm) === 'unknown' && (watchesGroup(alarm, group) || alarm.watches.state === 'unknown')) ||
      (does(alarm) && alarm.watches.state === 'unknown'),
  ),
});
