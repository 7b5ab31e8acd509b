import type { AlarmDefinition, MetricEntry } from './alarm-definition';
import type { Judgement } from './alarm-state';
import { shortHash, uuidFrom } from '../values/ids';
import type { Dimensions } from '../metrics/metric-store';
import type { Place } from '../template/physical-ids';

/** An event on the default bus. */
export interface CloudEvent {
  readonly version: '0';
  readonly id: string;
  readonly 'detail-type': string;
  readonly source: string;
  readonly account: string;
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: Readonly<Record<string, unknown>>;
}

/** @param now gives the time and, with the other arguments, the id: the same run has the same ids */
export function cloudEvent(
  place: Place,
  source: string,
  detailType: string,
  resources: readonly string[],
  detail: Readonly<Record<string, unknown>>,
  now: Date,
): CloudEvent {
  return {
    version: '0',
    id: uuidFrom(JSON.stringify([source, detailType, resources, detail, now])),
    'detail-type': detailType,
    source,
    account: place.account,
    time: `${now.toISOString().slice(0, 19)}Z`,
    region: place.region,
    resources,
    detail,
  };
}

/** e.g. `2026-11-20T04:05:31.919+0000`. */
export const stamp = (at: Date): string => at.toISOString().replace('Z', '+0000');

const configuredMetric = (definition: AlarmDefinition, entry: MetricEntry): unknown =>
  'stat' in entry
    ? {
        id: entry.id,
        metricStat: {
          metric: {
            namespace: entry.stat.namespace,
            name: entry.stat.name,
            dimensions: entry.stat.dimensions,
          },
          period: entry.stat.periodSeconds,
          stat: entry.stat.statistic,
        },
        returnData: entry.returned,
      }
    : {
        id: entry.id,
        expression: entry.expression,
        returnData: entry.returned,
        period: entry.periodSeconds ?? definition.periodSeconds,
      };

const configuration = (definition: AlarmDefinition): unknown => ({
  description: definition.description,
  metrics: definition.metrics.map((entry) => configuredMetric(definition, entry)),
});

export function stateChange(
  definition: AlarmDefinition,
  place: Place,
  { state, reason, recent }: Judgement,
  previous: { readonly state: string; readonly reason: string; readonly since: Date },
  now: Date,
): CloudEvent {
  const reasonData = JSON.stringify({
    version: '1.0',
    queryDate: stamp(now),
    period: definition.periodSeconds,
    recentDatapoints: recent,
    threshold: definition.threshold,
  });
  const detail = {
    alarmName: definition.name,
    configuration: configuration(definition),
    previousState: { value: previous.state, reason: previous.reason, timestamp: stamp(previous.since) },
    state: { value: state, reason, reasonData, timestamp: stamp(now) },
  };
  return cloudEvent(place, 'aws.cloudwatch', 'CloudWatch Alarm State Change', [definition.arn], detail, now);
}

export function contributorChange(
  definition: AlarmDefinition,
  place: Place,
  attributes: Dimensions,
  { state, reason }: Judgement,
  now: Date,
): CloudEvent {
  const detail = {
    alarmName: definition.name,
    alarmContributor: { id: shortHash(JSON.stringify(attributes), 16), attributes },
    state: { value: state, reason, timestamp: stamp(now) },
    configuration: configuration(definition),
  };
  return cloudEvent(
    place,
    'aws.cloudwatch',
    'CloudWatch Alarm Contributor State Change',
    [definition.arn],
    detail,
    now,
  );
}
