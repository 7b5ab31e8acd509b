import { askDisk, askSubject, askYes, askNo, type Ask } from './ask-message';
import { chatCommand, chatData, chatTitle } from './chat-text';
import { messageSubject, useOf } from './heal-message';
import type { HealReport } from './heal-report';
import { describePlan } from './owner-decision';

/**
 * A custom notification of Amazon Q Developer in chat applications; it drops what is not of this shape. No page was found that gives
 * the lengths it takes, so all are short.
 * https://docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html
 */
export interface ChatMessage {
  readonly version: '1.0';
  readonly source: 'custom';
  readonly content: {
    readonly textType: 'client-markdown';
    readonly title: string;
    readonly description: string;
    readonly nextSteps: readonly string[];
    readonly keywords: readonly string[];
  };
  readonly metadata: {
    /** Notifications with the same one are one thread, where the channel's preferences allow it. */
    readonly threadId: string;
    readonly summary: string;
    readonly eventType: string;
    readonly relatedResources: readonly string[];
  };
}

/** Characters. */
const LENGTH = { title: 150, reason: 600, line: 200, keyword: 60 } as const;
const MOST_LINES = 5;

/** One thread an incident. @param firstExecutionId of the incident's first execution */
export const chatThread = (environment: string, instanceId: string, firstExecutionId: string): string =>
  ['headroom', environment, instanceId, firstExecutionId].filter(Boolean).join('/').slice(0, 150);

interface Told {
  readonly title: string;
  readonly lines: readonly string[];
  readonly nextSteps: readonly (string | undefined)[];
  readonly keywords: readonly string[];
  readonly threadId: string;
  readonly eventType: string;
  readonly instanceId: string;
}

const message = (told: Told): ChatMessage => {
  const title = chatTitle(told.title, LENGTH.title);
  return {
    version: '1.0',
    source: 'custom',
    content: {
      ...{ textType: 'client-markdown', title, description: told.lines.join('\n') },
      nextSteps: told.nextSteps.flatMap((step) => step ?? []),
      keywords: told.keywords.filter(Boolean).map((word) => chatTitle(word, LENGTH.keyword)),
    },
    metadata: {
      ...{ threadId: told.threadId, summary: title, eventType: told.eventType },
      relatedResources: [told.instanceId].filter(Boolean),
    },
  };
};

/** What came of a healing, for a chat. @param thread see {@link chatThread} */
export const chatReport = (report: HealReport, reportUrl: string, thread: string): ChatMessage => {
  const { evidence, left, nextCommand } = report;
  const some = (what: string, lines: readonly string[]): readonly string[] =>
    lines.length === 0
      ? []
      : [what, ...lines.slice(0, MOST_LINES).map((line) => `• ${chatData(line, LENGTH.line)}`)];
  return message({
    title: messageSubject(report),
    lines: [
      chatData(report.reason, LENGTH.reason),
      `Node: ${chatData(report.instanceId)}, group ${chatData(report.nodeGroup, LENGTH.keyword)}`,
      `Disk /: ${useOf(report.before)} before, ${useOf(report.after)} after`,
      ...(report.snapshot === null ? [] : [`Snapshot: ${chatData(report.snapshot.told, LENGTH.line)}`]),
      `Trigger: ${chatData(report.trigger, LENGTH.line)}`,
      ...some('What failed:', evidence.failures),
      ...some('What is left:', left),
    ],
    nextSteps: [
      nextCommand === null
        ? undefined
        : (chatCommand(nextCommand) ?? 'The command is at the end of the e-mail and in the report.'),
      `Full report: ${chatCommand(reportUrl) ?? ''}`,
    ],
    keywords: [report.environment, report.nodeGroup, report.verdict],
    ...{ threadId: thread, eventType: `headroom-${report.verdict}`, instanceId: report.instanceId },
  });
};

/** A question, for a chat. Its answer is typed by someone who may: the chat itself has no rights. */
export const chatAsk = (ask: Ask): ChatMessage => {
  const { environment, instanceId, nodeGroup, executionId, plan, until } = ask;
  const disk = askDisk(ask);
  return message({
    title: askSubject(ask),
    lines: [
      `It would: ${chatData(describePlan(plan), LENGTH.reason)}`,
      ...(plan === null ? [] : [`Why: ${chatData(plan.reason, LENGTH.reason)}`]),
      ...(disk === undefined ? [] : [`Disk /: ${disk} used`]),
      `Until: ${until}; without an answer by then, the request counts as rejected and the node is not changed`,
    ],
    nextSteps: [
      `Yes: ${chatCommand(askYes(executionId)) ?? ''}`,
      `No: ${chatCommand(askNo(executionId)) ?? ''}`,
    ],
    keywords: [environment, nodeGroup, 'asks'],
    threadId: chatThread(environment, instanceId, executionId),
    ...{ eventType: 'headroom-asks', instanceId },
  });
};
