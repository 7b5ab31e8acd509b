import type { UsageSample } from '../sizing/growth-forecast';
import type { GrowthBudget } from './growth-budget';
import { known, unknown, type Known } from '../known';
import type { AssessResult, FilesystemFigures, ReclaimResult, RootFigures } from '../node/node-figures';
import type { Standing } from './node-standing';
import type { ScriptReading } from '../node/run-command-output';
import type { VolumeModification } from './ebs-budget';

/** All that is known of one node when the decision is made. */
export interface Observation {
  readonly instanceId: string;
  readonly standing: Standing;
  /** EC2's own word, e.g. `running`; `unknown`: it did not say. */
  readonly state: string;
  /** From its tag; undefined: it has none. */
  readonly nodeGroup: string | undefined;
  /** The latest figures of `/`, after reclaim where that ran. */
  readonly filesystem: Known<FilesystemFigures>;
  /** The same, with the layers below. */
  readonly root: Known<RootFigures>;
  readonly volume: Known<{ readonly volumeId: string; readonly sizeGiB: number }>;
  readonly modifications: Known<readonly VolumeModification[]>;
  /** What healing may still buy this month. @default - no bound */
  readonly growth?: Known<GrowthBudget> | undefined;
}

/** Datapoints of the node's used percent, of the last hours, in any order. */
export type UsageHistory = Known<readonly UsageSample[]>;

/** What a healing has measured until the plan is made. */
export interface Measurements {
  readonly assess: ScriptReading<AssessResult>;
  readonly reclaim: ScriptReading<ReclaimResult>;
  /** The look after reclaim, which is taken only where one of the others cannot be read. */
  readonly afterReclaim: ScriptReading<AssessResult>;
}

/**
 * The figures to plan on: the newest measurement after reclaim. Never those from before it: a disk that was cleaned
 * would be bought for. assess knows the layers below, which do not change by cleaning.
 */
export const latestFigures = ({
  assess,
  reclaim,
  afterReclaim,
}: Measurements): Pick<Observation, 'filesystem' | 'root'> => {
  if (afterReclaim.ok) {
    const root = known(afterReclaim.value.root);
    return { filesystem: root, root };
  }
  if (reclaim.ok) {
    const { after } = reclaim.value;
    const root = assess.ok ? known({ ...assess.value.root, ...after }) : unknown(assess.why);
    return { filesystem: known(after), root };
  }
  const first = assess.ok ? '' : `${assess.why}; `;
  const why = `${first}the usage after reclaim is unknown: ${reclaim.why}; second measurement: ${afterReclaim.why}`;
  return { filesystem: unknown(why), root: unknown(why) };
};
