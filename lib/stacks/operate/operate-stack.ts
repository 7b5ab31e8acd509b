import { Stack, type StackProps } from 'aws-cdk-lib';
import type * as sns from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { workerGroups } from '../../config/node-groups';
import { isAttached, type Environment } from '../../config/schema';
import { CONSOLE_DOCUMENTS } from '../../domain/names/naming';
import { Documents } from '../../constructs/documents';
import { GameDay } from './game-day';
import { Retirement } from './retirement';
import { Runbooks } from './runbooks';

export interface OperateStackProps extends StackProps {
  readonly environmentName: string;
  readonly environment: Environment;
  /** Notified when a runbook that no one watches has failed. */
  readonly topic: sns.ITopic;
  /** Knows whether the other control-plane nodes are healthy. */
  readonly planFunctionArn: string;
}

/** What operators start, and what starts by schedule. */
export class OperateStack extends Stack {
  constructor(scope: Construct, id: string, props: OperateStackProps) {
    super(scope, id, props);
    const { environmentName, environment, topic, planFunctionArn } = props;
    const runbooks = new Runbooks(this, 'Runbooks', { environmentName, environment, topic, planFunctionArn });
    // Groups that run already have hooks of their owner's.
    if (!isAttached(environment) && runbooks.retireRole)
      new Retirement(this, 'Retirement', {
        environmentName,
        groups: workerGroups(environment),
        role: runbooks.retireRole,
        topic,
      }).node.addDependency(runbooks.documents);
    new GameDay(this, 'GameDay', { environmentName, environment, topic, planFunctionArn });
    new Documents(this, 'ConsoleDocuments', { environmentName, names: CONSOLE_DOCUMENTS, placeholders: {} });
  }
}
