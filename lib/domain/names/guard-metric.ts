/** What the guard on each node (lib/node/guard.sh) sends to the CloudWatch agent by StatsD: 1 when it fails, else 0. */
export const GUARD_METRIC = 'headroom_guard_failed';

/** The tag that the guard puts on it; the agent makes it a dimension. */
export const GUARD_ENVIRONMENT_TAG = 'environment';

/** What a node's first boot (lib/node/bootstrap/common.sh) sends the same way: 1 when it failed, 0 when the node is set up. */
export const BOOTSTRAP_METRIC = 'headroom_bootstrap_failed';

/** UDP, loopback only. Not 8125: agents in pods with host ports take that one. */
export const GUARD_STATSD_PORT = 18125;
