import { Duration } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as sns from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { OPERATE_ENVIRONMENT } from '../../../lambda/operate/environment';
import { controlPlaneGroup, workerGroups } from '../../config/node-groups';
import { isAttached, type Environment } from '../../config/schema';
import {
  OPERATE_DOCUMENTS,
  workerAutoScalingGroupName,
  type DocumentBaseName,
} from '../../domain/names/naming';
import { anyAutomationExecutionArn, autoScalingGroupArn } from '../../constructs/arns';
import { documentPlaceholders } from '../../runbooks/document-source';
import { Documents } from '../../constructs/documents';
import { HandlerFunction } from '../../constructs/handler-function';
import { RunbookRole } from './runbook-role';

export interface RunbooksProps {
  readonly environmentName: string;
  readonly environment: Environment;
  /** Notified when RetireWorker, which no one watches, left a node behind. */
  readonly topic: sns.ITopic;
  /** Knows whether the other control-plane nodes are healthy. */
  readonly planFunctionArn: string;
}

/** The Command documents that the runbooks send, those of the heal room among them. */
const COMMANDS = ['InspectNode', 'ClusterFacts', 'CordonDrainNode', 'UpgradePackages', 'VerifyNode'] as const;

/** Not for nodes that run already: what made them upgrades them. */
const UPGRADES: readonly DocumentBaseName[] = ['UpgradeNode', 'UpgradePackages'];

/** They speak to the cluster from a control-plane node: where EKS has the control plane there is none. */
const BY_CONTROL_PLANE: readonly DocumentBaseName[] = [
  'DrainNode',
  'UncordonNode',
  'ReplaceWorker',
  'RetireWorker',
  'ClusterFacts',
];

/** What operators start, each document with its own role. */
export class Runbooks extends Construct {
  /** The role of RetireWorker, which events start. undefined: there is no control-plane node to drain from. */
  readonly retireRole: iam.IRole | undefined;
  readonly documents: Documents;

  constructor(scope: Construct, id: string, props: RunbooksProps) {
    super(scope, id);
    const { environmentName, environment, topic, planFunctionArn } = props;
    const kubernetesVersion = isAttached(environment) ? undefined : environment.kubernetesVersion;
    const operate = new HandlerFunction(this, 'Function', {
      environmentName,
      name: 'operate',
      description: 'Says whether a runbook may start and through which node; judges upgrades and diagnoses',
      timeout: Duration.seconds(290),
      variables: { [OPERATE_ENVIRONMENT.environmentName]: environmentName },
      statements: [
        new iam.PolicyStatement({
          sid: 'LookOnly',
          // None of these has a resource in IAM.
          actions: [
            'ec2:DescribeInstances',
            'ssm:DescribeAutomationExecutions',
            'ssm:DescribeInstanceInformation',
          ],
          resources: ['*'],
        }),
        new iam.PolicyStatement({
          sid: 'ReadExecutions',
          actions: ['ssm:GetAutomationExecution'],
          resources: [anyAutomationExecutionArn(this)],
        }),
      ],
    }).function.functionArn;
    const names = OPERATE_DOCUMENTS.filter(
      (name) =>
        (kubernetesVersion !== undefined || !UPGRADES.includes(name)) &&
        (controlPlaneGroup(environment) !== undefined || !BY_CONTROL_PLANE.includes(name)),
    );
    /** undefined: there is no such runbook here, so nothing needs its rights. */
    const role = (
      runbooks: readonly DocumentBaseName[],
      commands: readonly DocumentBaseName[],
      functionArns: readonly string[] = [operate],
      statements: readonly iam.PolicyStatementProps[] = [],
    ): iam.IRole | undefined =>
      runbooks.some((runbook) => names.some((name) => name === runbook))
        ? new RunbookRole(this, `${runbooks[0]}Role`, {
            ...{ environmentName, runbooks, commands, functionArns, statements },
          })
        : undefined;
    const groupArns = workerGroups(environment).map((group) =>
      autoScalingGroupArn(this, workerAutoScalingGroupName(environmentName, group)),
    );
    /** On the groups of this environment alone; nothing at all where there is none. */
    const onGroups = (sid: string, action: string): iam.PolicyStatementProps[] =>
      groupArns.length === 0 ? [] : [{ sid, actions: [action], resources: groupArns }];

    const retireRole = role(
      ['RetireWorker'],
      ['CordonDrainNode'],
      [operate],
      [
        ...onGroups('LetTerminationsGoOn', 'autoscaling:CompleteLifecycleAction'),
        { sid: 'NotifyOperators', actions: ['sns:Publish'], resources: [topic.topicArn] },
      ],
    );
    this.retireRole = retireRole;
    this.documents = new Documents(this, 'Documents', {
      environmentName,
      names,
      placeholders: {
        DiagnoseNodeRoleArn: role(['DiagnoseNode'], ['InspectNode', 'ClusterFacts'])?.roleArn,
        DrainNodeRoleArn: role(['DrainNode', 'UncordonNode'], ['CordonDrainNode'])?.roleArn,
        UpgradeNodeRoleArn: role(
          ['UpgradeNode'],
          ['ClusterFacts', 'CordonDrainNode', 'UpgradePackages', 'VerifyNode'],
          [operate, planFunctionArn],
        )?.roleArn,
        ReplaceWorkerRoleArn: role(
          ['ReplaceWorker'],
          ['CordonDrainNode'],
          [operate],
          [...onGroups('ReplaceOurWorkers', 'autoscaling:TerminateInstanceInAutoScalingGroup')],
        )?.roleArn,
        RetireWorkerRoleArn: retireRole?.roleArn,
        OperateFunctionArn: operate,
        PlanFunctionArn: planFunctionArn,
        TopicArn: topic.topicArn,
        EnvironmentName: environmentName,
        KubernetesVersion: kubernetesVersion,
        EmergencyPercent: String(environment.diskLevels.emergencyPercent),
        ...documentPlaceholders(environmentName, [...COMMANDS, 'RetireWorker']),
      },
    });
  }
}
