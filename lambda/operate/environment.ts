/** Environment variables of the operate function: the contract between its construct and its handler. */
export const OPERATE_ENVIRONMENT = {
  environmentName: 'HEADROOM_ENVIRONMENT',
} as const;
