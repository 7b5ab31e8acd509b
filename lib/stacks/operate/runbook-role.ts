import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { TAGS, type DocumentBaseName } from '../../domain/names/naming';
import { anyAutomationExecutionArn, anyInstanceArn, documentArn } from '../../constructs/arns';

export interface RunbookRoleProps {
  readonly environmentName: string;
  /** The Automation documents that assume it. */
  readonly runbooks: readonly DocumentBaseName[];
  /** The Command documents that they send. */
  readonly commands: readonly DocumentBaseName[];
  readonly functionArns: readonly string[];
  /** What they call besides. @default - nothing */
  readonly statements?: readonly iam.PolicyStatementProps[];
}

/** What one runbook may do: send its own commands to nodes of its environment, as their tags say, and ask its functions. */
export class RunbookRole extends iam.Role {
  constructor(scope: Construct, id: string, props: RunbookRoleProps) {
    const { environmentName, runbooks, commands, functionArns, statements = [] } = props;
    super(scope, id, {
      assumedBy: new iam.ServicePrincipal('ssm.amazonaws.com', {
        conditions: {
          StringEquals: { 'aws:SourceAccount': Stack.of(scope).account },
          ArnLike: { 'aws:SourceArn': anyAutomationExecutionArn(scope) },
        },
      }),
      description: `Headroom ${environmentName}: Automation ${runbooks.join(', ')}`,
    });
    const all: iam.PolicyStatementProps[] = [
      {
        sid: 'RunItsCommands',
        actions: ['ssm:SendCommand'],
        resources: commands.map((base) => documentArn(this, environmentName, base)),
      },
      {
        sid: 'OnOurNodes',
        actions: ['ssm:SendCommand'],
        resources: [anyInstanceArn(this)],
        conditions: { StringEquals: { [`ssm:resourceTag/${TAGS.environment}`]: environmentName } },
      },
      {
        sid: 'FollowCommands',
        // None of these has a resource in IAM.
        actions: [
          'ssm:DescribeInstanceInformation',
          'ssm:GetCommandInvocation',
          'ssm:ListCommandInvocations',
          'ssm:ListCommands',
        ],
        resources: ['*'],
      },
      { sid: 'AskFunctions', actions: ['lambda:InvokeFunction'], resources: [...functionArns] },
      ...statements,
    ];
    for (const statement of all) this.addToPolicy(new iam.PolicyStatement(statement));
  }
}
