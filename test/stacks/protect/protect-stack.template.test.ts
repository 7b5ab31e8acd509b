import { Match } from 'aws-cdk-lib/assertions';
import { ETCD_SNAPSHOT_HOURS } from '../../../lib/config/rules';
import { alarmNamePrefix, etcdSnapshotBucketName } from '../../../lib/domain/names/naming';
import { oldSnapshotHours } from '../../../lib/domain/names/snapshot-age';
import { nodeGroups } from '../../../lib/config/node-groups';
import {
  ENVIRONMENTS,
  allResources,
  environmentOf,
  flat,
  resources,
  shipped,
  synthesize,
  type Resource,
} from '../../app/synthesized';
import { roleStatements } from '../../app/policies';

const names = ENVIRONMENTS.map(({ name }) => name);
const alarms = (name: string): Resource[] =>
  Object.values(resources(shipped(name).protect, 'AWS::CloudWatch::Alarm'));
const alarmsOf = (name: string, metric: string): Resource[] =>
  alarms(name).filter(({ Properties }) => Properties['MetricName'] === metric);
const countOf = (name: string): number => environmentOf(name).controlPlane.count;

describe.each(names)('%s: alarms', (name) => {
  const { count } = environmentOf(name).controlPlane;

  test('each control-plane node has one for the age of its snapshots: above twice the period and an hour', () => {
    const { everyHours } = environmentOf(name).protect.etcdSnapshots;
    const old = alarms(name).filter(({ Properties }) =>
      flat(Properties['AlarmName']).includes('etcd-snapshot-old'),
    );
    expect(old).toHaveLength(count);
    for (const { Properties } of old) {
      expect(JSON.stringify(Properties['Metrics'])).toContain(
        'SELECT MAX(headroom_etcd_snapshot_age_seconds)',
      );
      expect(Properties).toMatchObject({
        EvaluationPeriods: 1,
        Threshold: (2 * everyHours + 1) * 3600,
        ComparisonOperator: 'GreaterThanThreshold',
        TreatMissingData: 'notBreaching',
      });
      expect(Properties).not.toHaveProperty('OKActions');
    }
  });

  test('triggers an EC2 action only for the host’s check, and notifies operators of the others', () => {
    const actionsOf = (metric: string): string[][] =>
      alarmsOf(name, metric).map(({ Properties }) => (Properties['AlarmActions'] as unknown[]).map(flat));
    const system = actionsOf('StatusCheckFailed_System');
    expect(system).toHaveLength(count);
    for (const actions of system)
      expect(actions).toEqual([
        expect.stringMatching(/^<import /),
        expect.stringMatching(/^arn:aws:automate:[a-z0-9-]+:ec2:recover$/),
      ]);
    for (const metric of ['StatusCheckFailed_Instance', 'StatusCheckFailed_AttachedEBS']) {
      expect(actionsOf(metric)).toHaveLength(count);
      for (const actions of actionsOf(metric)) expect(actions).toEqual([expect.stringMatching(/^<import /)]);
    }
    expect(JSON.stringify(alarms(name))).not.toMatch(/ec2:(reboot|stop|terminate)/);
  });

  test('no name begins as those do that start a healing', () => {
    for (const { Properties } of alarms(name))
      for (const group of nodeGroups(environmentOf(name)))
        expect(String(Properties['AlarmName']).startsWith(alarmNamePrefix(name, group.name))).toBe(false);
  });
});

test.each(ETCD_SNAPSHOT_HOURS)('every %i hours: one snapshot may be missed, not two', (hours) => {
  expect(oldSnapshotHours(hours)).toBeGreaterThan(2 * hours);
  expect(oldSnapshotHours(hours)).toBeLessThan(3 * hours + 1);
});

