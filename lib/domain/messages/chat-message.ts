import { askSubject, approveCommand, rejectCommand, type Ask } from './ask-message';
import { chatCommand, chatData, chatTitle } from './chat-text';
import { messageSubject } from './heal-message';
import type { HealReport } from '../outcome/heal-report';
import { LENGTH, askLines, reportLines } from './untrusted-lines';

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

/** One thread an incident. @param firstExecutionId of the incident's first execution */
export const chatThread = (environment: string, instanceId: string, firstExecutionId: string): string =>
  ['headroom', environment, instanceId, firstExecutionId].filter(Boolean).join('/').slice(0, 150);

interface ChatParts {
  readonly title: string;
  readonly lines: readonly string[];
  readonly nextSteps: readonly (string | undefined)[];
  readonly keywords: readonly string[];
  readonly threadId: string;
  readonly eventType: string;
  readonly instanceId: string;
}

const message = (parts: ChatParts): ChatMessage => {
  const title = chatTitle(parts.title, LENGTH.title);
  return {
    version: '1.0',
    source: 'custom',
    content: {
      ...{ textType: 'client-markdown', title, description: parts.lines.join('\n') },
      nextSteps: parts.nextSteps.flatMap((step) => step ?? []),
      keywords: parts.keywords.filter(Boolean).map((word) => chatTitle(word, LENGTH.keyword)),
    },
    metadata: {
      ...{ threadId: parts.threadId, summary: title, eventType: parts.eventType },
      relatedResources: [parts.instanceId].filter(Boolean),
    },
  };
};

/** What came of a healing, for a chat. @param thread see {@link chatThread} */
export const chatReport = (report: HealReport, reportUrl: string, thread: string): ChatMessage => {
  const { nextCommand } = report;
  return message({
    title: messageSubject(report),
    lines: reportLines(report, chatData),
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
  const { environment, instanceId, nodeGroup, executionId } = ask;
  return message({
    title: askSubject(ask),
    lines: askLines(ask, chatData),
    nextSteps: [
      `Approve: ${chatCommand(approveCommand(ask)) ?? ''}`,
      `Reject: ${chatCommand(rejectCommand(ask)) ?? ''}`,
    ],
    keywords: [environment, nodeGroup, 'asks'],
    threadId: chatThread(environment, instanceId, executionId),
    ...{ eventType: 'headroom-asks', instanceId },
  });
};
