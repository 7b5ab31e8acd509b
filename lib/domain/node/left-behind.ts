import { stepOf, type AutomationExecutionFacts } from '../outcome/automation-execution';
import type { CordonDrainResult } from './node-figures';
import type { PlanPayload } from '../plan/plan-payload';
import type { ScriptReading } from './run-command-output';

/** Something that the healing changed and did not take back. */
export interface LeftBehind {
  /** With the command that takes it back. */
  readonly text: string;
  /** `cordoned`: the cluster starts nothing on the node, which is not what a healed node is. */
  readonly kind: 'cordoned' | 'perhaps-cordoned' | 'unused-volume';
}

type Cordon = Readonly<Record<'drain' | 'uncordon' | 'takeBack', ScriptReading<CordonDrainResult>>>;

/** What an execution of the out-of-band lane leaves behind. Never throws. */
export const leftBehind = (
  execution: AutomationExecutionFacts,
  { drain, uncordon, takeBack }: Cordon,
  plan: PlanPayload | null,
): readonly LeftBehind[] => {
  const ran = (name: string): boolean => stepOf(execution, name) !== undefined;
  const takenBack = [uncordon, takeBack].some(
    (reading) => reading.ok && ['uncordoned', 'skipped'].includes(reading.value.action),
  );
  const left: LeftBehind[] = [];
  if (ran('drain') && !takenBack) {
    const node = drain.ok ? drain.value.node : '';
    const uncordonIt = `to uncordon it, run on a control-plane node: sudo kubectl --kubeconfig /etc/kubernetes/admin.conf uncordon ${node || 'NODE'}`;
    if (drain.ok && ['drained', 'cordoned'].includes(drain.value.action)) {
      left.push({ kind: 'cordoned', text: `${node} is cordoned; ${uncordonIt}` });
    } else if (!drain.ok || drain.value.action === 'failed') {
      left.push({ kind: 'perhaps-cordoned', text: `the node may be cordoned; ${uncordonIt}` });
    }
  }
  const grown = stepOf(execution, 'modifyOutOfBand')?.status === 'Success';
  if (grown && !ran('reboot') && plan !== null) {
    left.push({
      kind: 'unused-volume',
      text: `${plan.volumeId} has ${plan.targetSizeGiB} GiB now; / grows at the node's next boot, or when you run the document ExtendRoot`,
    });
  }
  return left;
};
