import type { Acknowledged } from './acknowledging';

const CONTROL_PLANE = /^AWS::EC2::Instance\.ControlPlane/;
const WORKERS = /^AWS::AutoScaling::AutoScalingGroup\.Workers/;
const API = /^AWS::ElasticLoadBalancingV2::LoadBalancer\.Api/;
const EVIDENCE_OR_ACCESS_LOG = /^AWS::S3::Bucket\.(Evidence|EtcdBucketAccessLog)/;
const ANY_BUCKET = /^AWS::S3::Bucket\.(Evidence|EtcdBucket)/;

/** The reasons are those of acknowledged.ts, where cdk-nag finds the same. */
export const GUARD_ACKNOWLEDGED: readonly Acknowledged[] = [
  {
    rule: 'autoscaling_mixed_instances_policy_multiple_instance_types_check',
    on: WORKERS,
    because: 'The environment file names one type for a group: the sizing of its disk goes by it.',
  },
  {
    rule: 'autoscaling_multiple_az_check',
    on: WORKERS,
    because: 'A group names its subnets, which are in as many zones as the environment file says.',
  },
  {
    rule: 'cloudwatch_alarm_action_check',
    on: /^AWS::CloudWatch::Alarm\.(ControlPlane|Workers)/,
    because:
      'EventBridge takes its changes to the queue of the healing, or a composite alarm reads it; an action would send another message.',
  },
  {
    rule: 'cloudwatch_log_group_encrypted_check',
    on: /^AWS::Logs::LogGroup\./,
    because:
      "Encrypted under CloudWatch's key. There is no secret in them: a key of our own would be one more thing to lose them by.",
  },
  {
    rule: 'ec2_instance_detailed_monitoring_enabled_check',
    on: CONTROL_PLANE,
    because:
      "Disk figures come from the agent each minute, and status checks have a minute's period without detailed monitoring.",
  },
  {
    rule: 'ec2_launch_template_monitoring_enabled_check',
    on: /^AWS::EC2::LaunchTemplate\./,
    because:
      "Disk figures come from the agent each minute, and status checks have a minute's period without detailed monitoring.",
  },
  {
    rule: 'ec2_instance_nitro_encryption_in_transit_check',
    on: CONTROL_PLANE,
    because: 'The environment file names the type. The API, etcd and the kubelet speak TLS with each other.',
  },
  {
    rule: 'ec2_instance_nitro_instance_type_check',
    on: CONTROL_PLANE,
    because: 'The launch template has the type; the rule looks at the instance alone.',
  },
  {
    rule: 'ec2_instance_no_public_ip_check',
    on: CONTROL_PLANE,
    because: 'The launch template says that there is none; the rule looks at the instance alone.',
  },
  {
    rule: 'elbv2_deletion_protection_enabled_check',
    on: API,
    because:
      'cluster.terminationProtection decides it, as of the instances (test/security/scanners.template.test.ts); prod has it.',
  },
  {
    rule: 'elbv2_logging_enabled_check',
    on: API,
    because:
      'A Network Load Balancer logs TLS listeners only, and TLS ends at the API server. The VPC has a flow log.',
  },
  {
    rule: 'lambda_inside_vpc_check',
    on: /^AWS::Lambda::Function\./,
    because: 'They call AWS APIs alone. In the VPC they would need its way out, which may be what is broken.',
  },
  {
    rule: 's3_bucket_default_encryption_kms_check',
    on: EVIDENCE_OR_ACCESS_LOG,
    because: "Encrypted under S3's key: reports hold no secret, and S3 delivers access logs to nothing else.",
  },
  {
    rule: 's3_bucket_logging_enabled_check',
    on: EVIDENCE_OR_ACCESS_LOG,
    because:
      'The one has reports that one function writes, and no secret; the other is the access log of the bucket that has them.',
  },
  {
    rule: 's3_bucket_object_lock_enabled_check',
    on: EVIDENCE_OR_ACCESS_LOG,
    because:
      "The one has the month's ledger, which is written over; the other takes access logs, for which S3 refuses a locked bucket.",
  },
  {
    rule: 's3_event_notifications_enabled_check',
    on: ANY_BUCKET,
    because:
      'No program waits for an object: what is written there is reported by the function that wrote it.',
  },
  {
    rule: 'sqs_dlq_check',
    on: /^AWS::SQS::Queue\.(QueuesDeadLetters|(Queues|Retirement|Webhook)Undelivered)/,
    because: 'It is the dead-letter queue itself; an alarm fires on the first message in it.',
  },
];
