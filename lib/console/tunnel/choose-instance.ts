import { ConsoleError } from '../console-error';
import { deployCommand } from '../deploy-command';

export interface TunnelCandidate {
  readonly instanceId: string;
  /** EC2's word. */
  readonly state: string;
  readonly controlPlane: boolean;
  /** Systems Manager's word; undefined: the agent never registered. */
  readonly agent: string | undefined;
}

/**
 * Control-plane instances that can carry the tunnel, best first: those that did not fail yet, then by id.
 * @param failed how often each one failed in this tunnel
 * @throws ConsoleError when there is none, with what each one lacks
 */
export const candidates = (
  all: readonly TunnelCandidate[],
  environment: string,
  failed: ReadonlyMap<string, number> = new Map(),
): readonly string[] => {
  const controlPlane = all.filter((each) => each.controlPlane);
  const able = controlPlane
    .filter(({ state, agent }) => state === 'running' && agent === 'Online')
    .map(({ instanceId }) => instanceId)
    .sort((a, b) => (failed.get(a) ?? 0) - (failed.get(b) ?? 0) || a.localeCompare(b));
  if (able.length > 0) return able;
  throw new ConsoleError(
    controlPlane.length === 0
      ? `${environment} has no control-plane instance. Deploy it with \`${deployCommand(environment)}\`; ` +
          'a managed control plane (EKS) has its own access.'
      : `No control-plane instance of ${environment} can be reached by Session Manager:\n${controlPlane
          .map(
            ({ instanceId, state, agent }) =>
              `  ${instanceId}: ${state}, agent ${agent ?? 'never registered'}`,
          )
          .join('\n')}\nSee docs/runbook.md#node-silent.`,
  );
};
