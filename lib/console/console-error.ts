import { describeError, means } from '../aws/errors';
import { deployCommand } from './deploy-command';

/** The command cannot do its work; the message says what to do next. */
export class ConsoleError extends Error {
  override readonly name = 'ConsoleError';
}

/** Worth another try: AWS is busy, or out of reach for a moment. */
export const isPassing = (error: unknown): boolean =>
  means(error, 'throttled') || means(error, 'serverFailed') || means(error, 'noNetwork');

const nextStep = (error: unknown, environment: string, allow: string): string => {
  if (means(error, 'noCredentials'))
    return 'Give credentials for the account of the environment, e.g. AWS_PROFILE=…, or `aws sso login`.';
  if (means(error, 'accessDenied')) return `Allow ${allow} (docs/console.md#rights), or use a role that may.`;
  if (means(error, 'noDocument'))
    return `The document is not in the account: deploy it with \`${deployCommand(environment)}\`.`;
  // The token is new with each command: an attempt of this one, whose answer was lost, has used it.
  if (means(error, 'tokenUsed'))
    return 'It may have been started: `aws ssm describe-automation-executions --max-results 5` lists the newest, and `headroom run --follow ID` goes on with one.';
  if (means(error, 'throttled')) return 'AWS takes no more calls at the moment: try again in a minute.';
  if (means(error, 'noNetwork'))
    return 'AWS cannot be reached: look at the network, a proxy, and the region in the environment file.';
  return 'Try again; if it stays so, the message above is what AWS says.';
};

/**
 * What an operator reads when AWS refuses.
 * @param doing completes "cannot …", e.g. `start headroom-prod-HealNode`
 * @param allow the actions that IAM must allow
 */
export const explainAws = (
  error: unknown,
  { doing, environment, allow }: { doing: string; environment: string; allow: string },
): ConsoleError => {
  if (error instanceof ConsoleError) return error;
  return new ConsoleError(
    `Cannot ${doing}: ${describeError(error)}\n${nextStep(error, environment, allow)}`,
    {
      cause: error,
    },
  );
};
