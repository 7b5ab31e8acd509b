/** Environment variables of the game-day function: the contract between its construct and its handler. */
export const GAME_DAY_ENVIRONMENT = {
  environmentName: 'HEADROOM_ENVIRONMENT',
  healDocumentName: 'HEADROOM_HEAL_DOCUMENT_NAME',
  topicArn: 'HEADROOM_TOPIC_ARN',
} as const;
