import { z } from 'zod';
import { isInstanceId } from '../../lib/domain/names/instance-id';
import { PURPOSES } from '../../lib/domain/operate/operate-target';
import { describeIssues } from '../shared/read-input';

const executionId = z.string().max(64);
const instanceId = z.string().refine(isInstanceId, 'must be an instance id');
/** Whatever a step printed, or did not. */
const output = z.unknown().optional();

const schema = z.discriminatedUnion('step', [
  z.object({ step: z.literal('target'), purpose: z.enum(PURPOSES), instanceId, executionId }),
  z.object({ step: z.literal('plan-upgrade'), instanceId, targetVersion: z.string(), factsOutput: output }),
  z.object({ step: z.literal('judge-upgrade'), instanceId, targetVersion: z.string(), factsOutput: output }),
  z.object({
    step: z.literal('replacement'),
    instanceId,
    autoScalingGroupName: z.string().min(1).max(255),
    executionId,
  }),
  z.object({ step: z.literal('diagnosis'), instanceId, executionId }),
]);

/** The input payload of the operate room's steps. */
export type OperateEvent = z.infer<typeof schema>;
export type StepOf<S extends OperateEvent['step']> = Extract<OperateEvent, { readonly step: S }>;

/** @throws Error saying which field is wrong and what it got */
export const readOperateEvent = (input: unknown): OperateEvent => {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new Error(`the event is invalid: ${describeIssues(parsed.error, input, 'event')}`);
};
