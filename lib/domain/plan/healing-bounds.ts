import { z } from 'zod';
import { environmentFile } from '../names/naming';

const schema = z.object({
  /** GiB that healing may buy in a calendar month (UTC), beyond what the environment file declares. */
  growthGiB: z.number().int().min(0),
  /** The key that `growthGiB` comes from. */
  growthKey: z.enum(['growthGiBPerMonth', 'growthUsdPerMonth']),
  /**
   * Of `growthGiB`, what workers leave to the control plane: a group of theirs that fills disk after disk must not have spent
   * the month when a control-plane node fills up.
   */
  controlPlaneGiB: z.number().int().min(0).default(0),
  /** Healings of one node in any 24 hours. */
  healingsPerNodePerDay: z.number().int().min(1),
  /** Nodes healed at a time, above which workers wait. @default - as many as Systems Manager runs */
  nodesAtOnce: z.number().int().min(1).optional(),
});

/** Limits of healing, as the functions get them. */
export type HealingBounds = Readonly<z.infer<typeof schema>>;

export const BOUND_RANGES = {
  growthGiBPerMonth: { min: 0, max: 1_000_000 },
  growthUsdPerMonth: { min: 1, max: 1_000_000 },
  healingsPerNodePerDay: { min: 1, max: 288 },
  /** Systems Manager runs 100 at a time, 500 with adaptive concurrency. https://docs.aws.amazon.com/general/latest/gr/ssm.html */
  nodesAtOnce: { min: 1, max: 500 },
} as const;
/** Keys of `healing.bounds` in the environment file. */
export type BoundKey = keyof typeof BOUND_RANGES;

export const DEFAULT_BOUNDS = {
  /** About $80 a month in us-east-1, for good. */
  minimumGrowthGiB: 1_000,
  /** Twice the minimum step, for each node that the environment may have. */
  growthGiBPerNode: 20,
  /** As much, for each control-plane node; at most half of the month's growth. */
  keptGiBPerControlPlaneNode: 20,
  /** A node that is stuck is tried once an hour; see `BACK_OFF_MS` of lib/domain/sweep/sweep. */
  healingsPerNodePerDay: 24,
} as const;

/** Where an operator changes a bound. */
export const boundLine = (key: BoundKey, environmentName: string): string =>
  `healing.bounds.${key} in ${environmentFile(environmentName)}`;

/** What the construct hands to a function. @throws Error naming the field that is wrong */
export const readHealingBounds = (json: string): HealingBounds => {
  const parsed = schema.safeParse(JSON.parse(json));
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'bounds'}: ${message}`);
  throw new Error(`healing bounds are invalid: ${issues.join('; ')}`);
};
