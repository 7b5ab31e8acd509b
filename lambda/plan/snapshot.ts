import { tried } from '../../lib/aws/tried';
import type { Observation } from '../../lib/domain/plan/observation';
import type { PlanPayload } from '../../lib/domain/plan/plan-payload';
import { snapshotFirst } from '../../lib/domain/plan/snapshot-first';
import type { PlanClient } from './plan.client';

/** A plan, with whether a snapshot is taken before it is carried out; as it is where none is wanted, or nothing is bought. */
export const withSnapshot = async <P extends PlanPayload>(
  client: Pick<PlanClient, 'snapshotsBeforeGrowth'>,
  {
    environmentName,
    snapshotFirst: wanted,
  }: { readonly environmentName: string; readonly snapshotFirst: string },
  modifications: Observation['modifications'],
  planned: P,
): Promise<P> => {
  const { action, volumeId } = planned;
  if (wanted !== 'yes' || action !== 'grow') return planned;
  const taken = await tried(client.snapshotsBeforeGrowth(volumeId, environmentName));
  // Nothing is bought where they are unknown.
  const known = modifications.known ? modifications.value : [];
  return { ...planned, snapshotFirst: snapshotFirst(volumeId, known, taken) };
};
