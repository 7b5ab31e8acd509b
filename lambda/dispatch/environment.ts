/** Environment variables of the dispatch function: the contract between its construct and its handler. */
export const DISPATCH_ENVIRONMENT = {
  environmentName: 'HEADROOM_ENVIRONMENT',
  healDocumentName: 'HEADROOM_HEAL_DOCUMENT_NAME',
  /** JSON: names of the node groups that have a mode other than `act`. */
  watchedGroups: 'HEADROOM_WATCHED_GROUPS',
  /** JSON: `HealingBounds` of `lib/domain/plan/healing-bounds`. */
  healingBounds: 'HEADROOM_HEALING_BOUNDS',
  healQueueUrl: 'HEADROOM_HEAL_QUEUE_URL',
  deadLetterQueueUrl: 'HEADROOM_DEAD_LETTER_QUEUE_URL',
} as const;
