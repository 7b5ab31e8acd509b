import { secondsBetween } from '../time/clock';
import { onlyKeys, text, type Fields } from '../values/fields';
import type { Action } from './types';

/** Seconds of an ISO 8601 duration such as `PT1H30M`. */
export function durationSeconds(duration: string): number {
  const match = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/.exec(duration);
  if (!match || duration === 'P' || duration.endsWith('T'))
    throw new Error(`no ISO 8601 duration: ${duration}`);
  const [days, hours, minutes, seconds] = match.slice(1).map((part) => Number(part ?? 0));
  return (((days ?? 0) * 24 + (hours ?? 0)) * 60 + (minutes ?? 0)) * 60 + (seconds ?? 0);
}

export function checkSleep(inputs: Fields, where: string): void {
  onlyKeys(inputs, ['Duration', 'Timestamp'], `${where}.inputs`);
  if ((inputs.Duration === undefined) === (inputs.Timestamp === undefined)) {
    throw new Error(`${where}: exactly one of Duration and Timestamp`);
  }
}

export const sleep: Action = async (inputs, { clock }) => {
  const seconds =
    inputs.Duration === undefined
      ? secondsBetween(clock.now(), new Date(text(inputs.Timestamp, 'Timestamp')))
      : durationSeconds(text(inputs.Duration, 'Duration'));
  if (seconds > 0) await clock.sleep(seconds);
  return { outputs: {} };
};
