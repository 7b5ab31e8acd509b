import { rejectCommand, askSubject, approveCommand, type Ask } from './ask-message';
import { chatThread } from './chat-message';
import { messageSubject } from './heal-message';
import type { HealReport } from '../outcome/heal-report';
import { partitionOf } from '../names/partition';
import { plainText } from './plain-text';
import { LENGTH, askLines, reportLines, type Say } from './untrusted-lines';
import { VERDICTS, type Verdict } from '../outcome/verdict';

/** The body of a request to the webhook. A field is added without a new version; one that changes or goes makes a new version. */
export interface WebhookMessage {
  readonly version: 1;
  readonly kind: (typeof WEBHOOK_KINDS)[number];
  readonly environment: string;
  /** '' when the execution names none that EC2 could know. */
  readonly instanceId: string;
  /** '' when unknown. */
  readonly nodeGroup: string;
  /** The same for all messages about one incident, like the thread of a chat. */
  readonly incidentId: string;
  /** With `kind` it distinguishes a repeated delivery from a new one. */
  readonly executionId: string;
  /** ISO 8601. */
  readonly at: string;
  readonly title: string;
  /** Lines that end with a line feed, without the last one's. */
  readonly text: string;
  /** What an operator types next; null: nothing to do, or see `reportUrl`. */
  readonly nextCommand: string | null;
  /** What answers a question; null: nothing is asked. */
  readonly answers: { readonly yes: string; readonly no: string; readonly until: string } | null;
  /** Where the full report is; null: there is none yet. */
  readonly reportUrl: string | null;
  /** The execution in the AWS console; null: its address is not known in this partition. */
  readonly consoleUrl: string | null;
}

export const WEBHOOK_KINDS = ['ask', ...VERDICTS] as const satisfies readonly ('ask' | Verdict)[];

/** What the rule of the webhook's bus listens to, and all that the record function may put there. */
export const WEBHOOK_EVENT = { source: 'headroom', detailType: 'Headroom Notification' } as const;

/** Characters. */
const COMMAND_LENGTH = 1_000;

const say: Say = (text, maxLength) => plainText(text, maxLength) || 'unknown';

/** Never changed: null where it has something that acts. */
const command = (text: string | null): string | null =>
  text !== null && plainText(text, COMMAND_LENGTH) === text ? text : null;

/** No page documents the address; public code that links there does so in the partition aws alone. */
const consoleUrl = (region: string, executionId: string): string | null =>
  region !== '' && partitionOf(region) === 'aws' && /^[0-9A-Za-z-]+$/.test(executionId)
    ? `https://${region}.console.aws.amazon.com/systems-manager/automation/execution/${executionId}?region=${region}`
    : null;

/** What came of a healing. @param firstExecutionId of the incident's first execution */
export const webhookReport = (
  report: HealReport,
  reportUrl: string,
  firstExecutionId: string,
  region: string,
): WebhookMessage => {
  const { environment, instanceId, executionId } = report;
  return {
    ...{ version: 1, kind: report.verdict, environment, instanceId },
    nodeGroup: plainText(report.nodeGroup, LENGTH.keyword),
    incidentId: chatThread(environment, instanceId, firstExecutionId),
    ...{ executionId, at: report.endedAt },
    title: plainText(messageSubject(report), LENGTH.title),
    text: reportLines(report, say).join('\n'),
    ...{ nextCommand: command(report.nextCommand), answers: null, reportUrl },
    consoleUrl: consoleUrl(region, executionId),
  };
};

/** A question. It is answered by someone who may: the webhook itself has no rights. @param at ISO 8601 */
export const webhookAsk = (ask: Ask, at: string, region: string): WebhookMessage => {
  const { environment, executionId, until } = ask;
  const instanceId = plainText(ask.instanceId, LENGTH.keyword);
  return {
    ...{ version: 1, kind: 'ask', environment, instanceId },
    nodeGroup: plainText(ask.nodeGroup, LENGTH.keyword),
    incidentId: chatThread(environment, instanceId, executionId),
    ...{ executionId, at },
    title: plainText(askSubject(ask), LENGTH.title),
    text: askLines(ask, say).join('\n'),
    nextCommand: null,
    answers: { yes: approveCommand(ask), no: rejectCommand(ask), until },
    reportUrl: null,
    consoleUrl: consoleUrl(region, executionId),
  };
};
