import { gibReclaimed, type HealReport } from '../outcome/heal-report';

/** Dimension sets of Headroom's own metrics: each metric is sent once for every set that it has. */
export const METRIC_DIMENSIONS = {
  environment: ['Environment'],
  nodeGroup: ['Environment', 'NodeGroup'],
  /** Only for what EBS counts by volume. */
  instance: ['Environment', 'InstanceId'],
} as const;
type DimensionSet = keyof typeof METRIC_DIMENSIONS;

/** Names, units and dimension sets: record and the sweep send them, the dashboard and the alarms read them. */
export const HEAL_METRICS = {
  heals: { name: 'Heals', unit: 'Count', sets: ['environment', 'nodeGroup'] },
  escalations: { name: 'Escalations', unit: 'Count', sets: ['environment', 'nodeGroup'] },
  secondsToHeal: { name: 'SecondsToHeal', unit: 'Seconds', sets: ['environment', 'nodeGroup'] },
  /** From the alarm to the start of the execution. */
  secondsToFirstAction: { name: 'SecondsToFirstAction', unit: 'Seconds', sets: ['environment'] },
  gibReclaimed: { name: 'GiBReclaimed', unit: 'Gigabytes', sets: ['environment', 'nodeGroup'] },
  gibGrown: { name: 'GiBGrown', unit: 'Gigabytes', sets: ['environment', 'nodeGroup'] },
  /** Modifications of a volume, of which EBS allows few a day. Sent only when one was made. */
  grows: { name: 'Grows', unit: 'Count', sets: ['environment', 'instance'] },
  /** Executions that ended Failed or TimedOut without a verdict. */
  healingFailed: { name: 'HealingFailed', unit: 'Count', sets: ['environment'] },
  /** Active pauses, counted by the sweep. */
  pauses: { name: 'Pauses', unit: 'Count', sets: ['environment'] },
} as const satisfies Record<
  string,
  { readonly name: string; readonly unit: string; readonly sets: readonly DimensionSet[] }
>;
type MetricKey = keyof typeof HEAL_METRICS;

/** Notifications that EventBridge did not take for the webhook. Sent only then, for an alarm: no graph shows it. */
export const WEBHOOK_UNSENT = { name: 'WebhookUnsent', unit: 'Count' } as const;

export interface HealDatum {
  readonly name: (typeof HEAL_METRICS)[MetricKey]['name'] | typeof WEBHOOK_UNSENT.name;
  readonly unit: (typeof HEAL_METRICS)[MetricKey]['unit'];
  readonly value: number;
  readonly dimensions: Readonly<Record<string, string>>;
}

/**
 * A node that is gone has no group any more, and a tag may be any text: one value that CloudWatch refuses would take
 * the report's other metrics with it. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_Dimension.html
 */
const DIMENSION_VALUE = /^(?=.*[!-~])[!-9;-~][ -~]{0,1023}$/;

/**
 * What one report adds to the metrics. Zeros are sent too, so that a graph tells "none failed" from "no data".
 * @param endedSilently the execution ended Failed or TimedOut, and nothing had been recorded of it
 */
export const healMetrics = (report: HealReport, endedSilently: boolean): readonly HealDatum[] => {
  const escalated = report.verdict === 'escalated';
  const healed = report.verdict === 'healed' || report.verdict === 'relieved';
  const values: readonly (readonly [MetricKey, number])[] = [
    ['heals', healed ? 1 : 0],
    ['escalations', escalated ? 1 : 0],
    ...(healed ? [['secondsToHeal', report.seconds] as const] : []),
    ...(report.secondsToFirstAction === null
      ? []
      : [['secondsToFirstAction', report.secondsToFirstAction] as const]),
    ['gibReclaimed', gibReclaimed(report)],
    ['gibGrown', report.gibGrown],
    ...(report.gibGrown > 0 ? [['grows', 1] as const] : []),
    ['healingFailed', endedSilently ? 1 : 0],
  ];
  const dimensionValues: Readonly<Record<string, string>> = {
    Environment: report.environment,
    NodeGroup: report.nodeGroup,
    InstanceId: report.instanceId,
  };
  return values.flatMap(([key, value]) => {
    const { name, unit, sets } = HEAL_METRICS[key];
    return sets.flatMap((set) => {
      const names: readonly string[] = METRIC_DIMENSIONS[set];
      const dimensions = Object.fromEntries(names.map((each) => [each, dimensionValues[each] ?? '']));
      return Object.values(dimensions).every((each) => DIMENSION_VALUE.test(each))
        ? [{ name, unit, value, dimensions }]
        : [];
    });
  });
};

/** One notification that EventBridge did not take for the webhook. */
export const webhookUnsent = (environment: string): HealDatum => ({
  ...WEBHOOK_UNSENT,
  ...{ value: 1, dimensions: { Environment: environment } },
});
