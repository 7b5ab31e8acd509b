import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { call, type SdkClient } from './sdk';

export interface Caller {
  readonly account: string;
  readonly arn: string;
}

/** Who calls; needs no right. @throws what the SDK throws */
export const callerOf = async (sts: SdkClient): Promise<Caller> => {
  const { Account = '', Arn = '' } = await call(sts, new GetCallerIdentityCommand({}));
  return { account: Account, arn: Arn };
};
