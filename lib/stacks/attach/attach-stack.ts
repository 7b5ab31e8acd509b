import { CustomResource, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as events from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type * as sns from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { existingGroup, nodeGroups } from '../../config/node-groups';
import type { AttachedEnvironment } from '../../config/schema';
import { alarmDescription } from '../../domain/names/alarm-kinds';
import type { Attachment } from '../../domain/attach/attachment';
import { NODE_ROLES, environmentFile, functionErrorsAlarmName } from '../../domain/names/naming';
import { declarePolicy } from '../../constructs/declared-policy';
import { AgentPackage } from './agent-package';
import { AttachFunction } from './attach-function';
import { NodePolicies } from './node-policy';

export interface AttachStackProps extends StackProps {
  readonly environmentName: string;
  readonly environment: AttachedEnvironment;
  readonly topic: sns.ITopic;
}

/** How long a node that an Auto Scaling group has just started stays without Headroom. */
const ATTACH_EVERY = Duration.minutes(5);

/** Type of the custom resource that stands for a group of nodes; the audit reads its metadata. */
const NODE_GROUP_TYPE = 'Custom::HeadroomNodeGroup';

/** A rule's target takes so much of input. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_Target.html */
const MAX_INPUT_CHARACTERS = 8_192;

/** Nodes that run already: their tags, their agents, and what these may do. No node is made, replaced or restarted by it. */
export class AttachStack extends Stack {
  constructor(scope: Construct, id: string, props: AttachStackProps) {
    super(scope, id, props);
    const { environmentName, environment, topic } = props;
    const groups = nodeGroups(environment);
    const { tags } = environment.cluster.existing;
    const attachment: Attachment = {
      environment: environmentName,
      tags,
      groups: groups.map((group) => existingGroup(environment, group)),
    };
    const roles = NODE_ROLES.filter((role) => groups.some((group) => group.role === role));
    new NodePolicies(this, 'Nodes', { environmentName, environment, roles });
    new AgentPackage(this, 'AgentPackage', { environmentName });

    const attach = new AttachFunction(this, 'Attach', { attachment });
    const declared = groups.map((group, index) => {
      const resource = new CustomResource(this, `Group-${group.name}`, {
        resourceType: NODE_GROUP_TYPE,
        serviceToken: attach.function.functionArn,
        serviceTimeout: Duration.minutes(15),
        properties: { Tags: tags, Group: attachment.groups[index] },
      });
      declarePolicy(resource, environmentName, group, environment.diskLevels);
      return resource;
    });
    // One after the other, as the function runs.
    declared.slice(1).forEach((resource, index) => resource.node.addDependency(declared[index]!));
    this.addSchedule(environmentName, attachment, attach).node.addDependency(...declared.slice(-1));
    this.addAlarm(environmentName, attach, topic);
  }

  /** It depends on the groups, so that it goes before their tags do. */
  private addSchedule(environmentName: string, attachment: Attachment, attach: AttachFunction): events.Rule {
    const input = { attachment: { tags: attachment.tags, groups: attachment.groups } };
    const { length } = JSON.stringify(input);
    if (length > MAX_INPUT_CHARACTERS)
      throw new Error(
        `${environmentFile(environmentName)}  cluster.existing\n  must have groups and tags of at most ` +
          `${MAX_INPUT_CHARACTERS} characters together\n  found: ${length}\n  fix: split the environment`,
      );
    return new events.Rule(this, 'Schedule', {
      description: `Headroom ${environmentName}: tags of nodes that came and went`,
      schedule: events.Schedule.rate(ATTACH_EVERY),
      targets: [
        new LambdaFunction(attach.function, {
          event: events.RuleTargetInput.fromObject(input),
          // The next one is the better retry.
          retryAttempts: 0,
        }),
      ],
    });
  }

  private addAlarm(environmentName: string, attach: AttachFunction, topic: sns.ITopic): void {
    new cloudwatch.Alarm(this, 'AttachErrors', {
      alarmName: functionErrorsAlarmName(environmentName, 'attach'),
      alarmDescription: alarmDescription(
        'heal-function-errors',
        `Nodes of Headroom ${environmentName} are not attached as its environment file says.`,
        'Headroom retries every five minutes; a node without its tags is neither observed nor healed.',
      ),
      metric: attach.function.metricErrors({
        statistic: cloudwatch.Stats.SUM,
        period: Duration.minutes(5),
      }),
      threshold: 1,
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      // A node that terminated while it was being tagged needs no one; a failure that lasts ten minutes does.
      evaluationPeriods: 3,
      datapointsToAlarm: 2,
      // The schedule that never comes is what the silence alarms notice.
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
    }).addAlarmAction(new SnsAction(topic));
  }
}
