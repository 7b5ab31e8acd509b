import {
  GetCallerIdentityCommand,
  STSClient,
  type GetCallerIdentityCommandOutput,
} from '@aws-sdk/client-sts';
import type { Caller } from './account';
import type { SdkShapedClient } from './sdk-shape';

/** Who calls; needs no right. @throws what the SDK throws */
export const callerOf = async (sts: SdkShapedClient): Promise<Caller> => {
  const { Account, Arn } = (await sts.send(
    new GetCallerIdentityCommand({}),
  )) as GetCallerIdentityCommandOutput;
  return { account: Account ?? '', arn: Arn ?? '' };
};

/** With the credentials that the SDK finds itself. */
export const awsCaller = (region: string): Promise<Caller> =>
  callerOf(new STSClient({ region, maxAttempts: 4 }));
