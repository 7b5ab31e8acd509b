import { z } from 'zod';
import type { DiskPolicy, NodeGroupPolicy } from './disk-policy';
import { MODES_CODE, modesCode, readModesCode, type HealingModes } from './healing-mode';

const percent = z.number().gt(0).lt(100);

const levels = z.object({
  warningPercent: percent,
  criticalPercent: percent,
  emergencyPercent: percent,
  targetPercent: percent,
});

const schema = z.record(
  z.string(),
  levels.extend({
    maxSizeGiB: z.number().positive(),
    sizeGiB: z.number().positive(),
    growExisting: z.boolean().optional(),
    modes: z.string().regex(MODES_CODE).transform(readModesCode).optional(),
  }),
);

/** What {@link readNodeGroupPolicies} reads: JSON, short enough for one environment variable. */
export const policiesText = (policies: Readonly<Record<string, NodeGroupPolicy>>): string =>
  JSON.stringify(policies, (key, value: unknown) =>
    key === 'modes' ? modesCode(value as HealingModes) : value,
  );

/**
 * Reads the policies that the construct hands to the plan function: JSON, node group name → policy.
 * @throws Error naming the group and field that are wrong
 */
export const readNodeGroupPolicies = (json: string): Readonly<Record<string, NodeGroupPolicy>> => {
  const parsed = schema.safeParse(JSON.parse(json));
  if (parsed.success) return parsed.data;
  throw new Error(`node group policies are invalid: ${listed(parsed.error)}`);
};

/** undefined: the node has no group, or its group no policy. */
export const policyOf = <P>(
  policies: Readonly<Record<string, P>>,
  nodeGroup: string | undefined,
): P | undefined =>
  nodeGroup !== undefined && Object.hasOwn(policies, nodeGroup) ? policies[nodeGroup] : undefined;

/**
 * Reads the levels that the construct hands to the record function: JSON.
 * @throws Error naming the field that is wrong
 */
export const readDiskLevels = (json: string): DiskPolicy => {
  const parsed = levels.safeParse(JSON.parse(json));
  if (parsed.success) return parsed.data;
  throw new Error(`disk levels are invalid: ${listed(parsed.error)}`);
};

const listed = (error: z.ZodError): string =>
  error.issues.map(({ path, message }) => `${path.join('.') || 'policies'}: ${message}`).join('; ');
