import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

type Json = Readonly<Record<string, unknown>>;

/** Mulberry32: the same seed gives the same templates on every machine. Source: bryc/code, jshash/PRNGs.md, public domain. */
const random = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

/** Resources of one node group: what the audit is about. */
const NODE_GROUP_RESOURCES = 5;

const nodeGroup = (index: number, pick: <T>(of: readonly T[]) => T): Json => ({
  [`Nodes${index}Template`]: {
    Type: 'AWS::EC2::LaunchTemplate',
    Properties: {
      LaunchTemplateData: {
        ImageId: '{{resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64}}',
        InstanceType: pick(['m7i.large', 'm7i.xlarge', 'r7i.xlarge']),
        MetadataOptions: { HttpTokens: pick(['required', 'required', 'optional']) },
        BlockDeviceMappings: [
          {
            DeviceName: pick(['/dev/xvda', '/dev/xvda', '/dev/sda1']),
            Ebs: {
              VolumeSize: pick([8, 20, 64, 128]),
              VolumeType: pick(['gp2', 'gp3']),
              Encrypted: pick([true, true, false]),
            },
          },
        ],
        UserData: {
          'Fn::Base64': { 'Fn::Sub': '#!/bin/bash\nkubeadm join ${AWS::StackName}.internal:6443\n' },
        },
      },
    },
  },
  [`Nodes${index}Group`]: {
    Type: 'AWS::AutoScaling::AutoScalingGroup',
    Properties: {
      MinSize: '1',
      MaxSize: pick(['2', '6', '12']),
      AvailabilityZones: { 'Fn::GetAZs': '' },
      LaunchTemplate: {
        LaunchTemplateId: { Ref: `Nodes${index}Template` },
        Version: { 'Fn::GetAtt': [`Nodes${index}Template`, 'LatestVersionNumber'] },
      },
    },
  },
  [`Nodes${index}Topic`]: { Type: 'AWS::SNS::Topic', Properties: {} },
  [`Nodes${index}Alarm`]: {
    Type: 'AWS::CloudWatch::Alarm',
    Properties: {
      ...{ Namespace: 'CWAgent', MetricName: 'disk_used_percent', Statistic: 'Maximum' },
      ...{ Period: 60, EvaluationPeriods: 3, Threshold: pick([80, 90]) },
      ComparisonOperator: 'GreaterThanThreshold',
      Dimensions: [
        { Name: 'AutoScalingGroupName', Value: { Ref: `Nodes${index}Group` } },
        { Name: 'path', Value: '/' },
        { Name: 'fstype', Value: pick(['xfs', 'ext4']) },
      ],
      AlarmActions: [{ Ref: `Nodes${index}Topic` }],
    },
  },
  [`Nodes${index}Data`]: {
    Type: 'AWS::EC2::Volume',
    DeletionPolicy: 'Delete',
    UpdateReplacePolicy: 'Delete',
    Properties: {
      AvailabilityZone: { 'Fn::Select': [0, { 'Fn::GetAZs': '' }] },
      Size: pick([50, 100]),
      VolumeType: 'gp3',
      Encrypted: pick([true, false]),
    },
  },
});

/** The rest of a stack, which every tool has to read past. */
const others: readonly ((index: number) => Json)[] = [
  (index) => ({
    [`Bucket${index}`]: {
      Type: 'AWS::S3::Bucket',
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: { VersioningConfiguration: { Status: 'Enabled' } },
    },
  }),
  (index) => ({
    [`Role${index}`]: {
      Type: 'AWS::IAM::Role',
      Properties: {
        AssumeRolePolicyDocument: {
          Version: '2012-10-17',
          Statement: [
            { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'ec2.amazonaws.com' } },
          ],
        },
      },
    },
  }),
  (index) => ({
    [`Parameter${index}`]: {
      Type: 'AWS::SSM::Parameter',
      Properties: { Type: 'String', Value: { 'Fn::Sub': `\${AWS::StackName}-${index}` } },
    },
  }),
  (index) => ({
    [`Queue${index}`]: { Type: 'AWS::SQS::Queue', Properties: { SqsManagedSseEnabled: true } },
  }),
];

/** A CloudFormation template with exactly that many resources; half of them belong to node groups. */
export const benchTemplate = (seed: number, resourceCount: number): Json => {
  const next = random(seed);
  const pick = <T>(of: readonly T[]): T => of[Math.floor(next() * of.length)] as T;
  const groups = Math.floor(resourceCount / 2 / NODE_GROUP_RESOURCES);
  const rest = resourceCount - groups * NODE_GROUP_RESOURCES;
  return {
    AWSTemplateFormatVersion: '2010-09-09',
    Resources: Object.assign(
      {},
      ...Array.from({ length: groups }, (_, index) => nodeGroup(index, pick)),
      ...Array.from({ length: rest }, (_, index) => pick(others)(index)),
    ) as Json,
  };
};

/** Writes templates 0 … count − 1 into a new directory. */
export const writeTemplates = (directory: string, count: number, resourceCount: number): void => {
  mkdirSync(directory, { recursive: true });
  for (let seed = 0; seed < count; seed += 1)
    writeFileSync(
      join(directory, `${String(seed).padStart(5, '0')}.template.json`),
      JSON.stringify(benchTemplate(seed, resourceCount), null, 1),
    );
};
