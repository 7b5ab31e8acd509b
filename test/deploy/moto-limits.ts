import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

interface Resource {
  readonly Type: string;
  Properties?: Record<string, unknown>;
  DeletionPolicy?: string;
}

export interface Template {
  Resources: Record<string, Resource>;
  Outputs?: Record<string, unknown>;
}

interface Adaptation {
  /** What moto 5.2.5 does without it, as docs/contract.md has it. */
  readonly without: string;
  readonly adapt: (template: Template) => void;
}

const each =
  (type: string, change: (resource: Resource) => void) =>
  ({ Resources }: Template): void =>
    Object.values(Resources)
      .filter(({ Type }) => Type === type)
      .forEach(change);

const withoutProperty = (name: string) => (resource: Resource) => void delete resource.Properties?.[name];

const retain = (resource: Resource): void => {
  resource.DeletionPolicy = 'Retain';
};

/** A type's resources, and the outputs that name one of them. */
const leaveOut =
  (type: string) =>
  (template: Template): void => {
    for (const [id, { Type }] of Object.entries(template.Resources)) {
      if (Type !== type) continue;
      delete template.Resources[id];
      for (const [name, output] of Object.entries(template.Outputs ?? {}))
        if (JSON.stringify(output).includes(`"${id}"`)) delete template.Outputs![name];
    }
  };

/** What is changed in a template before moto gets it. */
export const ADAPTATIONS: Readonly<Record<string, Adaptation>> = {
  'AWS::KMS::Key': {
    without: 'tags are left out; moto answers 500, it looks for `TagKey`',
    adapt: each('AWS::KMS::Key', withoutProperty('Tags')),
  },
  'AWS::SSM::Parameter': {
    without: 'tags are left out; moto answers 500, it takes a list where CloudFormation has a map',
    adapt: each('AWS::SSM::Parameter', withoutProperty('Tags')),
  },
  'AWS::EC2::Instance': {
    without: 'gets an image and a type; moto answers 500, it reads no launch template',
    adapt: each('AWS::EC2::Instance', (resource) => {
      resource.Properties = { ...resource.Properties, ImageId: 'ami-03cf127a', InstanceType: 't3.medium' };
    }),
  },
  'AWS::ElasticLoadBalancingV2::Listener': {
    without: 'speaks HTTP in place of TCP; moto answers UnsupportedProtocol',
    adapt: each('AWS::ElasticLoadBalancingV2::Listener', (resource) => {
      resource.Properties = { ...resource.Properties, Protocol: 'HTTP' };
    }),
  },
  'Custom::HeadroomDeclaredSizes': {
    without: 'is left out; moto runs its function in Docker, else the stack stays CREATE_IN_PROGRESS',
    adapt: leaveOut('Custom::HeadroomDeclaredSizes'),
  },
  'AWS::EC2::VPC': {
    without: 'is retained; moto deletes no route table, then refuses to delete the VPC: DependencyViolation',
    adapt: each('AWS::EC2::VPC', retain),
  },
  RetainExceptOnCreate: {
    without: 'becomes `Retain`; moto deletes what CloudFormation would keep',
    adapt: ({ Resources }) =>
      Object.values(Resources)
        .filter(({ DeletionPolicy }) => DeletionPolicy === 'RetainExceptOnCreate')
        .forEach(retain),
  },
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

/** Options of `cdk deploy` that the documented command does not have. */
export const OPTIONS: Readonly<Record<string, string>> = {
  '--method direct': 'moto gives a stack made by a change set no exports: "No export named"',
  '--no-previous-parameters': 'moto answers 500 to the previous value of a parameter with a default',
};

/** What the rehearsal itself deletes between two lives. */
export const REVIVED =
  'after a destroy the command reads the outputs of the deleted stack, and moto makes anew what they name; the rehearsal deletes those functions and log groups';

/** The list of docs/contract.md. */
export const limits = (): string[] => [
  ...PASSED_OVER.map((type) => `- \`${type}\``),
  ...Object.entries(ADAPTATIONS).map(([name, { without }]) => `- \`${name}\` ${without}`),
  ...Object.entries(OPTIONS).map(([option, why]) => `- \`${option}\`: ${why}`),
  `- \`DescribeStacks\`: ${REVIVED}`,
];

export const templatesOf = (assembly: string): [path: string, template: Template][] =>
  readdirSync(assembly, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.template.json'))
    .sort()
    .map((name) => join(assembly, name))
    .map((path) => [path, JSON.parse(readFileSync(path, 'utf8')) as Template]);

/** Makes an assembly one that moto can deploy. */
export const adapt = (assembly: string): void => {
  for (const [path, template] of templatesOf(assembly)) {
    for (const { adapt: change } of Object.values(ADAPTATIONS)) change(template);
    writeFileSync(path, JSON.stringify(template));
  }
};
