import { Stack, type StackProps } from 'aws-cdk-lib';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type * as sns from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { controlPlaneGroup, workerGroups } from '../config/node-groups';
import { isAttached, type Environment } from '../config/schema';
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
    const controlPlaneInstanceIds = props.controlPlaneInstanceIds(this);
    const tellPeople = new SnsAction(props.topic);
    const controlPlane = controlPlaneGroup(environment);
    const [ControlPlaneSilence, WorkerSilence] = isAttached(environment)
      ? [AttachedControlPlaneSilence, AttachedWorkerSilenceAlarm]
      : [ControlPlaneSilenceAlarm, WorkerSilenceAlarm];
    for (const [offset, instanceId] of controlPlane ? controlPlaneInstanceIds.entries() : []) {
      const index = offset + 1;
      const node = { environmentName, group: controlPlane!, index, instanceId, tellPeople };
      new ControlPlaneDiskAlarms(this, `ControlPlane${index}Disk`, { ...node, levels });
      new ControlPlaneInodeAlarm(this, `ControlPlane${index}Inodes`, node);
      new ControlPlaneSilence(this, `ControlPlane${index}Silence`, node);
    }
    for (const workers of workerGroups(environment)) {
      const base = { environmentName, group: workers, tellPeople };
      new WorkerDiskAlarms(this, `Workers-${workers.name}-Disk`, { ...base, levels });
      new WorkerInodeAlarm(this, `Workers-${workers.name}-Inodes`, base);
      new WorkerSilence(this, `Workers-${workers.name}-Silence`, base);
    }
    new GuardAlarm(this, 'GuardFailed', { environmentName, tellPeople });
    new BootstrapAlarm(this, 'BootstrapFailed', { environmentName, tellPeople });
    new Dashboard(this, 'Dashboard', { environmentName, environment, controlPlaneInstanceIds });
  }
}
