import { Stack, type StackProps } from 'aws-cdk-lib';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type * as sns from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { metricNamespaces } from '../../config/metric-namespaces';
import { controlPlaneGroup, nodeGroups, workerGroups } from '../../config/node-groups';
import { isAttached, type Environment } from '../../config/schema';
import { eachNamespace } from '../../domain/names/metric-namespaces';
import { NODE_ROLES } from '../../domain/names/naming';
import { AttachedControlPlaneSilence, AttachedWorkerSilenceAlarm } from './attached-silence';
import { Dashboard } from './dashboard';
import { ControlPlaneDiskAlarms, WorkerDiskAlarms } from './disk-alarms';
import { BootstrapAlarm } from './bootstrap-alarm';
import { GuardAlarm } from './guard-alarm';
import { ControlPlaneInodeAlarm, WorkerInodeAlarm } from './inode-alarms';
import { ControlPlaneSilenceAlarm, WorkerSilenceAlarm } from './silence-alarms';

export interface ObserveStackProps extends StackProps {
  readonly environmentName: string;
  readonly environment: Environment;
  /** In the order of their index, as this stack may know them. */
  readonly controlPlaneInstanceIds: (consumer: Construct) => readonly string[];
  readonly topic: sns.ITopic;
}

/** The alarms of one environment, and its dashboard. Deployed when the nodes have been measured: see AgentsStack. */
export class ObserveStack extends Stack {
  constructor(scope: Construct, id: string, props: ObserveStackProps) {
    super(scope, id, props);
    const { environmentName, environment } = props;
    const levels = environment.diskLevels;
    const namespaces = metricNamespaces(environmentName, environment);
    const controlPlaneInstanceIds = props.controlPlaneInstanceIds(this);
    const notifyOperators = new SnsAction(props.topic);
    const controlPlane = controlPlaneGroup(environment);
    const [ControlPlaneSilence, WorkerSilence] = isAttached(environment)
      ? [AttachedControlPlaneSilence, AttachedWorkerSilenceAlarm]
      : [ControlPlaneSilenceAlarm, WorkerSilenceAlarm];
    for (const [offset, instanceId] of controlPlane ? controlPlaneInstanceIds.entries() : []) {
      const index = offset + 1;
      const node = {
        ...{ environmentName, namespace: namespaces['control-plane'], notifyOperators },
        ...{ group: controlPlane!, index, instanceId },
      };
      new ControlPlaneDiskAlarms(this, `ControlPlane${index}Disk`, { ...node, levels });
      new ControlPlaneInodeAlarm(this, `ControlPlane${index}Inodes`, node);
      new ControlPlaneSilence(this, `ControlPlane${index}Silence`, node);
    }
    for (const workers of workerGroups(environment)) {
      const base = { environmentName, namespace: namespaces.worker, group: workers, notifyOperators };
      new WorkerDiskAlarms(this, `Workers-${workers.name}-Disk`, { ...base, levels });
      new WorkerInodeAlarm(this, `Workers-${workers.name}-Inodes`, base);
      new WorkerSilence(this, `Workers-${workers.name}-Silence`, base);
    }
    const roles = NODE_ROLES.filter((role) => nodeGroups(environment).some((group) => group.role === role));
    for (const each of eachNamespace(namespaces, roles)) {
      const id = each.roles.join('-');
      new GuardAlarm(this, `GuardFailed-${id}`, { environmentName, ...each, notifyOperators });
      new BootstrapAlarm(this, `BootstrapFailed-${id}`, { environmentName, ...each, notifyOperators });
    }
    new Dashboard(this, 'Dashboard', { environmentName, environment, controlPlaneInstanceIds });
  }
}
