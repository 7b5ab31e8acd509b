import { join } from 'node:path';
import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { functionLogGroup, resourcePrefix } from '../domain/names/naming';
import { BUNDLING, handlerEntry, type HandlerName } from './bundling';

const PROJECT = join(__dirname, '..', '..');

export interface HandlerFunctionProps {
  readonly environmentName: string;
  readonly name: HandlerName;
  readonly description: string;
  readonly timeout: Duration;
  readonly variables: Readonly<Record<string, string>>;
  /** Its permissions, besides its log. */
  readonly statements: readonly iam.PolicyStatement[];
  readonly reservedConcurrentExecutions?: number;
}

/** One handler of lambda/, with its own role and log group. */
export class HandlerFunction extends Construct {
  readonly function: NodejsFunction;

  constructor(scope: Construct, id: string, props: HandlerFunctionProps) {
    super(scope, id);
    const functionName = `${resourcePrefix(props.environmentName)}-${props.name}`;
    const logGroup = new logs.LogGroup(this, 'Log', {
      logGroupName: functionLogGroup(props.environmentName, props.name),
      retention: logs.RetentionDays.ONE_YEAR,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = new iam.Role(this, 'Role', {
      // AWS's own trust policy of a function has this one condition (aws/agent-toolkit-for-aws, deploying-custom-domain-rest-api
      // lambda-trust-policy.json). That Lambda sends aws:SourceArn when it assumes a role has no witness.
      assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
      description: `Headroom ${props.environmentName}: function ${props.name}`,
    });
    logGroup.grantWrite(role);
    for (const statement of props.statements) role.addToPolicy(statement);

    this.function = new NodejsFunction(this, 'Function', {
      functionName,
      description: props.description,
      entry: handlerEntry(props.name),
      projectRoot: PROJECT,
      depsLockFilePath: join(PROJECT, 'package-lock.json'),
      runtime: lambda.Runtime.NODEJS_24_X,
      architecture: lambda.Architecture.ARM_64,
      memorySize: 256,
      timeout: props.timeout,
      role,
      logGroup,
      environment: { ...props.variables },
      ...(props.reservedConcurrentExecutions !== undefined && {
        reservedConcurrentExecutions: props.reservedConcurrentExecutions,
      }),
      bundling: BUNDLING,
    });
    // The CDK names the role in DependsOn beside the reference to it.
    const resource = this.function.node.defaultChild as lambda.CfnFunction;
    resource.addMetadata('cfn-lint', { config: { ignore_checks: ['W3005'] } });
  }
}
