import { TAGS } from '../names/naming';
import type { UsageSample } from '../sizing/growth-forecast';

const MINUTE_MS = 60_000;

/** A node that has just started gets time to be measured; a healed one, to be measured again. */
export const SETTLE_MS = 15 * MINUTE_MS;
/** One that was never measured may lack the agent: State Manager installs it, and configures it at its next half-hour. */
const FIRST_MEASUREMENT_MS = 60 * MINUTE_MS;
/** After its last measurement a node of a group counts as silent; a restarted agent is back by then. */
const SILENT_MS = 7 * MINUTE_MS;

/** In Headroom's namespace, counted by the sweep for attached worker groups. */
export const SILENT_NODES = { name: 'SilentNodes', unit: 'Count' } as const;

/**
 * Message of the sweep's log line with the ids of a group's silent nodes; a quoted phrase finds it in the log.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
 */
export const SILENT_NODES_LOG = 'silent nodes';

/** By the group's own name: that is how an alarm's reader finds which nodes it watches. */
export const silentNodesDimensions = (
  environment: string,
  autoScalingGroupName: string,
): Readonly<Record<string, string>> => ({
  Environment: environment,
  AutoScalingGroupName: autoScalingGroupName,
});

export interface ExpectedNode {
  /** Milliseconds since the epoch; undefined: EC2 did not say. */
  readonly launchedAtMs: number | undefined;
  /** undefined: Headroom made it, or it was attached long ago. */
  readonly attachedAtMs?: number | undefined;
  /** Of the last hours, in any order. */
  readonly samples: readonly UsageSample[];
}

/** When the node was attached, by its tag; undefined: by no tag that can be right. Milliseconds since the epoch. */
export const attachedAtMs = (tags: Readonly<Record<string, string>>, nowMs: number): number | undefined => {
  const at = Date.parse(tags[TAGS.attachedAt] ?? '');
  return at <= nowMs ? at : undefined;
};

/** Since when it could report: it runs, and Headroom measures it. 0: it is not known. */
const expectedSinceMs = ({ launchedAtMs = 0, attachedAtMs: attached = 0 }: ExpectedNode): number =>
  Math.max(launchedAtMs, attached);

/** It runs, and Headroom has measured it, for so long that a measurement is due. */
export const hadTimeToReport = (node: ExpectedNode, nowMs: number): boolean =>
  expectedSinceMs(node) <= nowMs - (node.samples.length === 0 ? FIRST_MEASUREMENT_MS : SETTLE_MS);

/** An alarm on missing data rings for a node that has yet to be measured for the first time, too. */
export const awaitsFirstMeasurement = (tags: Readonly<Record<string, string>>, nowMs: number): boolean => {
  const at = attachedAtMs(tags, nowMs);
  return at !== undefined && at > nowMs - FIRST_MEASUREMENT_MS;
};

/** It should report, and does not. */
const isSilent = (node: ExpectedNode, nowMs: number): boolean => {
  const sinceMs = expectedSinceMs(node);
  const lastMs = Math.max(0, ...node.samples.map(({ atMs }) => atMs));
  if (lastMs >= sinceMs && lastMs > 0) return lastMs <= nowMs - SILENT_MS;
  return hadTimeToReport(node, nowMs);
};

/** Ids of the silent nodes of each of these groups. */
export const silentNodes = (
  nodes: readonly (ExpectedNode & { readonly instanceId: string; readonly nodeGroup: string | undefined })[],
  groups: readonly string[],
  nowMs: number,
): Readonly<Record<string, readonly string[]>> =>
  Object.fromEntries(
    groups.map((group) => [
      group,
      nodes
        .filter((node) => node.nodeGroup === group && isSilent(node, nowMs))
        .map(({ instanceId }) => instanceId),
    ]),
  );
