import type { Observation } from '../../lib/domain/observation';
import type { PlanPayload } from '../../lib/domain/plan-payload';
import { snapshotFirst } from '../../lib/domain/snapshot-first';
import { attempt } from './gather';
import type { LedgerContext } from './growth-ledger';
import type { PlanClient } from './plan.client';

/** A plan, with whether a snapshot is taken before it is carried out; as it is where the environment wants none, or nothing is bought. */
export const withSnapshot = async <P extends PlanPayload>(
  client: Pick<PlanClient, 'snapshotsBeforeGrowth'>,
  { bounds, environmentName }: Pick<LedgerContext, 'bounds' | 'environmentName'>,
  modifications: Observation['modifications'],
  planned: P,
): Promise<P> => {
  const { action, volumeId } = planned;
  if (bounds.snapshotFirst !== true || action !== 'grow') return planned;
  const taken = await attempt(() => client.snapshotsBeforeGrowth(volumeId, environmentName));
  // Nothing is bought where they are unknown.
  const known = modifications.known ? modifications.value : [];
  return { ...planned, snapshotFirst: snapshotFirst(volumeId, known, taken) };
};
