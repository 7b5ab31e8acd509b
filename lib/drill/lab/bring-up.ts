import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { DrilledInstance } from '../cloud/user-data';
import type { DrillNode } from '../drill-node';
import { mustExec } from '../observe-node';
import type { Timeline } from '../timeline';

const SCRIPT = '/usr/local/lib/headroom-drill/bring-up.sh';
const ASSETS = '/run/headroom-drill-assets';
/** bring-up.sh's, in their order. */
const STEPS = ['prepare', 'container_runtime', 'cluster', 'manifests', 'ready', 'workload'];

/** What {@link bringUpControlPlane} depends on besides the image and the user data. */
export const bringUpRecipe = ({
  instanceId,
  privateIp,
  availabilityZone,
  fetched,
}: DrilledInstance): unknown[] => [
  ...['real control plane', instanceId, privateIp, availabilityZone],
  ...[...fetched].map(([key, file]) => [key, readFileSync(file, 'utf8')]),
];

/**
 * Makes a node whose user data ran the first control plane of a real cluster, by its bootstrap's own sections, with its
 * pod network and a workload; resolves when all pods are ready.
 * @throws CannotRunError with the last words of the step that failed
 */
export async function bringUpControlPlane(
  node: DrillNode,
  instance: DrilledInstance,
  timeline: Timeline,
): Promise<void> {
  for (const [key, file] of instance.fetched) {
    const write = `mkdir --parents ${ASSETS} && cat > "${ASSETS}/$1"`;
    await mustExec(node, `write ${key}`, 'bash', ['-c', write, 'bash', basename(key)], readFileSync(file));
  }
  const { instanceId, privateIp, availabilityZone } = instance;
  for (const step of STEPS) {
    timeline.setStatus(`the node becomes a control plane: ${step}`);
    const from = timeline.seconds();
    const what = `the node becomes a control plane, step ${step}`;
    await mustExec(node, what, SCRIPT, [step, instanceId, privateIp, availabilityZone]);
    timeline.add('node', `${step} took ${Math.round(timeline.seconds() - from)} s`);
  }
}
