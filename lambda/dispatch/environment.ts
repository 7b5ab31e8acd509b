/** Environment variables of the dispatch function: the contract between its construct and its handler. */
export const DISPATCH_ENVIRONMENT = {
  environmentName: 'HEADROOM_ENVIRONMENT',
  healDocumentName: 'HEADROOM_HEAL_DOCUMENT_NAME',
  deadLetterQueueUrl: 'HEADROOM_DEAD_LETTER_QUEUE_URL',
} as const;
