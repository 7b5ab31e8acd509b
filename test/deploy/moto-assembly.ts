import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

interface Resource {
  readonly Type: string;
  Properties?: Record<string, unknown>;
}

const without =
  (name: string) =>
  (properties: Record<string, unknown>): Record<string, unknown> =>
    Object.fromEntries(Object.entries(properties).filter(([each]) => each !== name));

/**
 * Where moto does not take what CloudFormation takes. docs/contract.md lists each of them; the rehearsal fails when moto
 * learns one, or does not know a further one.
 */
export const ADAPTATIONS: Readonly<
  Record<string, (properties: Record<string, unknown>) => Record<string, unknown>>
> = {
  // moto 5.2.5 kms/models.py: looks for TagKey, where CloudFormation has Key.
  'AWS::KMS::Key': without('Tags'),
  // ssm/models.py: takes a list of tags, where CloudFormation has a map.
  'AWS::SSM::Parameter': without('Tags'),
  // ec2/models/instances.py: reads no launch template.
  'AWS::EC2::Instance': (properties) => ({
    ...properties,
    ImageId: 'ami-03cf127a',
    InstanceType: 't3.medium',
  }),
  // elbv2: knows no TCP listener by CloudFormation.
  'AWS::ElasticLoadBalancingV2::Listener': (properties) => ({ ...properties, Protocol: 'HTTP' }),
};

/** Types that moto's CloudFormation passes over. */
export const PASSED_OVER = [
  'AWS::AutoScaling::LifecycleHook',
  'AWS::CloudFormation::WaitCondition',
  'AWS::CloudFormation::WaitConditionHandle',
  'AWS::CloudWatch::Alarm',
  'AWS::DLM::LifecyclePolicy',
  'AWS::EC2::SecurityGroupEgress',
  'AWS::Lambda::EventInvokeConfig',
  'AWS::S3::BucketPolicy',
  'AWS::SNS::TopicPolicy',
  'AWS::SQS::QueuePolicy',
  'AWS::SSM::Association',
] as const;

/** Templates of an assembly with their paths. */
export const templatesOf = (
  assembly: string,
): [path: string, template: { Resources: Record<string, Resource> }][] =>
  readdirSync(assembly, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.template.json'))
    .map((name) => join(assembly, name))
    .map((path) => [path, JSON.parse(readFileSync(path, 'utf8')) as { Resources: Record<string, Resource> }]);

/** Makes an assembly one that moto can deploy. */
export const adapt = (assembly: string, adaptations = ADAPTATIONS): void => {
  for (const [path, template] of templatesOf(assembly)) {
    for (const resource of Object.values(template.Resources)) {
      const change = adaptations[resource.Type];
      if (change !== undefined) resource.Properties = change(resource.Properties ?? {});
    }
    writeFileSync(path, JSON.stringify(template));
  }
};
