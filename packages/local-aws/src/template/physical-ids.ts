import { optional, text, type Fields } from '../values/fields';
import { resourceId, shortHash, uuidFrom } from '../values/ids';

/** Where a stack is deployed to. */
export interface Place {
  readonly account: string;
  readonly region: string;
  readonly partition: string;
}

/** What a resource type answers to Ref and Fn::GetAtt. Only the types below are known; another one is an error. */
interface TypeRule {
  /** Property with the name an operator sees. Without one, the id is generated. */
  readonly nameProperty?: string;
  /** Generated id, e.g. `i` gives `i-0…`. */
  readonly idPrefix?: string;
  readonly arn?: (id: string, place: Place) => string;
  /** What Ref gives. @default - the id */
  readonly ref?: (id: string, place: Place) => string;
  /** Fn::GetAtt names other than `Arn`. */
  readonly attributes?: Readonly<Record<string, (id: string, place: Place, properties: Fields) => unknown>>;
}

const arn =
  (service: string, resource: (id: string) => string) =>
  (id: string, place: Place): string =>
    `arn:${place.partition}:${service}:${place.region}:${place.account}:${resource(id)}`;

const globalArn =
  (service: string, resource: (id: string) => string, account = true) =>
  (id: string, place: Place): string =>
    `arn:${place.partition}:${service}::${account ? place.account : ''}:${resource(id)}`;

const property = (name: string) => (_id: string, _place: Place, properties: Fields) => properties[name];
const itself = (id: string): string => id;
const queueUrl = (id: string, place: Place): string =>
  `https://sqs.${place.region}.amazonaws.com/${place.account}/${id}`;
const topicArn = arn('sns', itself);
const launchTemplateVersion = () => '1';

const RULES: Readonly<Record<string, TypeRule>> = {
  'AWS::AutoScaling::AutoScalingGroup': { nameProperty: 'AutoScalingGroupName' },
  // Nothing receives the signal.
  'AWS::CloudFormation::WaitConditionHandle': { ref: () => 'http://127.0.0.1:1/signal' },
  'AWS::CloudWatch::Alarm': { nameProperty: 'AlarmName', arn: arn('cloudwatch', (id) => `alarm:${id}`) },
  'AWS::CloudWatch::CompositeAlarm': {
    nameProperty: 'AlarmName',
    arn: arn('cloudwatch', (id) => `alarm:${id}`),
  },
  'AWS::CloudWatch::Dashboard': { nameProperty: 'DashboardName' },
  'AWS::EC2::EIP': {
    idPrefix: 'eipalloc',
    attributes: { AllocationId: itself, PublicIp: () => '203.0.113.10' },
  },
  'AWS::EC2::FlowLog': { idPrefix: 'fl' },
  'AWS::EC2::Instance': {
    idPrefix: 'i',
    arn: arn('ec2', (id) => `instance/${id}`),
    attributes: {
      InstanceId: itself,
      AvailabilityZone: property('AvailabilityZone'),
      PrivateIp: (id) => privateIp(id),
      PrivateDnsName: (id, place) =>
        `ip-${privateIp(id).replaceAll('.', '-')}.${place.region}.compute.internal`,
    },
  },
  'AWS::EC2::InternetGateway': { idPrefix: 'igw', attributes: { InternetGatewayId: itself } },
  'AWS::EC2::LaunchTemplate': {
    idPrefix: 'lt',
    attributes: {
      LaunchTemplateId: itself,
      LatestVersionNumber: launchTemplateVersion,
      DefaultVersionNumber: launchTemplateVersion,
    },
  },
  'AWS::EC2::NatGateway': { idPrefix: 'nat', attributes: { NatGatewayId: itself } },
  'AWS::EC2::NetworkInterface': {
    idPrefix: 'eni',
    attributes: { PrimaryPrivateIpAddress: (id) => privateIp(id) },
  },
  'AWS::EC2::RouteTable': { idPrefix: 'rtb', attributes: { RouteTableId: itself } },
  'AWS::EC2::SecurityGroup': { idPrefix: 'sg', attributes: { GroupId: itself } },
  'AWS::EC2::Subnet': {
    idPrefix: 'subnet',
    attributes: {
      SubnetId: itself,
      AvailabilityZone: property('AvailabilityZone'),
      CidrBlock: property('CidrBlock'),
    },
  },
  'AWS::EC2::VPC': {
    idPrefix: 'vpc',
    attributes: {
      VpcId: itself,
      CidrBlock: property('CidrBlock'),
      DefaultSecurityGroup: (id) => resourceId('sg', id),
    },
  },
  'AWS::EC2::VPCEndpoint': { idPrefix: 'vpce' },
  'AWS::EC2::Volume': { idPrefix: 'vol', attributes: { VolumeId: itself } },
  'AWS::ElasticLoadBalancingV2::LoadBalancer': {
    nameProperty: 'Name',
    ref: (id, place) => loadBalancerArn(id, place),
    attributes: {
      LoadBalancerArn: (id, place) => loadBalancerArn(id, place),
      DNSName: (id, place) => `${id}.elb.${place.region}.amazonaws.com`.toLowerCase(),
    },
  },
  'AWS::ElasticLoadBalancingV2::TargetGroup': {
    nameProperty: 'Name',
    ref: arn('elasticloadbalancing', (id) => `targetgroup/${id}/${shortHash(id, 16)}`),
    attributes: { TargetGroupName: itself },
  },
  'AWS::Events::ApiDestination': {
    nameProperty: 'Name',
    arn: arn('events', (id) => `api-destination/${id}/${uuidFrom(id)}`),
  },
  'AWS::Events::Connection': {
    nameProperty: 'Name',
    arn: arn('events', (id) => `connection/${id}/${uuidFrom(id)}`),
  },
  'AWS::Events::EventBus': { nameProperty: 'Name', arn: arn('events', (id) => `event-bus/${id}`) },
  'AWS::Events::Rule': { nameProperty: 'Name', arn: arn('events', (id) => `rule/${id}`) },
  'AWS::IAM::InstanceProfile': {
    nameProperty: 'InstanceProfileName',
    arn: globalArn('iam', (id) => `instance-profile/${id}`),
  },
  'AWS::IAM::ManagedPolicy': {
    nameProperty: 'ManagedPolicyName',
    ref: globalArn('iam', (id) => `policy/${id}`),
    attributes: { PolicyArn: globalArn('iam', (id) => `policy/${id}`) },
  },
  'AWS::IAM::Policy': { nameProperty: 'PolicyName' },
  'AWS::IAM::Role': { nameProperty: 'RoleName', arn: globalArn('iam', (id) => `role/${id}`) },
  'AWS::KMS::Key': {
    ref: (id) => uuidFrom(id),
    arn: arn('kms', (id) => `key/${uuidFrom(id)}`),
    attributes: { KeyId: (id) => uuidFrom(id) },
  },
  'AWS::KMS::Alias': { nameProperty: 'AliasName' },
  'AWS::Lambda::EventSourceMapping': { ref: (id) => uuidFrom(id), attributes: { Id: (id) => uuidFrom(id) } },
  'AWS::Lambda::Function': { nameProperty: 'FunctionName', arn: arn('lambda', (id) => `function:${id}`) },
  'AWS::Logs::LogGroup': { nameProperty: 'LogGroupName', arn: arn('logs', (id) => `log-group:${id}:*`) },
  'AWS::S3::Bucket': {
    nameProperty: 'BucketName',
    arn: (id, place) => `arn:${place.partition}:s3:::${id}`,
    attributes: {
      DomainName: (id) => `${id}.s3.amazonaws.com`,
      RegionalDomainName: (id, place) => `${id}.s3.${place.region}.amazonaws.com`,
    },
  },
  'AWS::SNS::Topic': {
    nameProperty: 'TopicName',
    ref: topicArn,
    arn: topicArn,
    attributes: { TopicArn: topicArn, TopicName: itself },
  },
  'AWS::SQS::Queue': {
    nameProperty: 'QueueName',
    ref: queueUrl,
    arn: arn('sqs', itself),
    attributes: { QueueName: itself, QueueUrl: queueUrl },
  },
  'AWS::SSM::Association': { ref: (id) => uuidFrom(id), attributes: { AssociationId: (id) => uuidFrom(id) } },
  'AWS::SSM::Document': { nameProperty: 'Name' },
  'AWS::SSM::Parameter': {
    nameProperty: 'Name',
    attributes: { Value: property('Value'), Type: property('Type') },
  },
};

