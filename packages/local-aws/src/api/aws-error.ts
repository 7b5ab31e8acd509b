/** An error as the SDK throws it: handlers must match `name`, never the text. */
export class AwsError extends Error {
  readonly $fault: 'client' | 'server';
  readonly $metadata: {
    readonly httpStatusCode: number;
    readonly requestId: string;
    readonly attempts: number;
    readonly totalRetryDelay: number;
  };
  readonly $retryable?: { readonly throttling?: boolean };
  /** EC2 clients carry the code a second time. */
  readonly Code: string;

  constructor(code: string, message: string, options: AwsErrorOptions = {}) {
    super(message);
    this.name = code;
    this.Code = code;
    const status = options.status ?? (isThrottling(code) ? 429 : 400);
    this.$fault = status >= 500 ? 'server' : 'client';
    this.$metadata = { httpStatusCode: status, requestId: 'local', attempts: 1, totalRetryDelay: 0 };
    if (isThrottling(code)) this.$retryable = { throttling: true };
    Object.assign(this, options.members);
  }
}

export interface AwsErrorOptions {
  /** HTTP status. @default - 429 for throttling, else 400 */
  readonly status?: number;
  /** Modelled members of the error, e.g. `OpsItemId`. */
  readonly members?: Readonly<Record<string, unknown>>;
}

const THROTTLING_CODES = new Set([
  'ThrottlingException',
  'Throttling',
  'ThrottledException',
  'TooManyRequestsException',
  'RequestLimitExceeded',
  'RequestThrottled',
  'SlowDown',
]);

export const isThrottling = (code: string): boolean => THROTTLING_CODES.has(code);

const SERVER_CODES = new Set([
  'InternalServerError',
  'InternalFailure',
  'InternalError',
  'ServiceUnavailable',
]);

/** What the SDK tries again by itself. */
export const isRetryable = (code: string): boolean => isThrottling(code) || SERVER_CODES.has(code);

/** The error a fault rule asks for. */
export const injectedError = (code: string, service: string, operation: string): AwsError =>
  new AwsError(code, isThrottling(code) ? 'Rate exceeded' : `injected fault on ${service}:${operation}`, {
    ...(SERVER_CODES.has(code) ? { status: 500 } : {}),
  });
