import { z } from 'zod';
import { declaredSizeGiB, type NodeGroupPolicy } from './disk-policy';
import { boundLine, type HealingBounds } from './healing-bounds';
import { CONTROL_PLANE_GROUP } from '../names/naming';

const purchase = z.object({
  volumeId: z.string(),
  targetSizeGiB: z.number().positive(),
  /** What of it counts; see {@link countedGiB}. */
  gib: z.number().positive(),
  /** Whose; absent in entries that were made before it was kept. */
  nodeGroup: z.string().optional(),
  /** ISO 8601. */
  at: z.string(),
});
const ledger = z.object({ schema: z.literal(1), purchases: z.array(purchase) });

/** What healing has bought in a calendar month (UTC): one object in the evidence bucket. */
export type GrowthLedger = Readonly<z.infer<typeof ledger>>;
type LedgerPurchase = Readonly<z.infer<typeof purchase>>;

export const EMPTY_LEDGER: GrowthLedger = { schema: 1, purchases: [] };

/** Folder of the evidence bucket. */
export const LEDGER_FOLDER = 'ledger/growth/';

/** e.g. `ledger/growth/2026-11.json`. */
export const ledgerKeyOf = (nowMs: number): string =>
  `${LEDGER_FOLDER}${new Date(nowMs).toISOString().slice(0, 7)}.json`;

export const ledgerText = (month: GrowthLedger): string => `${JSON.stringify(month)}\n`;

/** What {@link ledgerText} wrote. @throws Error for anything else */
export const readLedger = (text: string): GrowthLedger => {
  try {
    const parsed = ledger.safeParse(JSON.parse(text));
    if (parsed.success) return parsed.data;
  } catch {
    // Not JSON: no ledger either.
  }
  throw new Error('the object is not a growth ledger; restore its previous version, or delete it');
};

/** What a purchase has to do with the budget, GiB: growth to the size that the environment file declares is not counted. */
export const countedGiB = (
  sizeGiB: number,
  targetSizeGiB: number,
  policy: NodeGroupPolicy | undefined,
): number => Math.max(0, targetSizeGiB - Math.max(sizeGiB, (policy && declaredSizeGiB(policy)) ?? 0));

/**
 * Without what was entered for this volume and never arrived: it was denied, EBS refused it, or the function is called
 * again. @param sizeGiB what the volume has
 */
export const withoutFailedPurchases = (
  { purchases, ...rest }: GrowthLedger,
  volumeId: string,
  sizeGiB: number,
): GrowthLedger => ({
  ...rest,
  purchases: purchases.filter((each) => each.volumeId !== volumeId || each.targetSizeGiB <= sizeGiB),
});

export const withPurchase = (month: GrowthLedger, bought: LedgerPurchase): GrowthLedger => ({
  ...month,
  purchases: [...month.purchases, bought],
});

type GrowthBounds = Pick<HealingBounds, 'growthGiB' | 'growthKey' | 'controlPlaneGiB'>;

/** What the month allows a node. GiB. */
export interface GrowthBudget {
  readonly usedGiB: number;
  readonly limitGiB: number;
  /** Of what is left, what is the control plane's; 0 for its own nodes. */
  readonly reservedGiB: number;
  /** Where an operator changes the limit. */
  readonly line: string;
  /** When the next month begins, milliseconds since the epoch. */
  readonly nextMonthAtMs: number;
}

/** @param nodeGroup of the node that needs more; whatever is not the control plane leaves that its share */
export const growthBudget = (
  { purchases }: GrowthLedger,
  { growthGiB, growthKey, controlPlaneGiB }: GrowthBounds,
  environmentName: string,
  nowMs: number,
  nodeGroup: string | undefined,
): GrowthBudget => {
  const usedGiB = sumGiB(purchases);
  const ownGiB = sumGiB(purchases.filter(isOfControlPlane));
  const reservedGiB = Math.min(Math.max(0, controlPlaneGiB - ownGiB), Math.max(0, growthGiB - usedGiB));
  return {
    ...{ usedGiB, limitGiB: growthGiB, reservedGiB: isOfControlPlane({ nodeGroup }) ? 0 : reservedGiB },
    line: boundLine(growthKey, environmentName),
    nextMonthAtMs: nextMonthMs(nowMs),
  };
};

const sumGiB = (purchases: readonly LedgerPurchase[]): number =>
  purchases.reduce((sum, { gib }) => sum + gib, 0);

const isOfControlPlane = ({ nodeGroup }: { readonly nodeGroup?: string | undefined }): boolean =>
  nodeGroup === CONTROL_PLANE_GROUP;

export const leftGiB = ({ usedGiB, limitGiB, reservedGiB }: GrowthBudget): number =>
  Math.max(0, limitGiB - usedGiB - reservedGiB);

/** e.g. `993 of the 1000 GiB that healing may buy this month are used, and the next month begins at …; to allow more, raise … and deploy`. */
export const describeBudget = (budget: GrowthBudget): string => {
  const { usedGiB, limitGiB, reservedGiB, line, nextMonthAtMs } = budget;
  const others = leftGiB(budget) === 0 ? 'the other ' : '';
  const kept = reservedGiB === 0 ? '' : `${others}${reservedGiB} GiB are reserved for the control plane, `;
  return (
    `${usedGiB} of the ${limitGiB} GiB that healing may buy this month are used, ${kept}and the next month begins at ` +
    `${new Date(nextMonthAtMs).toISOString()}; to allow more, raise ${line} and deploy`
  );
};

const nextMonthMs = (nowMs: number): number => {
  const now = new Date(nowMs);
  return Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1);
};
