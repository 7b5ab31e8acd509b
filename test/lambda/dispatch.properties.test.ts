import type { SQSEvent, SQSRecord } from 'aws-lambda';
import fc from 'fast-check';
import { createHandler } from '../../lambda/dispatch/handler';
import single from '../domain/events/single-metric-alarm.json';
import { awsError, fakeSdk, recordingLog } from './fake-sdk';
import { setBounds } from './ledger-bucket';

const DOCUMENT = 'headroom-prod-HealNode';
const CONTROL_PLANE = ['i-0000000000000c001', 'i-0000000000000c002', 'i-0000000000000c003'];
const WORKERS = ['i-0000000000000d001', 'i-0000000000000d002'];
const isControlPlane = (id: string): boolean => CONTROL_PLANE.includes(id);

interface Message {
  readonly instanceId: string;
  /** Which of the node's alarm transitions this is a copy of. */
  readonly transition: number;
}
type Turn =
  | { readonly batch: readonly Message[]; readonly startFails: boolean; readonly newContainer: boolean }
  | { readonly ends: number };

const turns: fc.Arbitrary<readonly Turn[]> = fc.array(
  fc.oneof(
    fc.record({
      batch: fc.array(
        fc.record({ instanceId: fc.constantFrom(...CONTROL_PLANE, ...WORKERS), transition: fc.nat(3) }),
        { minLength: 1, maxLength: 6 },
      ),
      startFails: fc.boolean(),
      newContainer: fc.boolean(),
    }),
    fc.record({ ends: fc.nat(4) }),
  ),
  { maxLength: 12 },
);

const bodyOf = ({ instanceId, transition }: Message): string => {
  const event = structuredClone(single);
  event.detail.configuration.metrics.forEach(({ metricStat }) => {
    metricStat.metric.dimensions.InstanceId = instanceId;
  });
  event.detail.state.timestamp = `2026-11-20T04:0${transition}:00.000+0000`;
  return JSON.stringify(event);
};
const recordOf = (message: Message, index: number): SQSRecord =>
  ({
    messageId: `m${index}`,
    body: bodyOf(message),
    attributes: { MessageGroupId: isControlPlane(message.instanceId) ? 'control-plane' : 'general' },
  }) as SQSRecord;

/** A Systems Manager that refuses what the real one refuses, and notes what must never happen. */
class Automation {
  nowMs = 0;
  startFails = false;

  constructor(private readonly usedToken: 'error' | 'old-id') {}

  readonly violations: string[] = [];
  private readonly tokens = new Map<string, string>();
  private readonly executions: {
    readonly id: string;
    readonly instanceId: string;
    readonly startedAtMs: number;
    ended: boolean;
  }[] = [];
  private lastStartMs = -1_000;

  readonly sdk = fakeSdk(['ssm', 'ec2', 'sqs'], {
    'ssm:DescribeAutomationExecutions': () => ({
      AutomationExecutionMetadataList: this.running().map(({ id }) => ({
        AutomationExecutionId: id,
        DocumentName: DOCUMENT,
      })),
    }),
    'ssm:GetAutomationExecution': ({ AutomationExecutionId: id }: { AutomationExecutionId: string }) => {
      const found = this.executions.find((execution) => execution.id === id);
      return {
        AutomationExecution: {
          AutomationExecutionStatus: found?.ended ? 'Success' : 'InProgress',
          Parameters: { InstanceId: [found?.instanceId] },
          ExecutionStartTime: new Date(found?.startedAtMs ?? 0),
        },
      };
    },
    'ssm:StartAutomationExecution': (input: { ClientToken: string; Parameters: { InstanceId: string[] } }) =>
      this.start(input.Parameters.InstanceId[0] ?? '', input.ClientToken),
    'ec2:DescribeInstances': ({ InstanceIds: [id = ''] }: { InstanceIds: string[] }) => ({
      Reservations: [{ Instances: [{ State: { Name: 'running' }, Tags: tagsOf(id) }] }],
    }),
    'sqs:ChangeMessageVisibility': () => ({}),
    'ssm:GetParameter': () => ({ Parameter: { Value: 'none' } }),
  });