const loadBalancerArn = arn('elasticloadbalancing', (id) => `loadbalancer/net/${id}/${shortHash(id, 16)}`);

/** Somewhere in 10.0.0.0/16, by the id alone. */
export const privateIp = (seed: string): string => {
  const value = Number.parseInt(shortHash(seed, 4), 16);
  return `10.0.${value >> 8}.${Math.max(4, value & 0xff)}`;
};

const ruleOf = (type: string): TypeRule => {
  const rule = RULES[type];
  if (!rule) throw new Error(`no rule for the ids of ${type} (physical-ids.ts)`);
  return rule;
};

/** The name an operator sees, before `ref` makes a URL or ARN of it. S3 names are lower case. */
export function physicalName(
  type: string,
  stackName: string,
  logicalId: string,
  properties: () => Fields,
): string {
  const rule = RULES[type];
  const seed = `${stackName}/${logicalId}`;
  if (rule?.idPrefix) return resourceId(rule.idPrefix, seed);
  const named = rule?.nameProperty
    ? optional(properties()[rule.nameProperty], `${seed} ${rule.nameProperty}`, text, undefined)
    : undefined;
  if (named !== undefined) return named;
  const generated = `${stackName}-${logicalId}-${shortHash(seed, 12).toUpperCase()}`;
  return type === 'AWS::S3::Bucket' ? generated.toLowerCase() : generated;
}

export function refOf(type: string, id: string, place: Place): string {
  const rule = ruleOf(type);
  return rule.ref ? rule.ref(id, place) : id;
}

/** The ARN, or undefined for types that have none here. */
export const arnOf = (type: string, id: string, place: Place): string | undefined =>
  RULES[type]?.arn?.(id, place);

export function attributeOf(
  type: string,
  id: string,
  name: string,
  place: Place,
  properties: Fields,
): unknown {
  const rule = ruleOf(type);
  const value = name === 'Arn' ? rule.arn?.(id, place) : rule.attributes?.[name]?.(id, place, properties);
  if (value === undefined) throw new Error(`no rule for Fn::GetAtt ${name} of ${type} (physical-ids.ts)`);
  return value;
}
