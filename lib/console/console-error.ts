import { deployCommand } from './deploy-command';
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

/** Worth another try: AWS is busy, or out of reach for a moment. */
export const isPassing = (error: unknown): boolean =>
  isThrottled(error) ||
  ['InternalServerError', 'InternalError', 'ServiceUnavailable', 'InternalFailure'].includes(
    errorCode(error),
  ) ||
  NO_NETWORK.some((code) => code === errorCode(error) || code === causeCode(error));

const nextStep = (error: unknown, environment: string, allow: string): string => {
  const code = errorCode(error);
  if (NO_CREDENTIALS.includes(code))
    return 'Give credentials for the account of the environment, e.g. AWS_PROFILE=…, or `aws sso login`.';
  if (DENIED.includes(code)) return `Allow ${allow} (docs/console.md#rights), or use a role that may.`;
  if (NO_DOCUMENT.includes(code))
    return `The document is not in the account: deploy it with \`${deployCommand(environment)}\`.`;
  // The token is new with each command: an attempt of this one, whose answer was lost, has used it.
  if (code === 'IdempotentParameterMismatch')
    return 'It may have been started: `aws ssm describe-automation-executions --max-results 5` lists the newest, and `headroom run --follow ID` goes on with one.';
  if (isThrottled(error)) return 'AWS takes no more calls at the moment: try again in a minute.';
  if (NO_NETWORK.includes(code) || NO_NETWORK.includes(causeCode(error)))
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
  const message = error instanceof Error ? error.message : String(error);
  return new ConsoleError(
    `Cannot ${doing}: ${errorCode(error)}: ${message}\n${nextStep(error, environment, allow)}`,
    { cause: error },
  );
};
