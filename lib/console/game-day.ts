import type { Environment } from '../config/schema';
import { nodeGroups } from '../config/node-groups';
import { ConsoleError } from './console-error';
import { environmentFile } from '../domain/names/naming';

/** What an operator asks of a drill on a real node. */
export interface GameDayWish {
  readonly environmentName: string;
  readonly instanceId: string | undefined;
  readonly nodeGroup: string | undefined;
  /** A larger volume is bought, for good. */
  readonly growth: boolean;
  /** Used percent of / to fill to; undefined: two points above the warning level. */
  readonly fillToPercent: number | undefined;
  readonly yesProduction: boolean;
}

const PRODUCTION = /(?:^|-)(?:prod|production|live)(?:-|$)/;

/** By its name, or because it is protected from deletion. */
export const isProduction = (environmentName: string, { cluster }: Environment): boolean =>
  PRODUCTION.test(environmentName) || cluster.terminationProtection;

/**
 * The parameters of GameDay for the wish, InstanceId left out.
 * @throws ConsoleError when nothing may be started, and what to do instead
 */
export const gameDaySettings = (wish: GameDayWish, environment: Environment): Record<string, string> => {
  const { environmentName, instanceId, nodeGroup, growth, fillToPercent, yesProduction } = wish;
  if ((instanceId === undefined) === (nodeGroup === undefined))
    throw new ConsoleError(
      `--env ${environmentName} drills a real node: add --instance ID or --node-group NAME, and not both. Without --env a ` +
        'virtual machine is drilled.',
    );
  const groups = nodeGroups(environment).map(({ name }) => name);
  if (nodeGroup !== undefined && !groups.includes(nodeGroup))
    throw new ConsoleError(
      `${environmentFile(environmentName)} has no node group "${nodeGroup}"; it has ${groups.join(', ')}.`,
    );
  if (
    fillToPercent !== undefined &&
    !(Number.isInteger(fillToPercent) && fillToPercent >= 50 && fillToPercent <= 95)
  )
    throw new ConsoleError(`--fill-to must be a whole number from 50 to 95 percent, got ${fillToPercent}.`);
  const { warningPercent } = environment.diskLevels;
  if (fillToPercent !== undefined && fillToPercent <= warningPercent)
    throw new ConsoleError(
      `--fill-to ${fillToPercent} is not above the warning level (${warningPercent}): no alarm would fire. Give a higher value, or leave it out.`,
    );
  if (isProduction(environmentName, environment) && !yesProduction)
    throw new ConsoleError(
      `${environmentName} is production (its name, or cluster.terminationProtection, says so): a real disk would be filled there. ` +
        'Drill another environment, or add --yes-production.',
    );
  return {
    ...(nodeGroup !== undefined && { NodeGroup: nodeGroup }),
    Kind: growth ? 'growth' : 'reclaimable',
    ...(fillToPercent !== undefined && { FillToPercent: String(fillToPercent) }),
  };
};
