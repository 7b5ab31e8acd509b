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

/** What all groups have in common; no group can be named so. */
const ALL = '*';
const LEVELS = levels.keyof().options;

/** What {@link readNodeGroupPolicies} reads: JSON, short enough for one environment variable. */
export const policiesText = (policies: Readonly<Record<string, NodeGroupPolicy>>): string => {
  const [first, ...others] = Object.values(policies);
  const common = LEVELS.filter(
    (level) => first !== undefined && others.every((each) => each[level] === first[level]),
  );
  const without = (policy: NodeGroupPolicy) =>
    Object.fromEntries(Object.entries(policy).filter(([key]) => !(common as string[]).includes(key)));
  const written = {
    [ALL]: Object.fromEntries(common.map((level) => [level, first?.[level]])),
    ...Object.fromEntries(Object.entries(policies).map(([name, policy]) => [name, without(policy)])),
  };
  return JSON.stringify(written, (key, value: unknown) =>
    key === 'modes' ? modesCode(value as HealingModes) : value,
  );
};

/**
 * Reads the policies that the construct hands to the plan function: JSON, node group name → policy.
 * @throws Error naming the group and field that are wrong
 */
export const readNodeGroupPolicies = (json: string): Readonly<Record<string, NodeGroupPolicy>> => {
  const parsed = z
    .record(z.string(), z.looseObject({}))
    .transform(({ [ALL]: common, ...groups }) =>
      Object.fromEntries(Object.entries(groups).map(([name, own]) => [name, { ...common, ...own }])),
    )
    .pipe(schema)
    .safeParse(JSON.parse(json));
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
