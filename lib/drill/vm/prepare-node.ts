import type { DrillNode } from '../drill-node';

export type NodeRole = 'control-plane' | 'worker';

const READY_SECONDS = 300;

const INSTALL_MANIFEST = 'install -m 0600 -D /usr/local/lib/headroom-drill/kube-apiserver.yaml "$manifest"';
const WAIT_UNTIL_READY = `
end=$((SECONDS + ${READY_SECONDS}))
until curl --silent --fail --max-time 2 --output /dev/null http://127.0.0.1:10248/healthz &&
  { [ ! -e "$manifest" ] || curl --silent --fail --max-time 2 --output /dev/null http://127.0.0.1:6443/readyz; }; do
  [ "$SECONDS" -lt "$end" ] || { journalctl --unit kubelet --no-pager --lines 20 >&2; exit 1; }
  sleep 0.2
done`;

/** Everything that {@link prepareNode} does to a node of the role, as a shell script. */
export function preparationScript(role: NodeRole): string {
  const act = role === 'control-plane' ? INSTALL_MANIFEST : 'rm -f "$manifest"';
  return `manifest=/etc/kubernetes/manifests/kube-apiserver.yaml\n${act} || exit 1\n${WAIT_UNTIL_READY}`;
}

/**
 * Makes a freshly started node what its role says, healthy: a control plane gets the API server's static-pod
 * manifest and answers on 6443, a worker has none. Resolves when kubelet and API server answer.
 * @throws Error with the kubelet's last lines when they do not within two minutes
 */
export async function prepareNode(node: DrillNode, role: NodeRole): Promise<void> {
  const ready = await node.exec('bash', ['-c', preparationScript(role)], {
    timeoutSeconds: READY_SECONDS + 30,
  });
  if (ready.exitCode !== 0) {
    throw new Error(`the node did not become a healthy ${role}: ${ready.stderr || ready.stdout}`);
  }
}
