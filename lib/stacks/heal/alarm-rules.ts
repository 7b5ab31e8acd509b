import * as events from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Construct } from 'constructs';
import type { NodeGroup } from '../../config/node-groups';
import { alarmNamePrefix } from '../../domain/names/naming';
import type { Queues } from './queues';

export interface AlarmRulesProps {
  readonly environmentName: string;
  readonly groups: readonly NodeGroup[];
  readonly queues: Queues;
}

/**
 * A single-metric alarm names its instance itself. A worker group's alarm is over many series: only its contributors'
 * events name an instance, and its own State Change would be a message that no one can act on.
 */
const DETAIL_TYPE: Record<NodeGroup['role'], string> = {
  'control-plane': 'CloudWatch Alarm State Change',
  worker: 'CloudWatch Alarm Contributor State Change',
};

/** Alarms that fire, to the queue: one rule for each node group, since the message group is the rule's. */
export class AlarmRules extends Construct {
  constructor(scope: Construct, id: string, { environmentName, groups, queues }: AlarmRulesProps) {
    super(scope, id);
    for (const group of groups) {
      const rule = new events.Rule(this, group.name, {
        description: `Headroom ${environmentName}: alarms of the node group ${group.name}`,
        eventPattern: {
          source: ['aws.cloudwatch'],
          detailType: [DETAIL_TYPE[group.role]],
          detail: {
            alarmName: [{ prefix: alarmNamePrefix(environmentName, group.name) }],
            state: { value: ['ALARM'] },
          },
        },
      });
      rule.addTarget(
        new SqsQueue(queues.heal, { messageGroupId: group.name, deadLetterQueue: queues.undelivered }),
      );
    }
  }
}
