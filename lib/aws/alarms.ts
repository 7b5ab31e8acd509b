import { DescribeAlarmsCommand, type MetricAlarm } from '@aws-sdk/client-cloudwatch';
import { everyPage, type SdkClient } from './sdk';

/** A metric alarm that is in ALARM. */
export interface AlarmInAlarm {
  readonly name: string;
  /** undefined: its metrics name no instance, or several. A group's alarm names none. */
  readonly instanceId: string | undefined;
  /** Milliseconds since the epoch; undefined: CloudWatch does not say. */
  readonly sinceMs: number | undefined;
}

const alarmOf = (alarm: MetricAlarm): AlarmInAlarm => {
  const dimensions = [
    ...(alarm.Dimensions ?? []),
    ...(alarm.Metrics ?? []).flatMap(({ MetricStat }) => MetricStat?.Metric?.Dimensions ?? []),
  ];
  const instances = new Set(dimensions.flatMap(({ Name, Value }) => (Name === 'InstanceId' ? [Value] : [])));
  const [instanceId] = instances;
  return {
    name: alarm.AlarmName ?? '',
    instanceId: instances.size === 1 ? instanceId : undefined,
    sinceMs: (alarm.StateTransitionedTimestamp ?? alarm.StateUpdatedTimestamp)?.getTime(),
  };
};

/** Metric alarms in ALARM whose name begins so. @throws what the SDK throws */
export const alarmsInAlarm = (cloudwatch: SdkClient, namePrefix: string): Promise<readonly AlarmInAlarm[]> =>
  everyPage(
    cloudwatch,
    DescribeAlarmsCommand,
    { AlarmNamePrefix: namePrefix, AlarmTypes: ['MetricAlarm'], StateValue: 'ALARM', MaxRecords: 100 },
    ({ MetricAlarms = [] }) => MetricAlarms.map(alarmOf),
  );
