import type { DiskPolicy } from '../../lib/domain/plan/disk-policy';
import {
  decideEscalation,
  escalationOf,
  incidentText,
  readIncident,
  type EscalationDecision,
  type Incident,
} from '../../lib/domain/outcome/escalation';
import { chatReport, chatThread } from '../../lib/domain/messages/chat-message';
import { healMetrics } from '../../lib/domain/names/heal-metrics';
import {
  messageSubject,
  messageText,
  opsItemDedupString,
  opsItemDescription,
  opsItemTitle,
} from '../../lib/domain/messages/heal-message';
import type { HealReport } from '../../lib/domain/outcome/heal-report';
import { METRIC_NAMESPACE } from '../../lib/domain/names/naming';
import type { Verdict } from '../../lib/domain/outcome/verdict';
import { webhookReport } from '../../lib/domain/messages/webhook-message';
import type { Log } from '../shared/log';
import type { OpsItem } from '../../lib/aws/ops-items';
import type { RecordClient } from './record.client';
import { notifyWebhook } from './notify-webhook';

/** Where a report is delivered, in this order. */
export const DELIVERIES = ['metrics', 'ops-item', 'message', 'chat', 'webhook'] as const;
export type Delivery = (typeof DELIVERIES)[number];

const QUIET: readonly Verdict[] = ['waiting', 'gone', 'paused'];

/** A node that is only observed, and below its levels. */
const isWellObserved = ({ verdict, plan }: HealReport): boolean =>
  verdict === 'observed' && plan?.action === 'none';

/** Not notified: the healing is retried, the node is gone, or an operator paused it. */
const isQuiet = (report: HealReport): boolean => QUIET.includes(report.verdict) || isWellObserved(report);

/** Gets one OpsItem, and a message only when it got worse: a flapping alarm must not page each time. */
const isIncident = (report: HealReport): boolean =>
  ['escalated', 'observed', 'denied'].includes(report.verdict) && !isWellObserved(report);

export interface DeliveryContext {
  readonly client: RecordClient;
  readonly log: Log;
  readonly report: HealReport;
  readonly levels: DiskPolicy;
  readonly topicArn: string;
  /** undefined: there is no chat. */
  readonly chatTopicArn: string | undefined;
  /** undefined: there is no webhook. */
  readonly webhookBusName: string | undefined;
  /** Whose chat thread the report goes to: the execution's own, or that of the incident's first. Found with the OpsItem, kept for the next try. */
  readonly thread: { executionId: string };
  /** '': unknown. */
  readonly region: string;
  readonly reportUrl: string;
  readonly resourceArn: string | undefined;
  /** The execution ended Failed or TimedOut, and nothing had been recorded of it. */
  readonly endedSilently: boolean;
}

/**
 * @returns the deliveries that are done by it: an incident that did not get worse only updates its OpsItem
 * @throws what the SDK throws
 */
export const deliver = async (what: Delivery, context: DeliveryContext): Promise<readonly Delivery[]> => {
  const { client, report, topicArn, reportUrl } = context;
  switch (what) {
    case 'metrics':
      await client.putMetrics(
        METRIC_NAMESPACE,
        new Date(report.endedAt),
        healMetrics(report, context.endedSilently),
      );
      return ['metrics'];
    case 'ops-item': {
      if (!isIncident(report)) return ['ops-item'];
      const { notify, why, incident } = await openOrUpdate(context);
      const { executionId, instanceId } = report;
      context.log.info('escalated', { executionId, instanceId, notify, why, times: incident.times });
      return notify ? ['ops-item'] : ['ops-item', 'message', 'chat', 'webhook'];
    }
    case 'message':
      if (isQuiet(report)) return ['message'];
      await client.publish(topicArn, messageSubject(report), messageText(report, reportUrl), {
        // Lets a subscriber be woken for `escalated` only.
        verdict: report.verdict,
        environment: report.environment,
      });
      return ['message'];
    case 'chat':
      if (context.chatTopicArn !== undefined && !isQuiet(report))
        await notifyChat(context, context.chatTopicArn);
      return ['chat'];
    case 'webhook':
      if (context.webhookBusName !== undefined && !isQuiet(report)) {
        const { thread, webhookBusName, log, region } = context;
        const message = webhookReport(report, reportUrl, thread.executionId, region);
        await notifyWebhook(client, webhookBusName, message, log);
      }
      return ['webhook'];
  }
};

const notifyChat = async (
  { client, report, reportUrl, thread }: DeliveryContext,
  chatTopicArn: string,
): Promise<void> => {
  const id = chatThread(report.environment, report.instanceId, thread.executionId);
  const { verdict, environment } = report;
  const text = JSON.stringify(chatReport(report, reportUrl, id));
  await client.publish(chatTopicArn, messageSubject(report), text, { verdict, environment });
};

/** One OpsItem an incident: made once, then brought up to date. */
const openOrUpdate = async (context: DeliveryContext): Promise<EscalationDecision> => {
  const { client, report, levels } = context;
  const now = escalationOf(report, levels);
  const first = decideEscalation(undefined, now);
  const { outcome, id } = await client.createOpsItem(opsItemOf(context, first.incident));
  if (outcome === 'created') return first;
  if (id === undefined) throw new Error('OpsCenter has an OpsItem of this incident but does not say which');
  const decided = decideEscalation(readIncident(await client.opsItemIncident(id)), now);
  // Known from here on, also where the OpsItem cannot be brought up to date.
  context.thread.executionId = decided.incident.firstExecutionId ?? report.executionId;
  await client.updateOpsItem(id, opsItemOf(context, decided.incident));
  return decided;
};

const opsItemOf = ({ report, reportUrl, resourceArn }: DeliveryContext, incident: Incident): OpsItem => ({
  title: opsItemTitle(report),
  description: opsItemDescription(report, reportUrl, incident),
  dedupString: opsItemDedupString(report),
  severity: report.verdict !== 'escalated' ? '3' : report.role === 'control-plane' ? '1' : '2',
  resourceArn,
  incident: incidentText(incident),
});
