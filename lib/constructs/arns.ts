import { ArnFormat, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { documentName, type DocumentBaseName } from '../domain/names/naming';

/** ARNs of Systems Manager, of the scope's account and region. */
export const ssmArn = (scope: Construct, resource: string, resourceName: string): string =>
  Stack.of(scope).formatArn({ service: 'ssm', resource, resourceName });

export const documentArn = (scope: Construct, environment: string, base: DocumentBaseName): string =>
  ssmArn(scope, 'document', documentName(environment, base));

/** The form that StartAutomationExecution was authorised against before `document/…`; some accounts still are. */
export const automationDefinitionArn = (scope: Construct, environment: string): string =>
  Stack.of(scope).formatArn({
    service: 'ssm',
    resource: 'automation-definition',
    resourceName: `${documentName(environment, 'HealNode')}:*`,
    arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
  });

/** Executions have random ids, so no narrower name is known beforehand. */
export const anyAutomationExecutionArn = (scope: Construct): string =>
  ssmArn(scope, 'automation-execution', '*');

export const anyInstanceArn = (scope: Construct): string =>
  Stack.of(scope).formatArn({ service: 'ec2', resource: 'instance', resourceName: '*' });

export const anyVolumeArn = (scope: Construct): string =>
  Stack.of(scope).formatArn({ service: 'ec2', resource: 'volume', resourceName: '*' });

/** A snapshot's ARN has no account. https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html */
export const anySnapshotArn = (scope: Construct): string =>
  Stack.of(scope).formatArn({
    ...{ service: 'ec2', account: '', resource: 'snapshot', resourceName: '*' },
  });

/** DescribeAlarms is authorised for all alarms of the account, whatever prefix is given. */
export const anyAlarmArn = (scope: Construct): string =>
  Stack.of(scope).formatArn({
    service: 'cloudwatch',
    resource: 'alarm',
    resourceName: '*',
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });

/** By its name; the id in the middle is AWS's. */
export const autoScalingGroupArn = (scope: Construct, name: string): string =>
  Stack.of(scope).formatArn({
    service: 'autoscaling',
    resource: 'autoScalingGroup',
    resourceName: `*:autoScalingGroupName/${name}`,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
