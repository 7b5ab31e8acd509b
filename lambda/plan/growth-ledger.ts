import { tried } from '../../lib/aws/tried';
import { createHash } from 'node:crypto';
import {
  EMPTY_LEDGER,
  growthBudget,
  ledgerKeyOf,
  ledgerText,
  readLedger,
  withPurchase,
  withoutFailedPurchases,
  type GrowthBudget,
  type GrowthLedger,
} from '../../lib/domain/plan/growth-budget';
import type { HealingBounds } from '../../lib/domain/plan/healing-bounds';
import { known, unknown, type Known } from '../../lib/domain/known';
import type { Clock } from '../shared/clock';
import { describeError } from '../../lib/aws/errors';
import type { LedgerClient } from './ledger.client';

/** In a storm a hundred executions plan at a time. The function has a minute, and gathers before this. Milliseconds. */
const ENTER_MS = 35_000;
const LONGEST_PAUSE_MS = 4_000;

export interface Volume {
  readonly volumeId: string;
  /** What it has. */
  readonly sizeGiB: number;
  /** Of its node; undefined: unknown. */
  readonly nodeGroup: string | undefined;
}

/** What is to be entered of a decision. */
interface Entry {
  readonly targetSizeGiB: number;
  /** Of it, what counts. */
  readonly gib: number;
}

export interface LedgerContext {
  readonly client: LedgerClient;
  readonly clock: Clock;
  readonly bounds: HealingBounds;
  readonly environmentName: string;
}

/**
 * Decides by what the month still allows, and enters what is bought before it is bought. Where someone else entered
 * something meanwhile, it is decided again by that.
 * @param decide gets the budget, or why it is unknown
 * @param entryOf what a decision buys; undefined: nothing
 */
export const decideWithin = async <T>(
  { client, clock, bounds, environmentName }: LedgerContext,
  volume: Volume,
  decide: (growth: Known<GrowthBudget>) => T,
  entryOf: (decided: T) => Entry | undefined,
): Promise<T> => {
  const nowMs = clock.now();
  const key = ledgerKeyOf(nowMs);
  for (let tries = 1; clock.now() <= nowMs + ENTER_MS; tries += 1) {
    const read = await tried(readMonth(client, key, volume));
    if (!read.known) return decide(unknown(`${key} cannot be read: ${read.why}`));
    const { month, etag } = read.value;
    const { volumeId, nodeGroup } = volume;
    const decided = decide(known(growthBudget(month, bounds, environmentName, nowMs, nodeGroup)));
    const entry = entryOf(decided);
    if (entry === undefined) return decided;
    const bought = { volumeId, ...entry, nodeGroup, at: new Date(nowMs).toISOString() };
    try {
      if (await client.write(key, ledgerText(withPurchase(month, bought)), etag)) return decided;
    } catch (error) {
      return decide(unknown(`${key} cannot be written: ${describeError(error)}`));
    }
    await clock.sleep(Math.min(LONGEST_PAUSE_MS, 250 * 2 ** tries) * shareOf(volumeId, tries));
  }
  return decide(unknown(`${key} kept changing for ${ENTER_MS / 1_000} s, and nothing could be recorded`));
};

/** 0 to 1, another one each time: those that met must not meet again, and a simulation runs the same way each time. */
const shareOf = (volumeId: string, tries: number): number =>
  createHash('sha256').update(`${volumeId}/${tries}`).digest().readUInt16BE() / 0xffff;

const readMonth = async (
  client: LedgerClient,
  key: string,
  { volumeId, sizeGiB }: Volume,
): Promise<{ readonly month: GrowthLedger; readonly etag: string | undefined }> => {
  const stored = await client.read(key);
  const month = stored === undefined ? EMPTY_LEDGER : readLedger(stored.text);
  return { month: withoutFailedPurchases(month, volumeId, sizeGiB), etag: stored?.etag };
};
