import { ENVIRONMENTS, allResources, shipped, type Resource } from './synthesized';
import { statementsOf } from './policies';

describe.each(ENVIRONMENTS.map(({ name }) => name))('%s', (environment) => {
  const all = allResources(shipped(environment));
  const ofType = (type: string): [string, Resource][] => all.filter(([, { Type }]) => Type === type);
  const identityStatements = () =>
    ofType('AWS::IAM::Policy').flatMap(([id, { Properties }]) =>
      statementsOf(Properties['PolicyDocument']).map((statement) => ({ id, ...statement })),
    );

  test('no right is to every action of a service', () => {
    expect(identityStatements().length).toBeGreaterThan(20);
    for (const { actions } of identityStatements())
      for (const action of actions) expect(action).not.toMatch(/\*$|^\*/);
  });

  test('no role may delete what is in a bucket, or take its lock, log or policy away', () => {
    for (const { id, actions } of identityStatements())
      for (const action of actions)
        expect([id, action]).toEqual([id, expect.not.stringMatching(/^s3:(Delete|Put(?!Object$)|Bypass)/)]);
  });

  test('on our keys AWS services alone make grants', () => {
    const keys = ofType('AWS::KMS::Key');
    expect(keys.length).toBeGreaterThan(0);
    for (const [, { Properties }] of keys)
      expect((Properties['KeyPolicy'] as { Statement: unknown }).Statement).toContainEqual({
        ...{ Effect: 'Deny', Principal: { AWS: '*' }, Action: 'kms:CreateGrant', Resource: '*' },
        Condition: {
          BoolIfExists: { 'kms:GrantIsForAWSResource': 'false', 'aws:PrincipalIsAWSService': 'false' },
        },
      });
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
    expect(writers.length).toBe(4);
    for (const { Condition } of writers)
      expect(Condition?.['StringEquals']).toHaveProperty(['cloudwatch:namespace']);
  });

  test('no role has a managed policy, and each is for one service', () => {
    for (const [, { Properties }] of ofType('AWS::IAM::Role')) {
      expect(Properties['ManagedPolicyArns']).toBeUndefined();
      expect(statementsOf(Properties['AssumeRolePolicyDocument'])).toHaveLength(1);
    }
  });

  test('a service takes a role, or calls a resource, only for a resource of this account', () => {
    // An instance profile is of one account, and EC2 takes it for its own instances.
    const trusting = (service: string): boolean => service !== 'ec2.amazonaws.com';
    const trusts = [
      ...ofType('AWS::IAM::Role').map(([id, { Properties }]) => [id, Properties['AssumeRolePolicyDocument']]),
      ...['AWS::SQS::QueuePolicy', 'AWS::SNS::TopicPolicy', 'AWS::S3::BucketPolicy'].flatMap((type) =>
        ofType(type).map(([id, { Properties }]) => [id, Properties['PolicyDocument']]),
      ),
    ] as const;
    let seen = 0;
    for (const [id, document] of trusts)
      for (const { Principal, Condition } of statementsOf(document)) {
        const service = (Principal as { Service?: string } | undefined)?.Service;
        if (service === undefined || !trusting(service)) continue;
        seen += 1;
        expect([id, JSON.stringify(Condition ?? {})]).toEqual([
          id,
          // Lambda tells the account alone: see lib/constructs/handler-function.ts.
          expect.stringContaining(
            service === 'lambda.amazonaws.com' ? 'aws:SourceAccount' : 'aws:SourceArn',
          ) as unknown,
        ]);
      }
    expect(seen).toBeGreaterThan(8);
    for (const [id, { Properties }] of ofType('AWS::Lambda::Permission'))
      expect([id, Properties['SourceArn']]).not.toEqual([id, undefined]);
  });

  test('Scheduler is known by its group, for it names no schedule', () => {
    for (const [, { Properties }] of ofType('AWS::IAM::Role'))
      for (const { Principal, Condition } of statementsOf(Properties['AssumeRolePolicyDocument']))
        if (JSON.stringify(Principal).includes('scheduler.'))
          expect(JSON.stringify(Condition)).toMatch(/:schedule-group\/default"/);
  });

  test('a right on a bucket is on one of this account', () => {
    const onBuckets = identityStatements().filter(({ actions }) =>
      actions.some((action) => action.startsWith('s3:')),
    );
    expect(onBuckets.length).toBeGreaterThan(2);
    for (const { id, Sid, Condition } of onBuckets)
      expect([id, Sid, Condition?.['StringEquals']]).toEqual([
        id,
        Sid,
        expect.objectContaining({ 'aws:ResourceAccount': expect.stringMatching(/^\d{12}$/) as unknown }),
      ]);
  });

  test('tags are written when something is made, or on what is ours', () => {
    const taggers = identityStatements().filter(({ actions }) => actions.includes('ec2:CreateTags'));
    expect(taggers.length).toBeGreaterThan(0);
    for (const { Sid, Condition } of taggers) {
      const keys = Object.values(Condition ?? {}).flatMap((tests) => Object.keys(tests));
      expect([Sid, keys]).toEqual([
        Sid,
        expect.arrayContaining([
          expect.stringMatching(/^(ec2:CreateAction|aws:ResourceTag\/headroom:environment)$/),
          expect.stringMatching(/^aws:RequestTag\/headroom:environment$/),
        ]) as unknown,
      ]);
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
    // Evidence and the log of who read etcd's snapshots for a year and a month, etcd as the environment file says.
    expect(keptDays.sort((a, b) => a - b)).toEqual([14, 400, 400]);
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
