import { awsCommand } from '../domain/messages/aws-command';
import { deployCommand } from './deploy-command';
import { headroomCommand } from './headroom-command';
import { errorCode } from './sdk-shape';

/** The command cannot do its work; the message says what to do next. */
export class ConsoleError extends Error {
  override readonly name = 'ConsoleError';
}

const NO_CREDENTIALS = [
  'CredentialsProviderError',
  'ExpiredToken',
  'ExpiredTokenException',
  'AuthFailure',
  'InvalidClientTokenId',
  'InvalidSignatureException',
  'SignatureDoesNotMatch',
  'UnrecognizedClientException',
  'RequestExpired',
  'TokenProviderError',
];
const DENIED = ['UnauthorizedOperation', 'AccessDenied', 'AccessDeniedException'];
const THROTTLED = [
  'Throttling',
  'ThrottlingException',
  'RequestLimitExceeded',
  'TooManyRequestsException',
  'RequestThrottledException',
];
const NO_DOCUMENT = ['AutomationDefinitionNotFoundException', 'InvalidDocument'];
const NO_NETWORK = ['ENOTFOUND', 'ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'EAI_AGAIN', 'TimeoutError'];

export const isThrottled = (error: unknown): boolean => THROTTLED.includes(errorCode(error));

const causeCode = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';

/** Worth a retry: AWS is busy, or out of reach for a moment. */
export const isPassing = (error: unknown): boolean =>
  isThrottled(error) ||
  ['InternalServerError', 'InternalError', 'ServiceUnavailable', 'InternalFailure'].includes(
    errorCode(error),
  ) ||
  NO_NETWORK.some((code) => code === errorCode(error) || code === causeCode(error));

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
  const code = errorCode(error);
  if (NO_CREDENTIALS.includes(code))
    return 'Give credentials for the account of the environment, e.g. AWS_PROFILE=…, or `aws sso login`.';
  if (DENIED.includes(code)) return `Allow ${allow} (docs/console.md#rights), or use a role that has it.`;
  if (NO_DOCUMENT.includes(code))
    return `The document is not in the account: deploy it with \`${deployCommand(environment)}\`.`;
  // Each command has a new token, so an earlier attempt of this command used it and its answer was lost.
  if (code === 'IdempotentParameterMismatch')
    return (
      `It may have been started: \`${awsCommand('ssm describe-automation-executions --max-results 5', region)}\` lists the newest, ` +
      `and \`${headroomCommand(`run --follow ID --env ${environment}`)}\` goes on with one.`
    );
  if (isThrottled(error)) return 'AWS is throttling these calls: try again in a minute.';
  if (NO_NETWORK.includes(code) || NO_NETWORK.includes(causeCode(error)))
    return 'AWS cannot be reached: check the network, a proxy, and the region in the environment file.';
  return 'Try again. If it fails again, the message above is what AWS says.';
};

/** What an operator reads when AWS refuses. */
export const explainAws = (error: unknown, attempt: Attempt): ConsoleError => {
  if (error instanceof ConsoleError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new ConsoleError(
    `Cannot ${attempt.doing}: ${errorCode(error)}: ${message}\n${nextStep(error, attempt)}`,
    { cause: error },
  );
};
