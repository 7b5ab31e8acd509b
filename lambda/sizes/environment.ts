/** Environment variables of the sizes function: the contract between its construct and its handler. */
export const SIZES_ENVIRONMENT = {
  environmentName: 'HEADROOM_ENVIRONMENT',
  healDocumentName: 'HEADROOM_HEAL_DOCUMENT_NAME',
  healQueueUrl: 'HEADROOM_HEAL_QUEUE_URL',
  /** Parameter Store: `AppliedSizes` of `lib/domain/sizing/applied-sizes`. */
  appliedSizesParameter: 'HEADROOM_APPLIED_SIZES_PARAMETER',
} as const;

/** How long a deploy looks on, seconds. Three control-plane nodes, one after the other, take some six minutes. */
export const SIZES_WAIT_SECONDS = 12 * 60;
