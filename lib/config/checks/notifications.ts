import { partitionOf } from '../../domain/names/partition';
import type { Check } from './reader';

/**
 * CloudFormation resolves a secret in the stack's own region, and in its account unless the secret is shared. Source:
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references-secretsmanager.html
 */
export const webhookSecretOfAccount: Check = ({ text }) => {
  const path = ['notifications', 'webhook', 'apiKey', 'secretArn'];
  const [account, region, arn] = [text(['account']), text(['region']), text(path)];
  if (account === undefined || region === undefined || arn === undefined) return [];
  const own = `arn:${partitionOf(region)}:secretsmanager:${region}:${account}:secret:`;
  if (arn.startsWith(own)) return [];
  return [
    {
      path,
      rule: `be of the environment's account and region (${own}…)`,
      found: arn,
      fix: `create the secret in account ${account}, region ${region}, and write its ARN here (docs/chat.md, A webhook)`,
    },
  ];
};
