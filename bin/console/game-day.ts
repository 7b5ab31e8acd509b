import { gameDaySettings, type GameDayWish } from '../../lib/console/game-day';
import { run } from './run';
import { loadTarget } from './world';

/** Starts GameDay on a real node and follows it to its end. @returns the exit code of `headroom run` */
export function gameDay(wish: GameDayWish, yes: boolean): Promise<number> {
  const { environment } = loadTarget(wish.environmentName);
  const set = Object.entries(gameDaySettings(wish, environment)).map(([name, value]) => `${name}=${value}`);
  return run('GameDay', {
    ...{ env: wish.environmentName, set, yes },
    ...(wish.instanceId !== undefined && { instance: wish.instanceId }),
  });
}
