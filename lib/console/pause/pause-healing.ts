import { describeError, means } from '../../aws/errors';
import { didYouMean } from '../../domain/mistakes/did-you-mean';
import { environmentFile, notificationTopicName } from '../../domain/names/naming';
import {
  MAX_PAUSES_BYTES,
  activePauses,
  describePause,
  pauseOf,
  pausesText,
  readPauses,
  whyMistake,
  withPause,
  withoutPause,
  type Pause,
} from '../../domain/pause/pause';
import { partitionOf } from '../../domain/names/partition';
import { rightAccount, type Caller, type Target } from '../account';
import { ConsoleError, explainAws } from '../console-error';
import { headroomCommand } from '../headroom-command';
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

/** What a pause or a resumption came to. */
export interface PauseResult {
  /**
   * `partly`: it is in effect, and guards or operators that should have been notified were not; or a group that was resumed is
   * still paused with its environment.
   */
  readonly end: 'done' | 'partly';
  /** All pauses that are active now. */
  readonly pauses: readonly Pause[];
  /** Who was not notified, and why. */
  readonly notNotified: readonly string[];
}

/**
 * Pauses healing. The parameter comes first: it is what healing obeys.
 * @throws ConsoleError when nothing was changed
 */
export const pauseHealing = async (
  target: Target,
  wish: PauseWish,
  world: PauseWorld,
): Promise<PauseResult> => {
  const { nodeGroup, untilMs, why } = wish;
  knownGroup(target, nodeGroup, world);
  const mistake = whyMistake(why);
  if (mistake !== undefined) throw new ConsoleError(`--why must ${mistake}, got ${JSON.stringify(why)}.`);
  const { arn } = await rightAccount(target, world.caller);
  const pause: Pause = {
    ...{ nodeGroup, why, by: arn },
    since: new Date(world.nowMs).toISOString(),
    until: new Date(untilMs).toISOString(),
  };
  const all = withPause((await current(target, world)).pauses, pause, world.nowMs);
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
): Promise<PauseResult> => {
  knownGroup(target, nodeGroup, world);
  const { arn } = await rightAccount(target, world.caller);
  const before = await current(target, world);
  const all = withoutPause(before.pauses, nodeGroup, world.nowMs);
  const still = nodeGroup === null ? undefined : pauseOf(all, nodeGroup, world.nowMs);
  const rest =
    still === undefined
      ? ''
      : `${describePause(still)}; \`${headroomCommand(`resume --env ${target.environmentName}`)}\` ends that`;
  let result: PauseResult;
  if (before.readable && all.length === activePauses(before.pauses, world.nowMs).length) {
    const nothing = nodeGroup === null ? 'Nothing was paused' : `${nodeGroup} was not paused by itself`;
    // Guards that an earlier resume did not reach may still pause.
    world.say(`${nothing}${rest && `, but ${rest}`}. The guards are notified again, and no message is sent.`);
    result = resultOf(all, await notifyGuards(target, all, nodeGroup, world), world);
  } else {
    const what = `healing of ${nodeGroup ?? 'every node group'} was resumed by ${arn}`;
    result = await change(
      target,
      all,
      nodeGroup,
      { done: 'resumed', what: `${what}${rest && `, but ${rest}`}.` },
      world,
    );
  }
  return still === undefined ? result : { ...result, end: 'partly' };
};

const knownGroup = (
  { environmentName }: Target,
  nodeGroup: string | null,
  { nodeGroups }: PauseWorld,
): void => {
  if (nodeGroup === null || nodeGroups.includes(nodeGroup)) return;
  const meant = didYouMean(nodeGroup, nodeGroups);
  throw new ConsoleError(
    `${environmentFile(environmentName)} has no node group "${nodeGroup}"; it has ${nodeGroups.join(', ')}.` +
      (meant === undefined ? '' : ` Did you mean ${meant}?`),
  );
};

const current = async (
  { environmentName: environment }: Target,
  { client, say }: PauseWorld,
): Promise<{ readonly pauses: readonly Pause[]; readonly readable: boolean }> => {
  let text: string;
  try {
    text = await client.readText(environment);
  } catch (error) {
    if (means(error, 'noParameter'))
      throw new ConsoleError(
        `The stack of ${environment} has no pause parameter: deploy it first. Nothing was changed.`,
        { cause: error },
      );
    throw explainAws(error, { doing: 'read what is paused', environment, allow: 'ssm:GetParameter' });
  }
  const reading = readPauses(text);
  if (reading.ok) return { pauses: reading.pauses, readable: true };
  say(`What was there cannot be read and paused nothing (${reading.why}); it is replaced.`);
  return { pauses: [], readable: false };
};

const change = async (
  target: Target,
  all: readonly Pause[],
  nodeGroup: string | null,
  { done, what }: { readonly done: 'paused' | 'resumed'; readonly what: string },
  world: PauseWorld,
): Promise<PauseResult> => {
  const { environmentName: environment } = target;
  const { client, say } = world;
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
  const notNotified = [
    ...(await notifyGuards(target, all, nodeGroup, world)),
    ...(await attempt('the operators of the topic (sns:Publish)', () =>
      client.publish(topicArn(target), `[${environment}] Headroom: ${done}`, what),
    )),
  ];
  return resultOf(all, notNotified, world);
};

/** Says who was not notified. */
const resultOf = (
  all: readonly Pause[],
  notNotified: readonly string[],
  { nowMs, say }: PauseWorld,
): PauseResult => {
  for (const line of notNotified) say(`Not notified: ${line}`);
  return {
    end: notNotified.length === 0 ? 'done' : 'partly',
    pauses: activePauses(all, nowMs),
    notNotified,
  };
};

/** @returns the groups whose guards were not notified, each with the reason */
const notifyGuards = async (
  { environmentName }: Target,
  all: readonly Pause[],
  nodeGroup: string | null,
  { client, nodeGroups, nowMs }: PauseWorld,
): Promise<readonly string[]> => {
  const notNotified: string[] = [];
  for (const group of nodeGroup === null ? nodeGroups : [nodeGroup]) {
    const until = pauseOf(all, group, nowMs)?.until;
    const seconds = until === undefined ? 0 : Math.ceil(Date.parse(until) / 1_000);
    notNotified.push(
      ...(await attempt(`the guards of ${group} (ssm:SendCommand)`, () =>
        client.pauseGuards(environmentName, group, seconds),
      )),
    );
  }
  return notNotified;
};

/** @returns nothing, or who was not reached and why */
const attempt = async (who: string, act: () => Promise<void>): Promise<readonly string[]> => {
  try {
    await act();
    return [];
  } catch (error) {
    return [`${who}: ${describeError(error)}`];
  }
};

const topicArn = ({ environmentName, account, region }: Target): string =>
  `arn:${partitionOf(region)}:sns:${region}:${account}:${notificationTopicName(environmentName)}`;