describe('etcd', () => {
  test('a former bucket of the environment stands in the way of no new one, whose name is short enough', () => {
    const bucket = Object.values(resources(shipped('prod').protect, 'AWS::S3::Bucket')).find(
      // S3 gives a name to the other one, which has the access log.
      ({ Properties }) => 'BucketName' in Properties,
    );
    const name = flat(bucket?.Properties['BucketName']);
    // The first part of the UUID of this creation of the stack.
    expect(name).toBe('headroom-prod-etcd-locked-777788889999-<AWS::StackId>[2][0]');
    const longest = etcdSnapshotBucketName('e'.repeat(20), '777788889999', '51af3dc0');
    expect(longest.length).toBeLessThanOrEqual(63);
  });

  test('nodes begin to save when everything else is there: a bucket with objects cannot be rolled back', () => {
    const template = shipped('prod').protect;
    const [[own, association]] = Object.entries(resources(template, 'AWS::SSM::Association')) as [
      [string, Resource],
    ];
    const all = Object.entries((template.toJSON() as { Resources: Record<string, Resource> }).Resources);
    const alarms = all.filter(
      ([id, { Type }]) => id !== own && Type !== 'AWS::KMS::Alias' && !/Policy$/.test(Type),
    );
    const waited = [...(association.DependsOn ?? []), JSON.stringify(association.Properties)].join();
    const needed = alarms.filter(([, { Type }]) =>
      ['AWS::CloudWatch::Alarm', 'AWS::DLM::LifecyclePolicy'].includes(Type),
    );
    expect(needed.map(([id]) => id).filter((id) => !waited.includes(id))).toEqual([]);
  });

  test('its bucket is encrypted with its own key, kept as the file says, and gone after a failed creation', () => {
    const environment = environmentOf('prod');
    environment.protect = { ...environment.protect, etcdSnapshots: { everyHours: 3, retentionDays: 33 } };
    const { protect } = synthesize('prod', environment);
    protect.hasResource('AWS::S3::Bucket', {
      DeletionPolicy: 'RetainExceptOnCreate',
      Properties: Match.objectLike({
        VersioningConfiguration: { Status: 'Enabled' },
        ObjectLockEnabled: true,
        ObjectLockConfiguration: {
          ObjectLockEnabled: 'Enabled',
          Rule: { DefaultRetention: { Mode: 'GOVERNANCE', Days: 33 } },
        },
        LifecycleConfiguration: {
          Rules: [
            Match.objectLike({
              ExpirationInDays: 33,
              NoncurrentVersionExpiration: { NoncurrentDays: 33 },
              Status: 'Enabled',
            }),
          ],
        },
      }),
    });
    protect.hasResource('AWS::KMS::Key', {
      DeletionPolicy: 'RetainExceptOnCreate',
      Properties: Match.objectLike({ EnableKeyRotation: true }),
    });
    protect.hasResourceProperties('AWS::KMS::Alias', { AliasName: 'alias/headroom-prod-etcd' });
    protect.hasResourceProperties('AWS::SSM::Association', { Parameters: { EveryHours: ['3'] } });
  });

  test('a control-plane node may save and read below its environment’s prefix, delete nothing, and a worker nothing of it', () => {
    const bucket = etcdSnapshotBucketName('prod', environmentOf('prod').account, '*');
    const all = allResources(shipped('prod'));
    const ofNodes = roleStatements(all, 'ControlPlaneRole');
    // Besides the assets of the bootstrap, e.g. the pod network's manifest.
    const onBucket = ofNodes.filter(
      ({ actions, resources: on }) =>
        actions.some((action) => action.startsWith('s3:')) && !on.every((arn) => arn.includes(':::cdk-')),
    );
    expect(
      onBucket.map(({ actions, resources: on }) => [actions, on.map((arn) => arn.split(':::')[1])]),
    ).toEqual([
      [['s3:GetObject', 's3:PutObject'], [`${bucket}/prod/*`]],
      [['s3:ListBucket'], [bucket]],
    ]);
    // The names of buckets are the whole world's.
    for (const { Condition } of onBucket)
      expect(Condition).toMatchObject({
        StringEquals: { 'aws:ResourceAccount': environmentOf('prod').account },
      });
    const key = ofNodes.find(({ Sid }) => Sid === 'EncryptEtcdSnapshots');
    expect(key?.Condition).toMatchObject({
      'ForAnyValue:StringEquals': { 'kms:ResourceAliases': 'alias/headroom-prod-etcd' },
    });
    // Neither a shorter lock, nor a way past it.
    const everywhere = all
      .filter(([, { Type }]) => Type !== 'AWS::S3::BucketPolicy') // which deny s3:*
      .map(([, { Properties }]) => JSON.stringify(Properties));
    expect(
      everywhere.filter((text) =>
        /"Action":("|\[[^\]]*")(\*|s3:(\*|Bypass|Put\*|PutObject\*|PutObjectRetention|PutBucketObjectLock))/.test(
          text,
        ),
      ),
    ).toEqual([]);
    const ofWorkers = roleStatements(all, 'WorkerRole').flatMap(({ actions }) => actions);
    expect(ofWorkers.length).toBeGreaterThan(5);
    // The key of the join parameters is another one.
    expect(ofWorkers.filter((action) => /^(s3|kms):/.test(action))).toEqual(['kms:Decrypt']);
  });

  test('the timer comes to each control-plane node, to one at a time, after the document is there', () => {
    const [association] = Object.values(resources(shipped('prod').protect, 'AWS::SSM::Association'));
    expect(association?.Properties).toMatchObject({
      Name: 'headroom-prod-PrepareEtcdSnapshots',
      MaxConcurrency: '1',
      Targets: [{ Key: 'InstanceIds' }],
    });
    const [target] = association?.Properties['Targets'] as [{ Values: unknown[] }];
    expect(target.Values).toHaveLength(countOf('prod'));
    const documents = Object.entries(resources(shipped('prod').protect, 'AWS::SSM::Document'));
    const ofTimer = documents.find(
      ([, { Properties }]) => Properties['Name'] === association?.Properties['Name'],
    );
    expect(association?.DependsOn).toContain(ofTimer?.[0]);
  });

  test('RestoreEtcd may run one document, on the control-plane nodes alone', () => {
    const statements = roleStatements(allResources(shipped('prod')), 'RestoreRole');
    const send = statements.filter(({ actions }) => actions.includes('ssm:SendCommand'));
    expect(send).toHaveLength(1);
    const [document, ...instances] = send[0]?.resources ?? [];
    expect(document).toMatch(/:document\/headroom-prod-RestoreEtcdMember$/);
    expect(instances).toHaveLength(countOf('prod'));
    for (const instance of instances)
      expect(instance).toMatch(/:instance\/<SsmParameterValueheadroomprodcontrolplane\d/);
  });
});

