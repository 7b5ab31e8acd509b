export { errorCode } from '../aws/errors';
export type { SdkClient as SdkShapedClient } from '../aws/sdk';
