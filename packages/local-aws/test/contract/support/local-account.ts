import { Background } from '../../../src/time/background';
import type { ModelledInstance, Tags } from '../../../src/fleet/instances';
import { resourceId } from '../../../src/values/ids';
import { LocalAws, type Service } from '../../../src/api/local-aws';
import { MessageQueue } from '../../../src/queues/message-queue';
import { MetricStore } from '../../../src/metrics/metric-store';
import { sdkClients } from '../../../src/api/sdk-clients';
import { autoScalingService } from '../../../src/services/autoscaling';
import { terminationOperations } from '../../../src/services/autoscaling-terminations';
import { cloudwatchService } from '../../../src/services/cloudwatch';
import { alarmOperations } from '../../../src/services/cloudwatch-alarms';
import { ec2Service } from '../../../src/services/ec2';
import { DEFAULT_VOLUME_TIMING } from '../../../src/services/ec2-state';
import { eventsService } from '../../../src/services/events';
import { s3Service } from '../../../src/services/s3';
import { snsService } from '../../../src/services/sns';
import { sqsService } from '../../../src/services/sqs';
import { Automations, DEFAULT_AUTOMATION_LIMITS } from '../../../src/services/ssm-automation';
import { commandOperations } from '../../../src/services/ssm-commands';
import { managedInstanceOperations } from '../../../src/services/ssm-instances';
import { opsItemOperations, type OpsItem } from '../../../src/services/ssm-ops-items';
import { parameterOperations } from '../../../src/services/ssm-parameters';
import { unwitnessed } from '../../../src/unwitnessed';
import { document } from '../../support/resources';
import { HeldClock } from './held-clock';
import { AUTOMATION, COMMAND_CONTENT, NODE_TAGS, ROOT_DEVICE, VOLUME_GIB, type World } from './world';

const PLACE = { account: '111122223333', region: 'eu-central-1', partition: 'aws' };
const ROLE = `arn:aws:iam::${PLACE.account}:role/heal`;
const COMMAND_DOCUMENT = 'Say';
const AUTO_SCALING_GROUP = 'workers';
const TOPIC = `arn:aws:sns:${PLACE.region}:${PLACE.account}:people`;
const BUS = 'shop-prod';
const QUEUE = `https://sqs.${PLACE.region}.amazonaws.com/${PLACE.account}/heal.fifo`;

export interface LocalAccount {
  readonly aws: LocalAws;
  readonly services: Readonly<Record<string, Service>>;
  readonly opsItems: readonly OpsItem[];
  readonly world: World;
}

/** The services of the local AWS with the same node, bucket, topic, queue and document as a world of moto. */
export function localAccount(automationName: string = AUTOMATION, tags: Tags = NODE_TAGS): LocalAccount {
  const clock = new HeldClock();
  const background = new Background();
  const inBackground = (what: string, work: Promise<void>): void => background.add(what, work);
  const node = nodeAt(clock.now(), tags);
  const opsItems: OpsItem[] = [];
  const queue = new MessageQueue(
    {
      name: 'heal.fifo',
      url: QUEUE,
      arn: 'arn:aws:sqs:::heal.fifo',
      fifo: true,
      contentBasedDeduplication: false,
      visibilityTimeoutSeconds: 30,
    },
    () => undefined,
  );
  const noWork = { call: none, invokeFunction: none, runPython: none };
  const automations = new Automations({
    clock,
    place: PLACE,
    documents: [automationNamed(automationName)],
    inBackground,
    limits: DEFAULT_AUTOMATION_LIMITS,
    onEnd: () => undefined,
    worldFor: () => ({ clock, place: PLACE, onEvent: () => undefined, ...noWork }),
  });
  const services = {
    ssm: {
      ...automations.operations,
      ...commandOperations({
        clock,
        place: PLACE,
        instances: [node],
        inBackground,
        documents: [document(COMMAND_DOCUMENT, 'Command', COMMAND_CONTENT)],
        run: () =>
          Promise.resolve([
            { name: 'say', status: 'Success', responseCode: 0, stdout: '', stderr: '' } as const,
          ]),
      }),
      ...managedInstanceOperations({ clock, instances: [node], online: () => Promise.resolve(true) }),
      ...opsItemOperations(clock, PLACE, opsItems, () => undefined),
      ...parameterOperations(clock, PLACE),
    },
    ec2: ec2Service({
      clock,
      place: PLACE,
      instances: [node],
      inBackground,
      timing: DEFAULT_VOLUME_TIMING,
      // As moto does.
      unwitnessed: unwitnessed({ newModification: 'told-at-once' }),
      resize: () => Promise.resolve(),
      reboot: () => Promise.resolve(),
    }),
    cloudwatch: { ...cloudwatchService(clock, new MetricStore()), ...alarmOperations(PLACE, () => []) },
    sns: snsService(clock, [TOPIC], () => undefined),
    s3: s3Service(clock, PLACE, ['evidence'], new Map()),
    sqs: sqsService(clock, [queue]),
    events: eventsService(
      clock,
      [{ name: BUS, arn: `arn:aws:events:${PLACE.region}:${PLACE.account}:event-bus/${BUS}` }],
      () => undefined,
    ),
    autoscaling: {
      ...autoScalingService(PLACE, [{ name: AUTO_SCALING_GROUP, metrics: new Set<string>() }], [node]),
      ...terminationOperations({
        clock,
        place: PLACE,
        instances: [node],
        inBackground,
        assembly: { ofType: () => [] },
        putEvent: () => undefined,
        launch: () => undefined,
      }),
    },
  };
  const aws = new LocalAws({ clock, services });
  const world: World = {
    clients: sdkClients(aws, clock, { roleArn: ROLE }),
    instanceId: node.instanceId,
    volumeId: node.volume.volumeId,
    bucket: 'evidence',
    autoScalingGroupName: AUTO_SCALING_GROUP,
    topicArn: TOPIC,
    queueUrl: QUEUE,
    commandDocument: COMMAND_DOCUMENT,
    busName: BUS,
    received: () => Promise.resolve(queue.messages.map(({ body }) => body)),
    pass: (seconds) => clock.advance(seconds),
  };
  return { aws, services, opsItems, world };
}

const none = (): Promise<never> => Promise.reject(new Error('the document of the contract has no such step'));

/** Takes an instance, and a minute. */
const automationNamed = (name: string) =>
  document(name, 'Automation', {
    schemaVersion: '0.3',
    assumeRole: ROLE,
    parameters: {
      InstanceId: { type: 'String', allowedPattern: '^i-[0-9a-f]{8,17}$' },
      Trigger: { type: 'String', default: 'manual' },
      TriggeredAt: { type: 'String', default: '' },
    },
    mainSteps: [{ name: 'rest', action: 'aws:sleep', inputs: { Duration: 'PT60S' } }],
  });

export const nodeAt = (launchedAt: Date, tags: Tags = NODE_TAGS): ModelledInstance => ({
  instanceId: resourceId('i', 'contract'),
  tags,
  imageId: 'ami-1',
  instanceType: 't4g.small',
  subnetId: 'subnet-1',
  availabilityZone: `${PLACE.region}a`,
  privateIp: '10.0.0.5',
  rootDeviceName: ROOT_DEVICE,
  launchedAt,
  autoScalingGroupName: undefined,
  userData: '',
  volume: {
    volumeId: resourceId('vol', 'contract'),
    tags,
    createdAt: launchedAt,
    sizeGiB: VOLUME_GIB,
    volumeType: 'gp3',
    iops: 3000,
    throughput: 125,
    modifications: [],
  },
});
