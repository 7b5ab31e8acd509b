import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { Ec2Action, Ec2InstanceAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Construct } from 'constructs';
import { alarmDescription } from '../../domain/names/alarm-kinds';
import { STATUS_CHECKS, statusCheckAlarmName, type StatusCheck } from '../../domain/names/naming';

interface Check {
  readonly metricName: string;
  /** Minutes for which it must fail. */
  readonly minutes: number;
  readonly symptom: string;
  readonly headroomDoes: string;
  readonly recover: boolean;
}

/**
 * Only the host's check leads to an action: its node is down already, and recovery moves it as it is, volumes and addresses
 * included. A reboot for the instance check would disrupt a member without the quorum's gate, so an operator decides.
 * Source: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/monitoring-system-instance-status-check.html
 */
const CHECKS: Readonly<Record<StatusCheck, Check>> = {
  system: {
    metricName: 'StatusCheckFailed_System',
    minutes: 2,
    symptom: 'fails its system status check: the host below it is impaired.',
    headroomDoes: 'Headroom has EC2 recover the instance on another host; the topic is notified.',
    recover: true,
  },
  instance: {
    metricName: 'StatusCheckFailed_Instance',
    minutes: 5,
    symptom: 'fails its instance status check: its operating system does not answer.',
    headroomDoes: 'Headroom reboots no member of etcd for that; the topic is notified.',
    recover: false,
  },
  volume: {
    metricName: 'StatusCheckFailed_AttachedEBS',
    minutes: 5,
    symptom: 'cannot reach one of its volumes.',
    headroomDoes: 'Headroom cannot repair EBS; the topic is notified.',
    recover: false,
  },
};

export interface StatusAlarmsProps {
  readonly environmentName: string;
  /** Counts from 1. */
  readonly index: number;
  readonly instanceId: string;
  readonly notifyOperators: cloudwatch.IAlarmAction;
}

/** EC2's status checks of one control-plane node. Workers are their Auto Scaling group's, which replaces them. */
export class StatusAlarms extends Construct {
  constructor(scope: Construct, id: string, props: StatusAlarmsProps) {
    super(scope, id);
    const { environmentName, index, instanceId } = props;
    for (const name of STATUS_CHECKS) {
      const check = CHECKS[name];
      const alarm = new cloudwatch.Alarm(this, name, {
        alarmName: statusCheckAlarmName(environmentName, index, name),
        alarmDescription: alarmDescription(
          `check-${name}`,
          `Control-plane node ${index} of ${environmentName} ${check.symptom}`,
          check.headroomDoes,
        ),
        metric: new cloudwatch.Metric({
          namespace: 'AWS/EC2',
          metricName: check.metricName,
          dimensionsMap: { InstanceId: instanceId },
          statistic: cloudwatch.Stats.MAXIMUM,
          period: Duration.minutes(1),
        }),
        threshold: 1,
        comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        evaluationPeriods: check.minutes,
        datapointsToAlarm: check.minutes,
        // EC2's figures are late at times, and a stopped instance has none: neither is a failed check.
        treatMissingData: cloudwatch.TreatMissingData.MISSING,
      });
      alarm.addAlarmAction(props.notifyOperators);
      if (check.recover) alarm.addAlarmAction(new Ec2Action(Ec2InstanceAction.RECOVER));
    }
  }
}
