/** Namespace of what the protect room's scripts tell CloudWatch (lib/protect/scripts/etcd-snapshot.sh). */
export const PROTECT_METRIC_NAMESPACE = 'Headroom/Protect';

/** 1 for each snapshot of etcd that was uploaded and read again; dimensions Environment and InstanceId. */
export const ETCD_SNAPSHOT_METRIC = 'EtcdSnapshotSaved';

/**
 * Hours without a good snapshot after which people are told: one may be missed, and the next one, which comes at its own
 * minute, has an hour to be repeated in. From 3 (every hour) to 49 (every day), within the seven days that an alarm looks back.
 */
export const oldSnapshotHours = (everyHours: number): number => 2 * everyHours + 1;
