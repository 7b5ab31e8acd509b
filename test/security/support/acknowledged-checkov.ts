import type { Acknowledged } from './acknowledging';

const ANY_FUNCTION = /^AWS::Lambda::Function\./;

/** The reasons are those of acknowledged.ts, where cdk-nag finds the same. */
export const CHECKOV_ACKNOWLEDGED: readonly Acknowledged[] = [
  {
    rule: 'CKV_AWS_18',
    on: /^AWS::S3::Bucket\.(Evidence|EtcdBucketAccessLog)/,
    because:
      'Reports that one function writes, without secrets; and the access log of the bucket that has them.',
  },
  {
    rule: 'CKV_AWS_26',
    on: /^AWS::SNS::Topic\.PeopleTopic/,
    because: 'Messages leave AWS as e-mail, and alarms cannot publish under the AWS managed key.',
  },
  {
    rule: 'CKV_AWS_26',
    on: /^AWS::SNS::Topic\.ChatTopic/,
    because: "Messages leave AWS for the chat's provider, shorter than the e-mail that says the same.",
  },
  {
    rule: 'CKV_AWS_27',
    on: /^AWS::SQS::Queue\./,
    because:
      "Encrypted under SQS's own key (SqsManagedSseEnabled), which the check does not read in CloudFormation.",
  },
  {
    rule: 'CKV_AWS_91',
    on: /^AWS::ElasticLoadBalancingV2::LoadBalancer\.Api/,
    because: 'A Network Load Balancer logs TLS listeners only, and TLS ends at the API server.',
  },
  {
    rule: 'CKV_AWS_111',
    on: /^AWS::IAM::(ManagedPolicy\.NodesNodePolicy|Policy\.(ControlPlane|Worker)Role)/,
    because:
      "What the SSM agent calls, on `*` in AWS's own policy too: test/security/everything.host.test.ts.",
  },
  {
    rule: 'CKV_AWS_115',
    on: ANY_FUNCTION,
    because:
      'A reservation is taken from all others of the account; where two must not run at once there is one.',
  },
  {
    rule: 'CKV_AWS_116',
    on: ANY_FUNCTION,
    because: 'Callers see the failure, and asynchronous calls have a failure destination.',
  },
  {
    rule: 'CKV_AWS_117',
    on: ANY_FUNCTION,
    because: 'They call AWS APIs alone; in the VPC they would need its way out, which may be what is broken.',
  },
  {
    rule: 'CKV_AWS_158',
    on: /^AWS::Logs::LogGroup\./,
    because: "Encrypted under CloudWatch's key, and without secrets.",
  },
  {
    rule: 'CKV_AWS_173',
    on: ANY_FUNCTION,
    because: "Names, sizes and levels, encrypted under Lambda's key: no variable holds a secret.",
  },
];