  readonly clock = {
    now: () => this.nowMs,
    sleep: (milliseconds: number) => {
      this.nowMs += milliseconds;
      return Promise.resolve();
    },
  };

  end(index: number): void {
    const execution = this.running()[index];
    if (execution !== undefined) execution.ended = true;
  }

  private running() {
    return this.executions.filter(({ ended }) => !ended);
  }

  private start(instanceId: string, token: string): { AutomationExecutionId: string } {
    if (this.nowMs - this.lastStartMs < 1_000) this.violations.push('two starts within a second');
    this.lastStartMs = this.nowMs;
    if (this.startFails) throw awsError('ThrottlingException');
    const earlier = this.tokens.get(token);
    if (earlier !== undefined) {
      if (this.usedToken === 'error') throw awsError('IdempotentParameterMismatch');
      return { AutomationExecutionId: earlier };
    }
    this.tokens.set(token, `e${this.executions.length}`);
    const running = this.running().map((execution) => execution.instanceId);
    if (running.includes(instanceId)) this.violations.push(`${instanceId} is healed twice at once`);
    if (isControlPlane(instanceId) && running.some(isControlPlane)) this.violations.push('quorum');
    const startedAtMs = this.nowMs;
    this.executions.push({ id: `e${this.executions.length}`, instanceId, startedAtMs, ended: false });
    return { AutomationExecutionId: `e${this.executions.length - 1}` };
  }
}

const tagsOf = (id: string) =>
  Object.entries({
    'headroom:environment': 'prod',
    'headroom:role': isControlPlane(id) ? 'control-plane' : 'worker',
    'headroom:node-group': isControlPlane(id) ? 'control-plane' : 'general',
  }).map(([Key, Value]) => ({ Key, Value }));

test.each(['error', 'old-id'] as const)(
  'whatever comes, fails and ends when, and a used token is answered by %s: pace, quorum and one healing a node hold, and order within a group',
  async (usedToken) => {
    process.env['HEADROOM_ENVIRONMENT'] = 'prod';
    process.env['HEADROOM_HEAL_DOCUMENT_NAME'] = DOCUMENT;
    process.env['HEADROOM_HEAL_QUEUE_URL'] = 'https://sqs/headroom-prod-heal.fifo';
    process.env['HEADROOM_WATCHED_GROUPS'] = '[]';
    setBounds();
    process.env['HEADROOM_DEAD_LETTER_QUEUE_URL'] = 'https://sqs/dlq.fifo';
    let starts = 0;
    await fc.assert(
      fc.asyncProperty(turns, async (story) => {
        const automation = new Automation(usedToken);
        const { log } = recordingLog();
        const make = () => createHandler(automation.sdk.clients, { clock: automation.clock, log });
        let handler = make();
        for (const turn of story) {
          if ('ends' in turn) {
            automation.end(turn.ends);
            continue;
          }
          if (turn.newContainer) handler = make();
          automation.startFails = turn.startFails;
          const event: SQSEvent = { Records: turn.batch.map(recordOf) };
          const { batchItemFailures } = await handler(event);
          const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
          for (const group of ['control-plane', 'general']) {
            const outcomes = event.Records.filter(
              ({ attributes }) => attributes.MessageGroupId === group,
            ).map(({ messageId }) => failed.has(messageId));
            // Once one of a group went back, all later ones did.
            expect(outcomes).toEqual([...outcomes].sort((a, b) => Number(a) - Number(b)));
          }
        }
        expect(automation.violations).toEqual([]);
        starts += automation.sdk.inputs('ssm:StartAutomationExecution').length;
      }),
      { numRuns: 150 },
    );
    expect(starts).toBeGreaterThan(150);
  },
);
