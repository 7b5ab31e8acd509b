import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { DrilledInstance } from '../cloud/user-data';
import type { DrillNode } from '../drill-node';
import type { Timeline } from '../timeline';

const SCRIPT = '/usr/local/lib/headroom-drill/bring-up.sh';
const ASSETS = '/run/headroom-drill-assets';
/** Four minutes on an idle host. */
const BRING_UP_SECONDS = 3600;

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
 * @throws Error with the last words of the bootstrap
 */
export async function bringUpControlPlane(
  node: DrillNode,
  instance: DrilledInstance,
  timeline: Timeline,
): Promise<void> {
  timeline.setStatus('kubeadm makes a control plane');
  for (const [key, file] of instance.fetched) {
    const write = `mkdir --parents ${ASSETS} && cat > "${ASSETS}/$1"`;
    await node.exec('bash', ['-c', write, 'bash', basename(key)], { stdin: readFileSync(file) });
  }
  const { instanceId, privateIp, availabilityZone } = instance;
  const ran = await node.exec(SCRIPT, [instanceId, privateIp, availabilityZone], {
    timeoutSeconds: BRING_UP_SECONDS,
  });
  if (ran.exitCode !== 0) {
    throw new Error(`the node did not become a control plane:\n${ran.stdout}\n${ran.stderr}`);
  }
  for (const [, name, seconds] of ran.stdout.matchAll(/^drill: (\S+) took (\d+) s$/gm)) {
    timeline.add('node', `bootstrap: ${name} took ${seconds} s`);
  }
}