describe('volumes', () => {
  test('of the instances with the one tag that Data Lifecycle Manager takes, as the file says', () => {
    const environment = environmentOf('prod');
    environment.protect = { ...environment.protect, volumeSnapshots: { everyHours: 8, keep: 21 } };
    const synthesized = synthesize('prod', environment);
    synthesized.protect.hasResourceProperties('AWS::DLM::LifecyclePolicy', {
      State: 'ENABLED',
      PolicyDetails: {
        PolicyType: 'EBS_SNAPSHOT_MANAGEMENT',
        ResourceTypes: ['INSTANCE'],
        TargetTags: [{ Key: 'headroom:volume-snapshots', Value: 'prod' }],
        Schedules: [
          Match.objectLike({
            CreateRule: { Interval: 8, IntervalUnit: 'HOURS', Times: ['03:10'] },
            RetainRule: { Count: 21 },
          }),
        ],
      },
    });
    const tagged = allResources(synthesized).filter(([, { Type, Properties }]) => {
      const tags = (Properties?.['Tags'] ?? []) as { Key: string; Value: string }[];
      return (
        Type === 'AWS::EC2::Instance' &&
        tags.some(({ Key, Value }) => Key === 'headroom:volume-snapshots' && Value === 'prod')
      );
    });
    expect(tagged).toHaveLength(countOf('prod'));
  });

  test('its role makes snapshots of our nodes, and deletes only ours', () => {
    const statements = roleStatements(allResources(shipped('prod')), 'VolumeSnapshots');
    const ours = { StringEquals: { 'aws:ResourceTag/headroom:environment': 'prod' } };
    const bySid = new Map(statements.map((statement) => [statement.Sid, statement]));
    expect(bySid.get('OfOurNodes')?.Condition).toEqual(ours);
    expect(bySid.get('DeleteOurOldOnes')?.Condition).toEqual(ours);
    expect(
      statements.flatMap(({ actions }) => actions).filter((action) => /Delete|Modify/.test(action)),
    ).toEqual(['ec2:DeleteSnapshot']);
  });
});

describe('termination protection', () => {
  const protection = (environment: ReturnType<typeof environmentOf>): unknown[] => {
    const { assembly, cluster } = synthesize('prod', environment);
    const stacks = assembly.stacks.map(({ terminationProtection }) => terminationProtection ?? false);
    const nodes = Object.values(resources(cluster, 'AWS::EC2::Instance')).map(
      ({ Properties }) => Properties['DisableApiTermination'],
    );
    return [...new Set([...stacks, ...nodes])];
  };

  test('holds every stack and every control-plane instance in prod', () => {
    expect(environmentOf('prod').cluster.terminationProtection).toBe(true);
    expect(protection(environmentOf('prod'))).toEqual([true]);
  });

  test('goes everywhere at once, and replaces no instance', () => {
    const environment = environmentOf('prod');
    environment.cluster = { ...environment.cluster, terminationProtection: false };
    expect(protection(environment)).toEqual([false]);
    const identity = ({ Properties }: Resource): unknown => ({
      ...Properties,
      DisableApiTermination: undefined,
    });
    const instances = (which = shipped('prod')): unknown =>
      Object.entries(resources(which.cluster, 'AWS::EC2::Instance')).map(([id, of]) => [id, identity(of)]);
    expect(instances(synthesize('prod', environment))).toEqual(instances());
  });
});
