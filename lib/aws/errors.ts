/** The code of an SDK error. Match codes, never texts. */
export const errorCode = (error: unknown): string => (error instanceof Error ? error.name : 'UnknownError');

/** `Code: message`, for logs and reasons. */
export const describeError = (error: unknown): string =>
  error instanceof Error ? `${error.name}: ${error.message}` : String(error);

/**
 * Codes by what they mean. Where each name comes from:
 * - `@smithy`: @smithy/core 3.41.0, retry/service-error-classification/constants.js
 * - `model`: an error class of the SDK's client at 3.1169.0 (models/errors.d.ts of client-ssm, client-s3)
 * - `ec2`: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
 * - `common`: https://docs.aws.amazon.com/systems-manager/latest/APIReference/CommonErrors.html
 */
export const CODES = {
  /** AWS takes no more calls now. `@smithy`, without those that mean a full quota or one service only. */
  throttled: [
    'EC2ThrottledException',
    'RequestLimitExceeded',
    'RequestThrottled',
    'RequestThrottledException',
    'SlowDown',
    'ThrottledException',
    'Throttling',
    'ThrottlingException',
    'TooManyRequestsException',
  ],
  /** `ec2` has the first, S3 the second, JSON services the third. */
  accessDenied: ['UnauthorizedOperation', 'AccessDenied', 'AccessDeniedException'],
  /** There are none, or AWS does not accept them. The provider errors are the SDK's own; `common`, `ec2`, `@smithy`. */
  noCredentials: [
    'CredentialsProviderError',
    'TokenProviderError',
    'AuthFailure',
    'ExpiredToken',
    'ExpiredTokenException',
    'InvalidClientTokenId',
    'InvalidSignatureException',
    'RequestExpired',
    'SignatureDoesNotMatch',
    'UnrecognizedClientException',
  ],
  /** AWS failed. `common`, `ec2`, `model` (InternalServerError). */
  serverFailed: ['InternalError', 'InternalFailure', 'InternalServerError', 'ServiceUnavailable'],
  /** AWS cannot be reached: Node's codes, and the SDK's timeout. `@smithy`. */
  noNetwork: ['ENOTFOUND', 'ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'EAI_AGAIN', 'TimeoutError'],
  /** `ec2`. It forgets an instance about an hour after its end; an id that never was has the same code. */
  noInstance: ['InvalidInstanceID.NotFound', 'InvalidInstanceID.Malformed'],
  /**
   * What EC2 has said of a volume that was never modified, when asked by its id; asked by a filter it has left the volume
   * out, but that it always does has no witness. https://github.com/awslabs/aws-sdk-rust/issues/1346
   * https://github.com/boto/boto3/issues/1901 The second one is also said of a volume that is gone: ModifyVolume then
   * fails, and nothing is bought.
   */
  neverModified: ['InvalidVolumeModification.NotFound', 'InvalidVolume.NotFound'],
  /** `model`. */
  noParameter: ['ParameterNotFound'],
  /** `model`. Of an execution that was just started: not known everywhere yet. */
  noExecution: ['AutomationExecutionNotFoundException'],
  /** `model`. */
  noDocument: ['AutomationDefinitionNotFoundException', 'InvalidDocument'],
  /** `model`. A command that was just sent may not be known everywhere. */
  noInvocationYet: ['InvocationDoesNotExist'],
  /** `model`. HEAD has no body, so that S3 can only say 404, and the SDK names that `NotFound`. */
  noObject: ['NoSuchKey', 'NotFound'],
  /**
   * 412 PreconditionFailed, 409 ConditionalRequestConflict, and of If-Match with an object that is gone 404 NoSuchKey.
   * https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html, https://github.com/minio/minio/issues/21526
   */
  objectChanged: ['PreconditionFailed', 'ConditionalRequestConflict', 'NoSuchKey'],
  /** `model`. The client token has started an execution before. */
  tokenUsed: ['IdempotentParameterMismatch'],
  /** `model`. An OpsItem with the same dedup string is open. */
  opsItemOpen: ['OpsItemAlreadyExistsException'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type ErrorMeaning = keyof typeof CODES;

/** Whether the error's code has this meaning. A network error may have its code in `code` instead of its name. */
export const means = (error: unknown, meaning: ErrorMeaning): boolean => {
  const codes: readonly string[] = CODES[meaning];
  return (
    codes.includes(errorCode(error)) ||
    (error instanceof Error && 'code' in error && codes.includes(String(error.code)))
  );
};

/** The answer, or undefined where the error means that there is none. @throws every other error */
export const orUndefined = async <T>(answer: Promise<T>, meaning: ErrorMeaning): Promise<T | undefined> => {
  try {
    return await answer;
  } catch (error) {
    if (means(error, meaning)) return undefined;
    throw error;
  }
};
