import { createHash } from 'node:crypto';
import { z } from 'zod';

/** Node group → GiB that its nodes have, or get while they run. */
export type Sizes = Readonly<Record<string, number>>;

const deployment = z.object({ resourceId: z.string(), sizes: z.record(z.string(), z.number()) });
const schema = z.object({ applied: deployment, latest: deployment });

/**
 * What deploys have declared. CloudFormation does not say whether an update is a deploy or the rollback of one; but it
 * deletes the resource that an update replaced once the whole stack is through, and not before. So each set of sizes is
 * a resource of its own, and only that deletion makes `latest` what is refused to go below. A deploy that is rolled back,
 * wherever it failed, thus finds its old sizes allowed.
 */
export interface AppliedSizes {
  /** Of the last deploy that went through. */
  readonly applied: Deployment;
  /** Of the deploy that runs, or ran last. */
  readonly latest: Deployment;
}

export interface Deployment {
  /** `PhysicalResourceId` of the custom resource. */
  readonly resourceId: string;
  readonly sizes: Sizes;
}

/** Always the same for the same sizes, and another one for others. */
export const resourceIdOf = (environment: string, sizes: Sizes): string => {
  const sorted = Object.entries(sizes).sort(([a], [b]) => (a < b ? -1 : 1));
  const hash = createHash('sha256').update(JSON.stringify(sorted)).digest('hex').slice(0, 12);
  return `headroom-${environment}-declared-sizes-${hash}`;
};

/** undefined: it is not one of our records. Never throws. */
export const readAppliedSizes = (text: string): AppliedSizes | undefined => {
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    // Edited by hand, perhaps: then nothing is known to be applied, and nothing is refused.
    return undefined;
  }
};

/** A first deploy has nothing to be below of. */
export const created = (deployed: Deployment): AppliedSizes => ({ applied: deployed, latest: deployed });

/** @param before undefined: nothing is known to be applied, e.g. since the record was deleted by hand */
export const updated = (
  before: AppliedSizes | undefined,
  oldResourceId: string,
  deployed: Deployment,
): AppliedSizes => ({
  applied: before?.applied ?? { resourceId: oldResourceId, sizes: {} },
  latest: deployed,
});

/** `gone`: the stack is deleted, and the record with it. */
export const deleted = (before: AppliedSizes | undefined, resourceId: string): AppliedSizes | 'gone' => {
  if (before === undefined) return 'gone';
  const { applied, latest } = before;
  if (applied.resourceId === latest.resourceId) return resourceId === applied.resourceId ? 'gone' : before;
  if (resourceId === applied.resourceId) return created(latest);
  return resourceId === latest.resourceId ? created(applied) : before;
};

export interface Refusal {
  readonly nodeGroup: string;
  readonly appliedGiB: number;
  readonly foundGiB: number;
}

/** Groups that would have to shrink, which no volume can. */
export const refusals = (before: AppliedSizes | undefined, sizes: Sizes): readonly Refusal[] =>
  Object.entries(sizes).flatMap(([nodeGroup, foundGiB]) => {
    const applied = before?.applied.sizes ?? {};
    const appliedGiB = Object.hasOwn(applied, nodeGroup) ? (applied[nodeGroup] ?? 0) : 0;
    return foundGiB < appliedGiB ? [{ nodeGroup, appliedGiB, foundGiB }] : [];
  });
