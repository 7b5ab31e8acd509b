/** Environment variables of the attach function: the contract between its construct and its handler. */
export const ATTACH_ENVIRONMENT = {
  environmentName: 'HEADROOM_ENVIRONMENT',
} as const;
