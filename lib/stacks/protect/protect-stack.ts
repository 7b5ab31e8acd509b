import { Stack, type StackProps } from 'aws-cdk-lib';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type * as sns from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { metricNamespaces } from '../../config/metric-namespaces';
import type { Environment } from '../../config/schema';
import { PROTECT_DOCUMENTS } from '../../domain/names/naming';
import { documentPlaceholders } from '../../runbooks/document-source';
import { Documents } from '../../constructs/documents';
import { EtcdSnapshots, type EtcdSnapshotsProps } from './etcd-snapshots';
import { RestoreRole } from './restore-role';
import { SnapshotBucket } from './snapshot-bucket';
import { StatusAlarms } from './status-alarms';
import { VolumeSnapshots } from './volume-snapshots';

export interface ProtectStackProps extends StackProps {
  readonly environmentName: string;
  readonly environment: Environment;
  /**
   * In the order of their index, as far as this stack may know them; at least one. Without control-plane nodes there is nothing to
   * protect: make no stack.
   */
  readonly controlPlaneInstanceIds: (consumer: Construct) => readonly string[];
  readonly topic: sns.ITopic;
}

/** Ways back from a loss: of etcd, of a control-plane node, of the host below one. */
export class ProtectStack extends Stack {
  constructor(scope: Construct, id: string, props: ProtectStackProps) {
    super(scope, id, props);
    const { environmentName, environment } = props;
    const controlPlaneInstanceIds = props.controlPlaneInstanceIds(this);
    const { etcdSnapshots, volumeSnapshots } = environment.protect;
    const notifyOperators = new SnsAction(props.topic);
    const volumes = new VolumeSnapshots(this, 'VolumeSnapshots', { environmentName, ...volumeSnapshots });
    const checks = controlPlaneInstanceIds.map((instanceId, offset) => {
      const index = offset + 1;
      return new StatusAlarms(this, `Status${index}`, {
        environmentName,
        index,
        instanceId,
        notifyOperators,
      });
    });
    if (etcdSnapshots !== undefined)
      this.protectEtcd({
        ...etcdSnapshots,
        ...{ environmentName, controlPlaneInstanceIds, notifyOperators },
        namespace: metricNamespaces(environmentName, environment)['control-plane'],
        after: [volumes, ...checks],
      });
  }

  /** Not where someone else saves it: kops, and clusters whose etcd runs elsewhere. */
  private protectEtcd(
    given: Omit<EtcdSnapshotsProps, 'bucketName' | 'documents'> & { readonly retentionDays: number },
  ): void {
    const { environmentName, retentionDays, controlPlaneInstanceIds } = given;
    const { bucketName } = new SnapshotBucket(this, 'EtcdBucket', { environmentName, retentionDays });
    const restoreRole = new RestoreRole(this, 'RestoreRole', { environmentName, controlPlaneInstanceIds });
    const documents = new Documents(this, 'Documents', {
      environmentName,
      names: PROTECT_DOCUMENTS,
      placeholders: {
        RestoreRoleArn: restoreRole.roleArn,
        EtcdSnapshotBucket: bucketName,
        EtcdSnapshotBucketOwner: this.account,
        EnvironmentName: environmentName,
        ...documentPlaceholders(environmentName, ['RestoreEtcdMember']),
      },
    });
    new EtcdSnapshots(this, 'EtcdSnapshots', { ...given, bucketName, documents });
  }
}
