import type { SdkClient } from './sdk';

/**
 * Patience with throttling: the SDK backs off exponentially from 100 ms (500 ms when throttled) up to 20 s.
 * A dead connection must not eat a function's time. The timeouts are milliseconds.
 */
const SDK_SETTINGS = {
  retryMode: 'standard',
  maxAttempts: 6,
  requestHandler: { connectionTimeout: 3_000, requestTimeout: 10_000 },
} as const;

/** What a client may have otherwise. */
export interface ClientSettings {
  /** @default - what the SDK finds itself */
  readonly region?: string;
  /** First call and retries. */
  readonly maxAttempts?: number;
}

/**
 * A function that makes clients of a service, with the credentials that the SDK finds itself. The SDK's client is created
 * at the first call: importing a handler must need neither a region nor credentials.
 */
export const clientOf =
  (Client: new (settings: Omit<typeof SDK_SETTINGS, keyof ClientSettings> & ClientSettings) => object) =>
  (settings: ClientSettings = {}): SdkClient => {
    let client: SdkClient | undefined;
    return {
      send: (command, options) =>
        (client ??= new Client({ ...SDK_SETTINGS, ...settings }) as SdkClient).send(command, options),
    };
  };
