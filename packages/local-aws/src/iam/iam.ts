import type { Assembly, AssemblyResource } from '../template/assembly';
import { AwsError } from '../api/aws-error';
import { fields, list, optional, texts } from '../values/fields';
import { applies, statements, type AccessRequest, type Statement } from './iam-policy';

/** AWS managed policies that the roles may carry, as far as the local cloud's operations go. */
const AWS_MANAGED: Readonly<Record<string, readonly string[]>> = {
  'service-role/AWSLambdaBasicExecutionRole': [
    'logs:CreateLogGroup',
    'logs:CreateLogStream',
    'logs:PutLogEvents',
  ],
  'service-role/AWSLambdaSQSQueueExecutionRole': [
    ...['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
    ...['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'],
  ],
  AWSXRayDaemonWriteAccess: ['xray:*'],
};

/** The synthesized roles. Every call of a function or an Automation is held against them. */
export class Iam {
  private readonly read = new Map<string, readonly Statement[]>();

  constructor(private readonly assembly: Assembly) {}

  private policiesOf(role: AssemblyResource): readonly Statement[] {
    const where = `role ${role.physicalId}`;
    const inline = optional(role.properties.Policies, where, list, []).flatMap((policy) =>
      statements(fields(policy, where).PolicyDocument, where),
    );
    const attached = [
      ...this.assembly.ofType('AWS::IAM::Policy'),
      ...this.assembly.ofType('AWS::IAM::ManagedPolicy'),
    ].filter(({ properties }) => optional(properties.Roles, where, texts, []).includes(role.physicalId));
    const managed = optional(role.properties.ManagedPolicyArns, where, texts, []);
    return [
      ...inline,
      ...attached.flatMap((policy) => statements(policy.properties.PolicyDocument, policy.logicalId)),
      ...managed.flatMap((arn) => this.managed(arn, where)),
    ];
  }

  private managed(arn: string, where: string): readonly Statement[] {
    const own = this.assembly
      .ofType('AWS::IAM::ManagedPolicy')
      .find(({ physicalId }) => arn.endsWith(`:policy/${physicalId}`));
    if (own) return statements(own.properties.PolicyDocument, own.logicalId);
    const actions = AWS_MANAGED[arn.replace(/^.*:iam::aws:policy\//, '')];
    if (!actions) throw new Error(`${where}: the AWS managed policy ${arn} is not known to the local cloud`);
    return [{ effect: 'Allow', actions, resources: ['*'], condition: {} }];
  }

  private statementsOf(roleArn: string): readonly Statement[] {
    const known = this.read.get(roleArn);
    if (known) return known;
    const role = this.assembly.ofType('AWS::IAM::Role').find(({ arn }) => arn === roleArn);
    if (!role) throw new Error(`no role ${roleArn} in the assembly`);
    const found = this.policiesOf(role);
    this.read.set(roleArn, found);
    return found;
  }

  /** Who the role trusts, e.g. `lambda.amazonaws.com`. */
  trusts(roleArn: string, service: string): boolean {
    const role = this.assembly.ofType('AWS::IAM::Role').find(({ arn }) => arn === roleArn);
    if (!role) return false;
    const trusted = list(fields(role.properties.AssumeRolePolicyDocument, roleArn).Statement, roleArn);
    return trusted.some((item) => {
      const principal = fields(fields(item, roleArn).Principal, roleArn).Service;
      return (Array.isArray(principal) ? principal : [principal]).includes(service);
    });
  }

  /** @throws AccessDeniedException naming role, action and resource when no statement allows it or one denies it */
  authorize(roleArn: string, request: AccessRequest): void {
    const found = this.statementsOf(roleArn).filter((statement) => applies(statement, request));
    const denied = found.some(({ effect }) => effect === 'Deny');
    if (!denied && found.length > 0) return;
    const code = request.action.startsWith('ec2:') ? 'UnauthorizedOperation' : 'AccessDeniedException';
    throw new AwsError(
      code,
      `${roleArn} is not authorized to perform: ${request.action} on resource: ${request.resource} because ` +
        (denied ? 'a statement denies it' : 'no identity-based policy allows the action'),
      { status: 403 },
    );
  }
}
