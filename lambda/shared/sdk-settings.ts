/**
 * Patience with throttling: the SDK backs off exponentially from 100 ms (500 ms when throttled) up to 20 s.
 * A dead connection must not eat the function's time.
 */
export const sdkSettings = {
  retryMode: 'standard',
  maxAttempts: 6,
  requestHandler: { connectionTimeout: 3_000, requestTimeout: 10_000 },
} as const;
