import { z } from 'zod';
import type { HandedOutput } from '../../lib/domain/outcome/automation-execution';
import { describeIssues } from '../shared/read-input';

/** It becomes part of a path: a UUID as Automation makes it, and nothing that could climb out of its folder. */
const executionId = z.string().regex(/^[0-9A-Za-z-]{1,64}$/, 'must be an Automation execution id');

/** HealNode's own steps call with this. */
const fromDocument = z.object({
  executionId,
  conclusion: z.enum(['assessed', 'asks', 'finished', 'failed']),
  // Automation may hand over text that is JSON as the object it stands for.
  assessOutput: z.unknown().optional(),
  planPayload: z.unknown().optional(),
  verifyOutput: z.unknown().optional(),
});

/** EventBridge calls with the raw event when an execution ended without a report, e.g. cancelled or timed out. */
const fromEventBridge = z.object({
  detail: z.object({ ExecutionId: executionId, Status: z.string().optional() }),
});

export interface RecordRequest {
  readonly executionId: string;
  /** `assessed`: nothing has ended, the assessment is kept. `asks`: approval is requested. */
  readonly conclusion: 'assessed' | 'asks' | 'finished' | 'failed';
  /** An event may come after the document has reported itself. */
  readonly from: 'document' | 'event';
  /** The execution itself ended Failed or TimedOut, which none of its steps could report. */
  readonly endedBadly: boolean;
  /** Outputs handed over whole, since what Automation keeps of them may be cut. */
  readonly outputs: readonly HandedOutput[];
}

/** @throws Error when the payload is neither, saying which field is wrong and what it got */
export const readRecordEvent = (input: unknown): RecordRequest => {
  if (typeof input === 'object' && input !== null && 'detail' in input) {
    const event = fromEventBridge.safeParse(input);
    if (!event.success) throw refusal(describeIssues(event.error, input, 'event'));
    const { ExecutionId, Status = '' } = event.data.detail;
    return {
      executionId: ExecutionId,
      conclusion: Status === 'Success' ? 'finished' : 'failed',
      from: 'event',
      endedBadly: ['Failed', 'TimedOut'].includes(Status),
      outputs: [],
    };
  }
  const own = fromDocument.safeParse(input);
  if (!own.success) throw refusal(describeIssues(own.error, input, 'payload'));
  const { planPayload, verifyOutput, assessOutput, ...rest } = own.data;
  const outputs = [
    { step: 'assess', output: 'Output', value: assessOutput },
    { step: 'plan', output: 'Payload', value: planPayload },
    { step: 'verify', output: 'Output', value: verifyOutput },
  ];
  return { ...rest, from: 'document', endedBadly: false, outputs: outputs.flatMap(asText) };
};

const refusal = (what: string): Error =>
  new Error(
    `payload must be {executionId, conclusion: assessed|asks|finished|failed} or an event with detail.ExecutionId; ${what}`,
  );

const asText = (handed: { step: string; output: string; value: unknown }): readonly HandedOutput[] => {
  const { value, ...where } = handed;
  if (value === undefined || value === null) return [];
  return [{ ...where, text: typeof value === 'string' ? value : JSON.stringify(value) }];
};
