import type { Caller } from '../aws/caller';
import { ConsoleError, explainAws } from './console-error';
import { environmentFile } from '../domain/names/naming';

export type { Caller };

/** An environment as the console needs it. */
export interface Target {
  readonly environmentName: string;
  readonly account: string;
  readonly region: string;
}

/**
 * Who calls, and that it is in the environment's account: the right document in the wrong account is another cluster.
 * @throws ConsoleError without credentials, and for another account
 */
export const rightAccount = async (target: Target, caller: () => Promise<Caller>): Promise<Caller> => {
  const { environmentName: environment, account } = target;
  let found: Caller;
  try {
    found = await caller();
  } catch (error) {
    throw explainAws(error, {
      doing: 'find out which account this is',
      environment,
      allow: 'sts:GetCallerIdentity',
    });
  }
  if (found.account !== account)
    throw new ConsoleError(
      `The credentials are of account ${found.account} (${found.arn}), but ${environmentFile(environment)} says account '${account}'.\n` +
        'Nothing was done. Use credentials of that account, e.g. AWS_PROFILE=…, or another --env.',
    );
  return found;
};
