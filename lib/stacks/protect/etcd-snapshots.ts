import { createHash } from 'node:crypto';
import { Duration, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as ssm from 'aws-cdk-lib/aws-ssm';
import { Construct, type IDependable } from 'constructs';
import { alarmDescription } from '../../domain/names/alarm-kinds';
import { GUARD_ENVIRONMENT_TAG } from '../../domain/names/guard-metric';
import { documentName, etcdSnapshotAlarmName, resourcePrefix } from '../../domain/names/naming';
import { ETCD_SNAPSHOT_AGE_METRIC, oldSnapshotHours } from '../../domain/names/snapshot-age';
import { renderScript } from '../../node/node-files';
import type { Documents } from '../../constructs/documents';

const SECONDS_PER_HOUR = 3_600;

export interface EtcdSnapshotsProps {
  readonly environmentName: string;
  /** Where the agents of control planes write. */
  readonly namespace: string;
  readonly everyHours: number;
  readonly bucketName: string;
  readonly documents: Documents;
  /** In the order of their index. */
  readonly controlPlaneInstanceIds: readonly string[];
  readonly notifyOperators: cloudwatch.IAlarmAction;
  /** What must be there before the first snapshot is saved. */
  readonly after: readonly IDependable[];
}

/** The timer that saves etcd on every control-plane node, and the alarm for when it does not. */
export class EtcdSnapshots extends Construct {
  constructor(scope: Construct, id: string, props: EtcdSnapshotsProps) {
    super(scope, id);
    const { environmentName, everyHours, controlPlaneInstanceIds } = props;
    const parameters = {
      Action: ['install'],
      Bucket: [props.bucketName],
      BucketOwner: [Stack.of(this).account],
      Environment: [environmentName],
      EveryHours: [String(everyHours)],
    };
    // An association runs at once when it changes, but does not notice a changed document: hence the hash.
    const version = createHash('sha256')
      .update(renderScript('prepare-etcd-snapshots.sh') + everyHours)
      .digest('hex')
      .slice(0, 8);
    const association = new ssm.CfnAssociation(this, 'Association', {
      name: documentName(environmentName, 'PrepareEtcdSnapshots'),
      associationName: `${resourcePrefix(environmentName)}-etcd-snapshots-${version}`,
      // A node that had no room, or whose timer was stopped, has its timer within the hour.
      scheduleExpression: 'rate(1 hour)',
      applyOnlyAtCronInterval: false,
      targets: [{ key: 'InstanceIds', values: [...controlPlaneInstanceIds] }],
      parameters,
      // A mistake in a script must not reach a whole control plane at the same moment.
      maxConcurrency: '1',
      maxErrors: '100%',
      complianceSeverity: 'HIGH',
    });
    const alarms = controlPlaneInstanceIds.map((instanceId, offset) =>
      this.alarm(props, instanceId, offset + 1),
    );
    // Last: nodes save at once, and a bucket with objects in it cannot be rolled back.
    association.node.addDependency(props.documents, ...alarms, ...props.after);
  }

  private alarm(props: EtcdSnapshotsProps, instanceId: string, index: number): cloudwatch.Alarm {
    const { environmentName, everyHours } = props;
    const hours = oldSnapshotHours(everyHours);
    const alarm = new cloudwatch.Alarm(this, `Old${index}`, {
      alarmName: etcdSnapshotAlarmName(environmentName, index),
      alarmDescription: alarmDescription(
        'etcd-snapshot-old',
        `Control-plane node ${index} of ${environmentName} has not saved a good snapshot of etcd for ${hours} hours.`,
        'Headroom retries every minute; the topic is notified.',
      ),
      // No SCHEMA: the agent adds its own dimensions to StatsD metrics, and none of them matters here.
      metric: new cloudwatch.MathExpression({
        expression:
          `SELECT MAX(${ETCD_SNAPSHOT_AGE_METRIC}) FROM "${props.namespace}" ` +
          `WHERE ${GUARD_ENVIRONMENT_TAG} = '${environmentName}' AND InstanceId = '${instanceId}'`,
        usingMetrics: {},
        label: ETCD_SNAPSHOT_AGE_METRIC,
        period: Duration.minutes(5),
      }),
      threshold: hours * SECONDS_PER_HOUR,
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: 1,
      datapointsToAlarm: 1,
      // The guard sends the age before the first snapshot, too, so none missing is that of a snapshot. `breaching` would ring at
      // the first deploy, before any node has spoken; a node that sends nothing is what its silence alarm hears.
      // https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
    });
    alarm.addAlarmAction(props.notifyOperators);
    return alarm;
  }
}
