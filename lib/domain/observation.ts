import type { UsageSample } from './growth-forecast';
import type { Known } from './known';
import type { AssessResult, FilesystemFigures, ReclaimResult, RootFigures } from './node-figures';
import { known, unknown } from './known';
import type { ScriptReading } from './run-command-output';
import type { VolumeModification } from './ebs-budget';

/** All that is known of one node when the decision is made. */
export interface Observation {
  readonly instanceId: string;
  /** `ours`: it exists and bears this environment's tag. `unknown`: EC2 did not answer. */
  readonly standing: 'ours' | 'not-ours' | 'gone' | 'unknown';
  /** From its tag; undefined: it has none. */
  readonly nodeGroup: string | undefined;
  /** The latest figures of `/`, after reclaim where that ran. */
  readonly filesystem: Known<FilesystemFigures>;
  /** The same, with the layers below. */
  readonly root: Known<RootFigures>;
  /** Has reclaim had its turn, whatever came of it? */
  readonly reclaimed: boolean;
  readonly volume: Known<{ readonly volumeId: string; readonly sizeGiB: number }>;
  readonly modifications: Known<readonly VolumeModification[]>;
}

/** Datapoints of the node's used percent, of the last hours, in any order. */
export type UsageHistory = Known<readonly UsageSample[]>;

/** Merges what the two scripts read: reclaim's second measurement is newer, assess alone knows the layers below. */
export const latestFigures = (
  assess: ScriptReading<AssessResult>,
  reclaim: ScriptReading<ReclaimResult>,
): Pick<Observation, 'filesystem' | 'root'> => {
  const after = reclaim.ok ? reclaim.value.after : undefined;
  const root = assess.ok ? known({ ...assess.value.root, ...after }) : unknown(assess.why);
  if (after !== undefined) return { filesystem: known(after), root };
  if (assess.ok) return { filesystem: known(assess.value.root), root };
  return { filesystem: unknown(`${assess.why}; ${reclaim.ok ? '' : reclaim.why}`), root };
};
