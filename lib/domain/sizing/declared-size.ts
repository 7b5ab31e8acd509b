import { ebsBudget, type VolumeModification } from '../plan/ebs-budget';

/** The root volume of a node whose group declares a size for nodes that run. Sizes in GiB. */
export interface DeclaredVolume {
  readonly volumeId: string;
  /** What EC2 says that it has. */
  readonly sizeGiB: number;
  readonly declaredSizeGiB: number;
  /** What EC2 says of its modifications; as far as they were asked for. */
  readonly modifications: readonly VolumeModification[];
}

export type DeclaredGrowth =
  | { readonly kind: 'has-it' }
  | { readonly kind: 'may-grow' }
  /** EBS does not take a modification now. */
  | { readonly kind: 'waits'; readonly why: string };

/** Whether the volume has its declared size, can get it now, or must wait. Larger is never a fault: healing grew it. */
export const declaredGrowth = (volume: DeclaredVolume, nowMs: number): DeclaredGrowth => {
  if (volume.sizeGiB >= volume.declaredSizeGiB) return { kind: 'has-it' };
  const budget = ebsBudget(volume.modifications, nowMs);
  if (budget.allowed) return { kind: 'may-grow' };
  const until = budget.untilMs === undefined ? '' : `, next at ${new Date(budget.untilMs).toISOString()}`;
  return { kind: 'waits', why: `${budget.why}${until}` };
};

/** e.g. `vol-0… has 20 GiB, but 40 GiB are declared`. */
export const describeShortfall = ({ volumeId, sizeGiB, declaredSizeGiB }: DeclaredVolume): string =>
  `${volumeId} has ${sizeGiB} GiB, but ${declaredSizeGiB} GiB are declared`;

/** Whether the volume was grown after this instant, whatever came of the filesystem on it. */
export const grownSince = ({ modifications }: DeclaredVolume, sinceMs: number): boolean =>
  modifications.some(
    ({ state, startedAtMs }) => state !== 'failed' && startedAtMs !== undefined && startedAtMs > sinceMs,
  );
