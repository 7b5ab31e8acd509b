import { z } from 'zod';
import type { HandedOutput } from '../../lib/domain/automation-execution';

/** HealNode's own steps call with this. */
const fromDocument = z.object({
  executionId: z.string().min(1),
  conclusion: z.enum(['finished', 'failed']),
  // Automation may hand over text that is JSON as the object it stands for.
  planPayload: z.unknown().optional(),
  verifyOutput: z.unknown().optional(),
});

/** EventBridge calls with the raw event when an execution ended without a report, e.g. cancelled or timed out. */
const fromEventBridge = z.object({
  detail: z.object({ ExecutionId: z.string().min(1), Status: z.string().optional() }),
});

export interface RecordRequest {
  readonly executionId: string;
  readonly conclusion: 'finished' | 'failed';
  /** An event may come after the document has reported itself. */
  readonly from: 'document' | 'event';
  /** Outputs handed over whole, since what Automation keeps of them may be cut. */
  readonly outputs: readonly HandedOutput[];
}

/** @throws Error when the payload is neither */
export const readRecordEvent = (input: unknown): RecordRequest => {
  const own = fromDocument.safeParse(input);
  if (own.success) {
    const { executionId, conclusion, planPayload, verifyOutput } = own.data;
    const outputs = [
      { step: 'plan', output: 'Payload', value: planPayload },
      { step: 'verify', output: 'Output', value: verifyOutput },
    ];
    return { executionId, conclusion, from: 'document', outputs: outputs.flatMap(asText) };
  }
  const event = fromEventBridge.safeParse(input);
  if (event.success) {
    const { ExecutionId, Status } = event.data.detail;
    return {
      executionId: ExecutionId,
      conclusion: Status === 'Success' ? 'finished' : 'failed',
      from: 'event',
      outputs: [],
    };
  }
  throw new Error(
    'payload must be {executionId, conclusion: finished|failed} or an event with detail.ExecutionId',
  );
};

const asText = (handed: { step: string; output: string; value: unknown }): readonly HandedOutput[] => {
  const { value, ...where } = handed;
  if (value === undefined || value === null) return [];
  return [{ ...where, text: typeof value === 'string' ? value : JSON.stringify(value) }];
};
