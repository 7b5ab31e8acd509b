import { nodeGroups } from '../../lib/config/node-groups';
import { awsCaller } from '../../lib/console/account.client';
import { pauseEnd } from '../../lib/console/pause/pause-end';
import { pauseHealing, resumeHealing, type PauseResult } from '../../lib/console/pause/pause-healing';
import { awsPauseClient } from '../../lib/console/pause/pause.client';
import { REAL_PACE } from '../../lib/console/real-pace';
import { EXIT } from '../exit-codes';
import type { Outcome } from '../outcome';
import { loadTarget, say } from './world';

export interface ResumeFlags {
  readonly env: string;
  readonly nodeGroup?: string;
}

export interface PauseFlags extends ResumeFlags {
  readonly until: string;
  readonly why: string;
}

const CODES: Readonly<Record<PauseResult['end'], number>> = {
  done: EXIT.asExpected,
  partly: EXIT.notAsExpected,
};

const outcomeOf = (result: PauseResult): Outcome => ({ exitCode: CODES[result.end], result });

const worldOf = (env: string) => {
  const { target, environment } = loadTarget(env);
  const world = {
    ...{ client: awsPauseClient(target.region), caller: () => awsCaller(target.region), say },
    ...{ nowMs: REAL_PACE.nowMs(), nodeGroups: nodeGroups(environment).map(({ name }) => name) },
  };
  return { target, world };
};

export async function pause({ env, nodeGroup, until, why }: PauseFlags): Promise<Outcome> {
  const { target, world } = worldOf(env);
  const untilMs = pauseEnd(until, world.nowMs);
  return outcomeOf(await pauseHealing(target, { nodeGroup: nodeGroup ?? null, untilMs, why }, world));
}

export async function resume({ env, nodeGroup }: ResumeFlags): Promise<Outcome> {
  const { target, world } = worldOf(env);
  return outcomeOf(await resumeHealing(target, nodeGroup ?? null, world));
}
