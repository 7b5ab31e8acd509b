import { z } from 'zod';
import { plainBlock } from '../../domain/messages/plain-text';
import type { Tone } from '../../page/page';
import type { SentMessage } from './drill-report';

/** A message as its receiver sees it, not as the topic had it. */
export type ReceivedMessage =
  | { readonly kind: 'mail'; readonly title: string; readonly text: string }
  | {
      readonly kind: 'chat';
      readonly title: string;
      readonly text: string;
      readonly nextSteps: readonly string[];
      readonly keywords: readonly string[];
    }
  | {
      readonly kind: 'alarm';
      readonly title: string;
      readonly from: string | undefined;
      readonly to: string;
      readonly reason: string;
      readonly description: string | undefined;
    }
  | { readonly kind: 'data'; readonly title: string; readonly value: unknown };

/** `ChatMessage` of lib/domain. */
const chat = z.object({
  source: z.literal('custom'),
  content: z.object({
    title: z.string(),
    description: z.string(),
    nextSteps: z.array(z.string()).default([]),
    keywords: z.array(z.string()).default([]),
  }),
});

/** The detail of `CloudWatch Alarm State Change`; AWS makes a mail of it. */
const alarm = z.object({
  alarmName: z.string(),
  state: z.object({ value: z.string(), reason: z.string().default('') }),
  previousState: z.object({ value: z.string() }).optional(),
  configuration: z.object({ description: z.string().optional() }).optional(),
});

function parsed(text: string): unknown {
  if (!text.startsWith('{')) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // A mail may begin with a brace.
    return undefined;
  }
}

export function receivedMessage({ subject, text }: Pick<SentMessage, 'subject' | 'text'>): ReceivedMessage {
  const value = parsed(text);
  if (value === undefined) return { kind: 'mail', title: subject, text: plainBlock(text) };
  const asChat = chat.safeParse(value);
  if (asChat.success) {
    const { title, description, nextSteps, keywords } = asChat.data.content;
    return { kind: 'chat', title, text: plainBlock(description), nextSteps, keywords };
  }
  const asAlarm = alarm.safeParse(value);
  if (!asAlarm.success) return { kind: 'data', title: subject, value };
  const { state, previousState, configuration } = asAlarm.data;
  return {
    kind: 'alarm',
    title: subject,
    from: previousState?.value,
    to: state.value,
    reason: plainBlock(state.reason),
    description: configuration?.description,
  };
}

/** By the words that Headroom's subjects have in them, and an alarm's state. */
const TONES: readonly (readonly [RegExp, Tone])[] = [
  [/\bACTION REQUIRED\b|^ALARM\b/, 'bad'],
  [/\bAPPROVAL NEEDED\b|^INSUFFICIENT_DATA\b/, 'warn'],
  [/\b(HEALED|RELIEVED)\b|^OK\b/, 'good'],
];

export const messageTone = (subject: string): Tone =>
  TONES.find(([words]) => words.test(subject))?.[1] ?? 'neutral';
