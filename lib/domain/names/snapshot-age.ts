/**
 * Seconds since a control-plane node saved a good snapshot of etcd; before the first one, since Headroom watches the node.
 * Its guard (lib/node/guard-duties.sh) sends it by StatsD, whatever came of the timer that saves.
 */
export const ETCD_SNAPSHOT_AGE_METRIC = 'headroom_etcd_snapshot_age_seconds';

/**
 * Hours without a good snapshot after which operators are notified: one may be missed, and the next one, which comes at its own
 * minute, has an hour to be repeated in. From 3 (every hour) to 49 (every day).
 */
export const oldSnapshotHours = (everyHours: number): number => 2 * everyHours + 1;
