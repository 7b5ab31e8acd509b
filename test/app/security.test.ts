import { ENVIRONMENTS, allResources, shipped, type Resource } from './synthesized';
import { statementsOf } from './policies';

/** Actions for which IAM knows no resource (service authorization reference), so that `*` is all there is. */
const WITHOUT_RESOURCE = [
  'autoscaling:DescribeAutoScalingInstances',
  'cloudwatch:GetMetricData',
  'cloudwatch:PutMetricData',
  'ec2:DescribeInstanceStatus',
  'ec2:DescribeInstances',
  'ec2:DescribeSnapshots',
  'ec2:DescribeTags',
  'ec2:DescribeVolumes',
  'ec2:DescribeVolumesModifications',
  'ssm:CreateOpsItem',
  'ssm:DescribeAutomationExecutions',
  'ssm:DescribeInstanceInformation',
  'ssm:GetCommandInvocation',
  'ssm:ListCommandInvocations',
  'ssm:ListCommands',
];

/** What the SSM agent calls, on `*` in AWS's own managed policy too. */
const AGENT =
  /^(ssmmessages:(Create|Open)(Control|Data)Channel|ec2messages:\w+|ssm:(Describe|List|Update)\w*Association\w*|ssm:ListInstanceAssociations|ssm:Put(Inventory|ComplianceItems)|ssm:UpdateInstanceInformation)$/;

describe.each(ENVIRONMENTS.map(({ name }) => name))('%s', (environment) => {
  const all = allResources(shipped(environment));
  const ofType = (type: string): [string, Resource][] => all.filter(([, { Type }]) => Type === type);
  const identityStatements = () =>
    ofType('AWS::IAM::Policy').flatMap(([id, { Properties }]) =>
      statementsOf(Properties['PolicyDocument']).map((statement) => ({ id, ...statement })),
    );

  test('no right is on everything where IAM could name something', () => {
    expect(identityStatements().length).toBeGreaterThan(20);
    for (const { id, actions, resources } of identityStatements())
      if (resources.includes('*'))
        for (const action of actions)
          expect([id, action, WITHOUT_RESOURCE.includes(action) || AGENT.test(action)]).toEqual([
            id,
            action,
            true,
          ]);
  });

  test('no right is to every action of a service', () => {
    for (const { actions } of identityStatements())
      for (const action of actions) expect(action).not.toMatch(/\*$|^\*/);
  });

  test('a right on any instance or volume holds only for those tagged with the environment', () => {
    const broad = identityStatements().filter(
      ({ resources, Sid }) =>
        resources.some((resource) => /:(instance|volume)\/\*$/.test(resource)) &&
        // A call of CreateSnapshots names an instance, which has the condition, in the statement beside it.
        Sid !== 'WithTheirVolumes',
    );
    expect(
      broad
        .map(({ actions }) => actions)
        .flat()
        .sort(),
    ).toEqual(expect.arrayContaining(['ec2:ModifyVolume', 'ec2:RebootInstances', 'ssm:SendCommand']));
    for (const { Condition } of broad) {
      const [[key, value] = []] = Object.entries(Condition?.['StringEquals'] ?? {});
      expect(key).toMatch(/^(aws:ResourceTag|ssm:resourceTag)\/headroom:environment$/);
      expect(value).toBe(environment);
    }
  });

  test('metrics are written into one namespace only', () => {
    const writers = identityStatements().filter(({ actions }) =>
      actions.includes('cloudwatch:PutMetricData'),
    );
    expect(writers.length).toBe(3);
    for (const { Condition } of writers)
      expect(Condition?.['StringEquals']).toHaveProperty(['cloudwatch:namespace']);
  });

  test('no role has a managed policy, and each is for one service', () => {
    for (const [, { Properties }] of ofType('AWS::IAM::Role')) {
      expect(Properties['ManagedPolicyArns']).toBeUndefined();
      expect(statementsOf(Properties['AssumeRolePolicyDocument'])).toHaveLength(1);
    }
  });

  test('nothing is reachable from everywhere', () => {
    for (const [id, { Type, Properties }] of all) {
      expect([id, Type]).not.toEqual([id, 'AWS::EC2::KeyPair']);
      if (Type === 'AWS::EC2::SecurityGroupIngress' || Type === 'AWS::EC2::SecurityGroup') {
        const ingress = JSON.stringify([
          Properties['SecurityGroupIngress'] ?? [],
          Properties['CidrIp'] ?? '',
          Properties['CidrIpv6'] ?? '',
        ]);
        expect(ingress).not.toMatch(/0\.0\.0\.0\/0|::\/0/);
        expect(ingress).not.toContain('"FromPort":22');
      }
    }
  });

  test('a resource policy that lets everyone in only ever denies', () => {
    const policies = [
      ...ofType('AWS::SQS::QueuePolicy'),
      ...ofType('AWS::SNS::TopicPolicy'),
      ...ofType('AWS::S3::BucketPolicy'),
    ];
    expect(policies.length).toBeGreaterThanOrEqual(5);
    for (const [id, { Properties }] of policies) {
      const statements = statementsOf(Properties['PolicyDocument']);
      for (const { Effect, Principal } of statements)
        if (JSON.stringify(Principal).includes('"*"')) expect([id, Effect]).toEqual([id, 'Deny']);
      const tlsOnly = statements.some(
        ({ Effect, Condition }) =>
          Effect === 'Deny' && Condition?.['Bool']?.['aws:SecureTransport'] === 'false',
      );
      expect([id, tlsOnly]).toEqual([id, true]);
    }
  });

  test('every queue and bucket is encrypted, every one has a policy', () => {
    for (const [, { Properties }] of ofType('AWS::SQS::Queue'))
      expect(Properties['SqsManagedSseEnabled']).toBe(true);
    expect(ofType('AWS::SQS::QueuePolicy')).toHaveLength(ofType('AWS::SQS::Queue').length);
    const keptDays = ofType('AWS::S3::Bucket').map(([, { Properties }]) =>
      Number(
        /"ExpirationInDays":(\d+)/.exec(JSON.stringify(Properties['LifecycleConfiguration'] ?? {}))?.[1],
      ),
    );
    // Evidence for a year and a month, etcd as the environment file says.
    expect(keptDays.sort((a, b) => a - b)).toEqual([14, 400]);
    for (const [, bucket] of ofType('AWS::S3::Bucket')) {
      expect(bucket.DeletionPolicy).toBe('RetainExceptOnCreate');
      expect(bucket.Properties).toMatchObject({
        BucketEncryption: {
          ServerSideEncryptionConfiguration: [
            {
              ServerSideEncryptionByDefault: {
                SSEAlgorithm: expect.stringMatching(/^(AES256|aws:kms)$/) as unknown,
              },
            },
          ],
        },
        VersioningConfiguration: { Status: 'Enabled' },
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
      });
    }
  });

  test('one custom resource, the sizes (docs/decisions/0008): nothing else runs at deploy time with rights of its own', () => {
    const custom = all.map(([, { Type }]) => Type).filter((type) => /^Custom::|CustomResource/.test(type));
    expect(custom).toEqual(['Custom::HeadroomDeclaredSizes']);
  });

  test('everything that can be tagged with the environment in the control plane’s stack is', () => {
    const untagged = ofType('AWS::EC2::Instance').filter(
      ([, { Properties }]) => !JSON.stringify(Properties['Tags']).includes(`"${environment}"`),
    );
    expect(untagged).toEqual([]);
  });
});
