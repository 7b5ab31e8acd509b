import { z } from 'zod';
import type { NodeGroupPolicy } from './disk-policy';

const percent = z.number().gt(0).lt(100);

const schema = z.record(
  z.string(),
  z.object({
    warningPercent: percent,
    criticalPercent: percent,
    emergencyPercent: percent,
    targetPercent: percent,
    maxSizeGiB: z.number().positive(),
    sizeGiB: z.number().positive(),
  }),
);

/**
 * Reads the policies that the construct hands to the plan function: JSON, node group name → policy.
 * @throws Error naming the group and field that are wrong
 */
export const readNodeGroupPolicies = (json: string): Readonly<Record<string, NodeGroupPolicy>> => {
  const parsed = schema.safeParse(JSON.parse(json));
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map(
    ({ path, message }) => `${path.join('.') || 'policies'}: ${message}`,
  );
  throw new Error(`node group policies are invalid: ${issues.join('; ')}`);
};
