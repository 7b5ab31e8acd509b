import { describeError, means } from '../aws/errors';
import { awsCommand } from '../domain/messages/aws-command';
import { deployCommand } from './deploy-command';
import { headroomCommand } from './headroom-command';

/** The command cannot do its work; the message says what to do next. */
export class ConsoleError extends Error {
  override readonly name = 'ConsoleError';
}

/** Worth a retry: AWS is busy, or out of reach for a moment. */
export const isPassing = (error: unknown): boolean =>
  means(error, 'throttled') || means(error, 'serverFailed') || means(error, 'noNetwork');

/** What was tried. */
interface Attempt {
  /** Completes "cannot …", e.g. `start headroom-prod-HealNode`. */
  readonly doing: string;
  readonly environment: string;
  /** For commands of the aws CLI. */
  readonly region?: string;
  /** The actions that IAM must allow. */
  readonly allow: string;
}

const nextStep = (error: unknown, { environment, region, allow }: Attempt): string => {
  if (means(error, 'noCredentials'))
    return 'Give credentials for the account of the environment, e.g. AWS_PROFILE=…, or `aws sso login`.';
  if (means(error, 'accessDenied'))
    return `Allow ${allow} (docs/console.md#rights), or use a role that has it.`;
  if (means(error, 'noDocument'))
    return `The document is not in the account: deploy it with \`${deployCommand(environment)}\`.`;
  // Each command has a new token, so an earlier attempt of this command used it and its answer was lost.
  if (means(error, 'tokenUsed'))
    return (
      `It may have been started: \`${awsCommand('ssm describe-automation-executions --max-results 5', region)}\` lists the newest, ` +
      `and \`${headroomCommand(`run --follow ID --env ${environment}`)}\` goes on with one.`
    );
  if (means(error, 'throttled')) return 'AWS is throttling these calls: try again in a minute.';
  if (means(error, 'noNetwork'))
    return 'AWS cannot be reached: check the network, a proxy, and the region in the environment file.';
  return 'Try again. If it fails again, the message above is what AWS says.';
};

/** What an operator reads when AWS refuses. */
export const explainAws = (error: unknown, attempt: Attempt): ConsoleError => {
  if (error instanceof ConsoleError) return error;
  return new ConsoleError(`Cannot ${attempt.doing}: ${describeError(error)}\n${nextStep(error, attempt)}`, {
    cause: error,
  });
};
