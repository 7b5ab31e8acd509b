import {
  AutoScalingClient,
  CreateAutoScalingGroupCommand,
  CreateLaunchConfigurationCommand,
} from '@aws-sdk/client-auto-scaling';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { DescribeInstancesCommand, EC2Client, RunInstancesCommand } from '@aws-sdk/client-ec2';
import { CreateEventBusCommand, EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateTopicCommand, SNSClient } from '@aws-sdk/client-sns';
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { CreateDocumentCommand, SSMClient } from '@aws-sdk/client-ssm';
import type { Tags } from '../../../src';
import { COMMAND_CONTENT, NODE_TAGS, ROOT_DEVICE, VOLUME_GIB, type World } from './world';

export const REGION = 'eu-central-1';

/** moto's default: 12 digits that it knows as its own account. */
export const CREDENTIALS = { accessKeyId: 'contract', secretAccessKey: 'contract' } as const;

/** One of the images that every moto account has, so that the root device is the one mapped below. */
const IMAGE_ID = 'ami-785db401';

/** SDK clients over HTTP; one attempt, since nothing here is flaky by nature. */
export const wireClients = (endpoint: string) => {
  const settings = { endpoint, region: REGION, credentials: CREDENTIALS, maxAttempts: 1 };
  return {
    ssm: new SSMClient(settings),
    ec2: new EC2Client(settings),
    cloudwatch: new CloudWatchClient(settings),
    sns: new SNSClient(settings),
    s3: new S3Client(settings),
    sqs: new SQSClient(settings),
    autoscaling: new AutoScalingClient(settings),
    events: new EventBridgeClient(settings),
  };
};

export type WireClients = ReturnType<typeof wireClients>;

let worlds = 0;

/**
 * A node, a bucket, a topic, a queue and a document that no other world of the server has.
 * @param tags of the node
 */
export async function motoWorld(clients: WireClients, tags: Tags = NODE_TAGS): Promise<World> {
  worlds += 1;
  const { autoscaling, ec2, events, s3, sns, sqs, ssm } = clients;
  const [instance, bucket, topicArn, queueUrl, commandDocument, busName] = [
    await launch(ec2, tags),
    `evidence-${worlds}`,
    (await sns.send(new CreateTopicCommand({ Name: `people-${worlds}` }))).TopicArn ?? '',
    await createQueue(sqs, `heal-${worlds}.fifo`),
    `Say-${worlds}`,
    `shop-${worlds}`,
  ];
  await events.send(new CreateEventBusCommand({ Name: busName }));
  await s3.send(
    new CreateBucketCommand({
      Bucket: bucket,
      CreateBucketConfiguration: { LocationConstraint: REGION },
    }),
  );
  await ssm.send(
    new CreateDocumentCommand({
      Name: commandDocument,
      DocumentType: 'Command',
      Content: JSON.stringify(COMMAND_CONTENT),
    }),
  );
  const autoScalingGroupName = await createGroup(autoscaling, `workers-${worlds}`, 0);
  return {
    clients,
    autoScalingGroupName,
    ...instance,
    bucket,
    topicArn,
    queueUrl,
    commandDocument,
    busName,
    received: () => receive(sqs, queueUrl),
    pass: () => Promise.resolve(),
  };
}

async function launch(ec2: EC2Client, tags: Tags): Promise<Pick<World, 'instanceId' | 'volumeId'>> {
  const { Instances } = await ec2.send(
    new RunInstancesCommand({
      ImageId: IMAGE_ID,
      InstanceType: 't4g.small',
      MinCount: 1,
      MaxCount: 1,
      BlockDeviceMappings: [{ DeviceName: ROOT_DEVICE, Ebs: { VolumeSize: VOLUME_GIB, VolumeType: 'gp3' } }],
      TagSpecifications: [
        {
          ResourceType: 'instance',
          Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
        },
      ],
    }),
  );
  const instanceId = Instances?.[0]?.InstanceId ?? '';
  // As a handler does; RunInstances itself may answer before the volumes are there.
  const described = await ec2.send(new DescribeInstancesCommand({ InstanceIds: [instanceId] }));
  const mapping = described.Reservations?.[0]?.Instances?.[0]?.BlockDeviceMappings?.[0];
  return { instanceId, volumeId: mapping?.Ebs?.VolumeId ?? '' };
}

/** @param size instances that it starts, tagged with `team` */
export async function createGroup(
  autoscaling: AutoScalingClient,
  name: string,
  size: number,
): Promise<string> {
  await autoscaling.send(
    new CreateLaunchConfigurationCommand({
      LaunchConfigurationName: name,
      ImageId: IMAGE_ID,
      InstanceType: 't3.small',
      BlockDeviceMappings: [{ DeviceName: ROOT_DEVICE, Ebs: { VolumeSize: VOLUME_GIB } }],
    }),
  );
  await autoscaling.send(
    new CreateAutoScalingGroupCommand({
      AutoScalingGroupName: name,
      LaunchConfigurationName: name,
      MinSize: size,
      MaxSize: size + 1,
      AvailabilityZones: [`${REGION}a`],
      Tags: [{ Key: 'team', Value: 'shop', PropagateAtLaunch: true }],
    }),
  );
  return name;
}

export async function createQueue(sqs: SQSClient, name: string): Promise<string> {
  const { QueueUrl } = await sqs.send(
    new CreateQueueCommand({
      QueueName: name,
      Attributes: name.endsWith('.fifo') ? { FifoQueue: 'true' } : {},
    }),
  );
  return QueueUrl ?? '';
}

export async function receive(sqs: SQSClient, queueUrl: string): Promise<readonly string[]> {
  const { Messages } = await sqs.send(
    new ReceiveMessageCommand({ QueueUrl: queueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 0 }),
  );
  return (Messages ?? []).map(({ Body }) => Body ?? '');
}
