import { z } from 'zod';

/** HealNode's own steps call with this. */
const fromDocument = z.object({ executionId: z.string().min(1), conclusion: z.enum(['finished', 'failed']) });

/** EventBridge calls with the raw event when an execution ended without a report, e.g. cancelled or timed out. */
const fromEventBridge = z.object({
  detail: z.object({ ExecutionId: z.string().min(1), Status: z.string().optional() }),
});

export interface RecordRequest {
  readonly executionId: string;
  readonly conclusion: 'finished' | 'failed';
  /** An event may come after the document has reported itself. */
  readonly from: 'document' | 'event';
}

/** @throws Error when the payload is neither */
export const readRecordEvent = (input: unknown): RecordRequest => {
  const own = fromDocument.safeParse(input);
  if (own.success) return { ...own.data, from: 'document' };
  const event = fromEventBridge.safeParse(input);
  if (event.success) {
    const { ExecutionId, Status } = event.data.detail;
    return {
      executionId: ExecutionId,
      conclusion: Status === 'Success' ? 'finished' : 'failed',
      from: 'event',
    };
  }
  throw new Error(
    'payload must be {executionId, conclusion: finished|failed} or an event with detail.ExecutionId',
  );
};
