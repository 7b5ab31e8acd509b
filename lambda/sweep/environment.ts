/** Environment variables of the sweep function: the contract between its construct and its handler. */
export const SWEEP_ENVIRONMENT = {
  environmentName: 'HEADROOM_ENVIRONMENT',
  healDocumentName: 'HEADROOM_HEAL_DOCUMENT_NAME',
  healQueueUrl: 'HEADROOM_HEAL_QUEUE_URL',
  /** JSON: `DiskPolicy` of `lib/domain/plan/disk-policy`. */
  diskLevels: 'HEADROOM_DISK_LEVELS',
  /** JSON: node group name → filesystem of its root disks. */
  filesystems: 'HEADROOM_FILESYSTEMS',
  /** `NamespaceLayout` of `lib/domain/names/metric-namespaces`. */
  namespaceLayout: 'HEADROOM_NAMESPACES',
  /** JSON: node group name → GiB that nodes that run must have at least; groups that declare none are left out. */
  declaredSizes: 'HEADROOM_DECLARED_SIZES',
  /** JSON: attached worker group → its Auto Scaling group. The silent nodes of these are counted. */
  attachedWorkers: 'HEADROOM_ATTACHED_WORKERS',
} as const;
