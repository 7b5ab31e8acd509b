import { gameDaySettings, type GameDayWish } from '../../lib/console/game-day';
import type { Outcome, Screen } from '../outcome';
import { run } from './run';
import { loadTarget } from './world';

/** Starts GameDay on a real node and follows it to its end. @returns the outcome of `headroom run` */
export function gameDay(wish: GameDayWish, yes: boolean, screen: Screen): Promise<Outcome> {
  const { environment } = loadTarget(wish.environmentName);
  const set = Object.entries(gameDaySettings(wish, environment)).map(([name, value]) => `${name}=${value}`);
  const { environmentName: env, instanceId: instance } = wish;
  return run('GameDay', { env, set, yes, ...(instance !== undefined && { instance }) }, screen);
}
