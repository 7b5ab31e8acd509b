import { outputOf, type AutomationStepFacts } from './automation-execution';
import { causeIn } from '../node/cause-line';
import type { ReclaimResult } from '../node/node-figures';
import { permissionIn } from '../plan/permission';
import type { PlanPayload } from '../plan/plan-payload';
import type { ScriptReading } from '../node/run-command-output';
import type { ScriptName, ScriptResults } from '../node/script-result-schemas';
import { SNAPSHOT_STEPS } from '../plan/snapshot-first';
import { formatBytes, formatPercent } from '../units';

/** Automation's words for a step that ended badly. https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-statuses.html */
const FAILURES: readonly string[] = ['Failed', 'TimedOut', 'Cancelled', 'Cancelling', 'Rejected'];

export const isFailure = (status: string): boolean => FAILURES.includes(status);

/** One line on what a step did, with its figures. */
export const describeStep = (
  step: AutomationStepFacts,
  reading: ScriptReading<ScriptResults[ScriptName]> | undefined,
  plan: PlanPayload | null,
): string => {
  // Where the script could speak for itself, Automation's message only repeats its whole output.
  const own = reading?.ok === true && reading.value.error !== undefined;
  const failure = isFailure(step.status) && !own ? (step.failureMessage ?? '') : '';
  const description =
    reading === undefined
      ? describeOther(step, plan)
      : reading.ok
        ? describeResult(reading.value)
        : reading.why;
  return [description, causeIn(failure, 300)].filter((text) => text !== '').join('; ');
};

const describeResult = (result: ScriptResults[ScriptName]): string => {
  const error = result.error === undefined ? '' : `; ${result.error}`;
  switch (result.script) {
    case 'assess-node':
      return `/ at ${formatPercent(result.root.usedPercent)}, ${formatBytes(result.root.availableBytes)} available, inodes at ${formatPercent(result.root.inodesUsedPercent)}, kubelet ${result.kubelet}${error}`;
    case 'reclaim-disk':
      return `freed ${formatBytes(result.bytesFreed)}: ${formatPercent(result.before.usedPercent)} to ${formatPercent(result.after.usedPercent)}${deletions(result)}${error}`;
    case 'extend-root':
      return `${result.changed ? 'extended' : 'nothing to extend'}: ${formatBytes(result.before.sizeBytes)} to ${formatBytes(result.after.sizeBytes)}, now at ${formatPercent(result.after.usedPercent)}${error}`;
    case 'restart-kubelet':
      return `kubelet ${result.action}, healthz ${result.healthz ? 'ok' : 'not ok'}${result.why === undefined ? '' : ` (${result.why})`}${error}`;
    case 'cordon-drain-node':
      return `${result.node || 'no node'} ${result.action}${result.why === undefined ? '' : `: ${result.why}`}${error}`;
    case 'verify-node': {
      const failed = result.checks
        .filter((check) => !check.ok)
        .map((check) => `${check.name} (${check.detail})`);
      const checks =
        failed.length === 0 ? `${result.checks.length} checks ok` : `not ok: ${failed.join(', ')}`;
      return `/ at ${formatPercent(result.root.usedPercent)}, ${checks}${error}`;
    }
    case 'prepare-node':
    case 'remove-headroom':
    case 'pause-guard':
      return `${result.changed.length} changes${error}`;
    case 'diagnose-node':
      return `${result.findings.length + result.more} findings${error}`;
    case 'cluster-facts':
      return `${result.members.length} control-plane nodes, API server ${result.apiServerVersion}${error}`;
    case 'upgrade-node':
      return `${result.from} to ${result.to}, ${result.steps.length} steps${error}`;
  }
};

/** How much was deleted, and the largest of it; each is on the node. */
const deletions = ({ deleted }: ReclaimResult): string => {
  if (deleted === undefined) return '';
  const largest = deleted.largest.map(
    ([, path, bytes, hours]) => `${path} (${formatBytes(bytes)}, ${hours} h old)`,
  );
  return `; deleted ${deleted.count}, ${formatBytes(deleted.bytes)}${largest.length === 0 ? '' : `, the largest: ${largest.join(', ')}`}`;
};

const describeOther = (step: AutomationStepFacts, plan: PlanPayload | null): string => {
  if (plan === null) return '';
  if (step.name === 'plan' || step.name === 'planOutOfBand') return `${plan.action}: ${plan.reason}`;
  if (SNAPSHOT_STEPS.includes(step.name)) return outputOf(step, 'SnapshotId') ?? '';
  // The node's line has the reason of a refusal; that of an approval is only here.
  if (step.name.startsWith('approvedPlan')) return permissionIn(step)?.reason ?? '';
  return step.name === 'modify' || step.name === 'modifyOutOfBand'
    ? `${plan.volumeId} from ${plan.volumeSizeGiB} to ${plan.targetSizeGiB} GiB`
    : '';
};
