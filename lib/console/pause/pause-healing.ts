import { peopleTopicName } from '../../domain/naming';
import {
  MAX_PAUSES_BYTES,
  activePauses,
  describePause,
  pauseOf,
  pausesText,
  readPauses,
  withPause,
  withoutPause,
  type Pause,
} from '../../domain/pause';
import { partitionOf } from '../../domain/partition';
import { rightAccount, type Caller, type Target } from '../account';
import { ConsoleError, explainAws } from '../console-error';
import { errorCode } from '../sdk-shape';
import type { PauseClient } from './pause.client';

export interface PauseWorld {
  readonly client: PauseClient;
  readonly caller: () => Promise<Caller>;
  readonly nowMs: number;
  /** The environment's node groups. */
  readonly nodeGroups: readonly string[];
  readonly say: (line: string) => void;
}

export interface PauseWish {
  /** null: every node group. */
  readonly nodeGroup: string | null;
  /** Milliseconds since the epoch. */
  readonly untilMs: number;
  readonly why: string;
}

/** `partly`: it is in force, and something else that should have heard of it did not. */
export type PauseEnd = 'done' | 'partly';

/**
 * Pauses healing. The parameter comes first: it is what healing obeys.
 * @throws ConsoleError when nothing was changed
 */
export const pauseHealing = async (target: Target, wish: PauseWish, world: PauseWorld): Promise<PauseEnd> => {
  const { nodeGroup, untilMs, why } = wish;
  knownGroup(target, nodeGroup, world);
  const { arn } = await rightAccount(target, world.caller);
  const pause: Pause = {
    ...{ nodeGroup, why, by: arn },
    since: new Date(world.nowMs).toISOString(),
    until: new Date(untilMs).toISOString(),
  };
  const text = pausesText([pause]);
  const reading = readPauses(text);
  if (!reading.ok)
    throw new ConsoleError(`--why must be one line of 1 to 200 printable characters (${reading.why}).`);
  const all = withPause(await current(target, world), pause, world.nowMs);
  const what = `${describePause(pause)}. It ends by itself.`;
  return change(target, all, nodeGroup, { done: 'paused', what }, world);
};

/**
 * Ends a node group's pause, or all of them.
 * @throws ConsoleError when nothing was changed
 */
export const resumeHealing = async (
  target: Target,
  nodeGroup: string | null,
  world: PauseWorld,
): Promise<PauseEnd> => {
  knownGroup(target, nodeGroup, world);
  const { arn } = await rightAccount(target, world.caller);
  const before = await current(target, world);
  const all = withoutPause(before, nodeGroup, world.nowMs);
  const still = nodeGroup === null ? undefined : pauseOf(all, nodeGroup, world.nowMs);
  const what = `healing of ${nodeGroup ?? 'every node group'} was resumed by ${arn}`;
  const rest =
    still === undefined
      ? ''
      : `, but ${describePause(still)}; \`headroom resume\` without --node-group ends that`;
  if (activePauses(before, world.nowMs).length === 0) world.say('Nothing was paused.');
  return change(target, all, nodeGroup, { done: 'resumed', what: `${what}${rest}.` }, world);
};

const knownGroup = (
  { environmentName }: Target,
  nodeGroup: string | null,
  { nodeGroups }: PauseWorld,
): void => {
  if (nodeGroup === null || nodeGroups.includes(nodeGroup)) return;
  throw new ConsoleError(
    `environments/${environmentName}.yaml has no node group "${nodeGroup}"; it has ${nodeGroups.join(', ')}.`,
  );
};

const current = async (
  { environmentName: environment }: Target,
  { client, say }: PauseWorld,
): Promise<readonly Pause[]> => {
  let text: string;
  try {
    text = await client.readText(environment);
  } catch (error) {
    if (errorCode(error) === 'ParameterNotFound')
      throw new ConsoleError(
        `The stack of ${environment} has no pause parameter: deploy it first. Nothing was changed.`,
        { cause: error },
      );
    throw explainAws(error, { doing: 'read what is paused', environment, allow: 'ssm:GetParameter' });
  }
  const reading = readPauses(text);
  if (reading.ok) return reading.pauses;
  say(`What was there cannot be read and paused nothing (${reading.why}); it is replaced.`);
  return [];
};

const change = async (
  target: Target,
  all: readonly Pause[],
  nodeGroup: string | null,
  { done, what }: { readonly done: 'paused' | 'resumed'; readonly what: string },
  world: PauseWorld,
): Promise<PauseEnd> => {
  const { environmentName: environment } = target;
  const { client, say, nowMs } = world;
  const text = pausesText(all);
  if (Buffer.byteLength(text) > MAX_PAUSES_BYTES)
    throw new ConsoleError(
      `${all.length} pauses do not fit into one parameter of ${MAX_PAUSES_BYTES} bytes. Pause the whole environment, or resume a node group. Nothing was changed.`,
    );
  try {
    await client.writeText(environment, text);
  } catch (error) {
    throw explainAws(error, { doing: 'write the pause', environment, allow: 'ssm:PutParameter' });
  }
  say(what);
  const untold: string[] = [];
  const attempt = async (whom: string, act: () => Promise<void>): Promise<void> => {
    try {
      await act();
    } catch (error) {
      untold.push(`${whom}: ${errorCode(error)}: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  for (const group of nodeGroup === null ? world.nodeGroups : [nodeGroup]) {
    const until = pauseOf(all, group, nowMs)?.until;
    const seconds = until === undefined ? 0 : Math.ceil(Date.parse(until) / 1_000);
    await attempt(`the guards of ${group} (ssm:SendCommand)`, () =>
      client.pauseGuards(environment, group, seconds),
    );
  }
  await attempt('the people of the topic (sns:Publish)', () =>
    client.publish(topicArn(target), `[${environment}] Headroom: ${done}`, what),
  );
  for (const line of untold) say(`Not told: ${line}`);
  return untold.length === 0 ? 'done' : 'partly';
};

const topicArn = ({ environmentName, account, region }: Target): string =>
  `arn:${partitionOf(region)}:sns:${region}:${account}:${peopleTopicName(environmentName)}`;
