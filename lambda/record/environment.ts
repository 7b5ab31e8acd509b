/** Environment variables of the record function: the contract between its construct and its handler. */
export const RECORD_ENVIRONMENT = {
  environmentName: 'HEADROOM_ENVIRONMENT',
  topicArn: 'HEADROOM_TOPIC_ARN',
  /** {@link NONE} if there is no chat. */
  chatTopicArn: 'HEADROOM_CHAT_TOPIC_ARN',
  /** {@link NONE} if there is no webhook. */
  webhookBusName: 'HEADROOM_WEBHOOK_BUS_NAME',
  /** Reports go to `s3://BUCKET/reports/INSTANCE/EXECUTION.json`, evidence to `evidence/INSTANCE/EXECUTION/`. */
  evidenceBucketName: 'HEADROOM_EVIDENCE_BUCKET_NAME',
  /** Account id. What a stranger has taken the name of gets no report. */
  evidenceBucketOwner: 'HEADROOM_EVIDENCE_BUCKET_OWNER',
  /** How long a question waits for its answer. */
  askSeconds: 'HEADROOM_ASK_SECONDS',
  /** `NamespaceLayout` of `lib/domain/names/metric-namespaces`. */
  namespaceLayout: 'HEADROOM_NAMESPACES',
  healDocumentName: 'HEADROOM_HEAL_DOCUMENT_NAME',
  /** JSON: `DiskPolicy` of `lib/domain/plan/disk-policy`. */
  diskLevels: 'HEADROOM_DISK_LEVELS',
} as const;

/** Every variable has a value: one that is missing is a mistake. */
export const NONE = 'none';
