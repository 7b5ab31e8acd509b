/** A finding of a scanner that stays, and why. */
export interface Acknowledgement {
  /** The rule's id; for cdk-nag a pattern, since it has the resource in it. */
  readonly rule: RegExp;
  /** Of the construct's path within the environment. */
  readonly on: RegExp;
  readonly because: string;
}

const FOR_ANY_ARN = (service: string): RegExp => new RegExp(`IAM5\\[Resource::arn:aws:${service}`);

/** Of cdk-nag's AwsSolutions and NIST 800-53 R5. */
export const ACKNOWLEDGED: readonly Acknowledgement[] = [
  {
    rule: /IAM5\[Resource::\*\]$/,
    on: /\/(Role|NodePolicy|ControlPlane(Metrics)?Policy|\w+Role)(\/|$)/,
    because:
      'AWS knows no resource for these actions, or a condition narrows them: test/security/everything.host.test.ts holds each against the service authorization reference.',
  },
  {
    rule: /IAM5\[Resource::<Evidence\w+\.Arn>\/(evidence|reports|ledger\/growth)\/\*\]$/,
    on: /^heal\/(Record|Plan)\//,
    because: 'Folders of the own bucket; the objects in them are named by execution, or by month.',
  },
  {
    rule: FOR_ANY_ARN('autoscaling:[^:]+:\\d+:autoScalingGroup:\\*:autoScalingGroupName/[^*]+\\]$'),
    on: /./,
    because: 'The group is named in full; EC2 Auto Scaling makes the id in the middle.',
  },
  {
    rule: FOR_ANY_ARN('cloudwatch:[^:]+:\\d+:alarm:\\*\\]$'),
    on: /^heal\/Sweep\//,
    because: 'DescribeAlarms reads, and is authorised for all alarms whatever prefix it asks for.',
  },
  {
    rule: FOR_ANY_ARN('ec2:[^:]+:\\d+:(instance|volume)/\\*\\]$'),
    on: /^(attach|heal|operate|protect)\//,
    because:
      "Nodes come and go, so their ids are not known; a condition holds them to the environment's tag (test/app/security.template.test.ts).",
  },
  {
    rule: FOR_ANY_ARN('ec2:[^:]+::snapshot/\\*\\]$'),
    on: /^protect\/VolumeSnapshots\//,
    because: "Data Lifecycle Manager makes and names them; it deletes only those with the environment's tag.",
  },
  {
    rule: FOR_ANY_ARN('ec2:[^:]+::snapshot/\\*\\]$'),
    on: /^heal\/AutomationRole\//,
    because:
      'EC2 makes the id; a condition wants the environment’s tag in the call, which tags no snapshot that is there already.',
  },
  {
    rule: FOR_ANY_ARN('kms:[^:]+:\\d+:key/\\*\\]$'),
    on: /ControlPlane(Role|Policy)/,
    because:
      'The key is made after the nodes: a condition names its alias, and S3 as the only way to use it.',
  },
  {
    rule: FOR_ANY_ARN('s3:::headroom-[a-z-]+-etcd-locked-\\d+-\\*(/[a-z-]+/\\*)?\\]$'),
    on: /ControlPlane(Role|Policy)/,
    because:
      "The bucket is made after the nodes, with a suffix of its stack's creation; aws:ResourceAccount keeps a stranger's bucket of such a name out.",
  },
  {
    rule: FOR_ANY_ARN('ssm:[^:]+:\\d+:automation-(execution/\\*|definition/headroom-[a-z-]+\\w+:\\*)\\]$'),
    on: /^(heal|operate)\//,
    because: 'Executions have random ids, and versions of a document numbers; the document itself is named.',
  },
  {
    rule: FOR_ANY_ARN('ssm:[^:]+:\\d+:document/headroom-[a-z-]+-\\*\\]$'),
    on: /(ControlPlaneRole|WorkerRole|NodePolicy)/,
    because: 'The agent reads the documents that it runs, of this environment alone; they hold no secret.',
  },
  {
    rule: FOR_ANY_ARN('ssm:[^:]+:\\d+:opsitem/\\*\\]$'),
    on: /^heal\/Record\//,
    because: 'OpsCenter makes the id.',
  },
  {
    rule: FOR_ANY_ARN('ssm:[^:]+:\\d+:parameter/headroom/[a-z-]+/join/.+/\\*\\]$'),
    on: /^cluster\/ControlPlaneRole\//,
    because:
      'The three parameters by which nodes join this creation of the cluster; there is no other below that path.',
  },
  {
    rule: /IAMNoInlinePolicy$/,
    on: /\/DefaultPolicy\/Resource$/,
    because:
      'Each policy is for one role and goes with it. A managed policy could be attached elsewhere, which is what the rule is meant to prevent.',
  },
  {
    rule: /^AwsSolutions-AS3$/,
    on: /^cluster\/Workers-/,
    because:
      'EventBridge is told of every termination, and RetireWorker acts on it; a notification would add nothing.',
  },
  {
    rule: /^AwsSolutions-EC28$/,
    on: /^cluster\/ControlPlane\//,
    because:
      'Disk figures come from the agent each minute, and status checks have a minute’s period without detailed monitoring.',
  },
  {
    rule: /^AwsSolutions-EC29$/,
    on: /^cluster\/ControlPlane\//,
    because:
      'cluster.terminationProtection decides it; an environment without it is one that its owner wants to be able to delete.',
  },
  {
    rule: /ELBDeletionProtectionEnabled$/,
    on: /^cluster\/Api\//,
    because:
      'cluster.terminationProtection decides it, as of the instances (test/security/scanners.template.test.ts); prod has it.',
  },
  {
    rule: /EC2InstanceProfileAttached$/,
    on: /^cluster\/ControlPlane\//,
    because: 'The launch template has the profile; the rule looks at the instance alone.',
  },
  {
    // https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-access-logs.html
    rule: /(ELB2|ELBLoggingEnabled)$/,
    on: /^cluster\/Api\//,
    because:
      'A Network Load Balancer logs TLS listeners only, and TLS ends at the API server. The VPC has a flow log.',
  },
  {
    rule: /ELBv2ACMCertificateRequired$/,
    on: /^cluster\/Api\//,
    because:
      "TLS ends at the API server, under the cluster's own authority: client certificates would not survive another end.",
  },
  {
    rule: /(-S1|S3BucketLoggingEnabled)$/,
    on: /^(heal\/Evidence|protect\/EtcdBucket\/AccessLog)\//,
    because:
      'The one has reports that one function writes, and no secret; the other is the access log of the bucket that has them.',
  },
  {
    rule: /S3BucketReplicationEnabled$/,
    on: /^(heal\/Evidence|protect\/EtcdBucket)\//,
    because:
      'Versions are kept. A copy in another region doubles the cost, and takes every secret of a cluster there: an owner who wants that adds the rule.',
  },
  {
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html
    rule: /S3DefaultEncryptionKMS$/,
    on: /^(heal\/Evidence|protect\/EtcdBucket\/AccessLog)\//,
    because: "Encrypted under S3's key: reports hold no secret, and S3 delivers access logs to nothing else.",
  },
  {
    rule: /SQS3$/,
    on: /\/Undelivered\/Resource$/,
    because:
      'It is the dead-letter queue, of EventBridge and of asynchronous calls, which the rule does not see.',
  },
  {
    rule: /CloudWatchAlarmAction$/,
    on: /^observe\//,
    because:
      'EventBridge takes its changes to the queue of the healing, which sends the messages; an action would send another.',
  },
  {
    rule: /CloudWatchLogGroupEncrypted$/,
    on: /\/Log\/Resource$/,
    because:
      "Encrypted under CloudWatch's key. There is no secret in them: a key of our own would be one more thing to lose them by.",
  },
  {
    rule: /LambdaConcurrency$/,
    on: /\/Function\/Resource$/,
    because:
      'A reservation is taken from all others of the account. Where two must not run at once (dispatch, attach) it is one; the others are called by these or by a schedule.',
  },
  {
    rule: /LambdaDLQ$/,
    on: /\/Function\/Resource$/,
    because:
      'Called by a runbook or CloudFormation, which see the failure; what comes asynchronously has a failure destination, and dispatch’s queue a dead-letter queue.',
  },
  {
    rule: /LambdaInsideVPC$/,
    on: /\/Function\/Resource$/,
    because: 'They call AWS APIs alone. In the VPC they would need its way out, which may be what is broken.',
  },
  {
    // https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
    rule: /SNSEncryptedKMS$/,
    on: /^heal\/People\//,
    because:
      'Messages leave AWS as e-mail. Alarms cannot publish under the AWS managed key, and a key of its own protects no more than that.',
  },
  {
    rule: /SNSEncryptedKMS$/,
    on: /^heal\/Chat\//,
    because: "Messages leave AWS for the chat's provider, shorter than the e-mail that says the same.",
  },
  {
    rule: /VPCDefaultSecurityGroupClosed$/,
    on: /^cluster\/Network\//,
    because:
      'Nothing is in that group. To close it takes a custom resource with rights over security groups, which is worse to have.',
  },
  {
    rule: /VPCNoUnrestrictedRouteToIGW$/,
    on: /^cluster\/Network\/Vpc\/publicSubnet\d\/DefaultRoute$/,
    because: 'The public subnets have the NAT gateways and nothing else: nodes are in the private ones.',
  },
];
