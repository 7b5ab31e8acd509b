import type { DrillNode } from '../drill-node';

export type NodeRole = 'control-plane' | 'worker';

const READY_SECONDS = 300;

/** Manifests of an overlay, e.g. those of a real control plane, stay. */
const INSTALL_MANIFESTS = `[ -e "$manifests/kube-apiserver.yaml" ] ||
  install -m 0600 -D -t "$manifests" /usr/local/lib/headroom-drill/manifests/*.yaml`;
const API_SERVER_READY = ['https', 'http']
  .map((scheme) => `curl $quietly --insecure ${scheme}://127.0.0.1:6443/readyz`)
  .join(' || ');
const WAIT_UNTIL_READY = `
quietly='--silent --fail --max-time 2 --output /dev/null'
ready() { curl $quietly http://127.0.0.1:10248/healthz && { [ ! -e "$manifests/kube-apiserver.yaml" ] || ${API_SERVER_READY}; }; }
etcd_ready() { [ ! -e "$manifests/etcd.yaml" ] || curl $quietly http://127.0.0.1:2381/health; }
end=$((SECONDS + ${READY_SECONDS}))
until ready && etcd_ready; do
  [ "$SECONDS" -lt "$end" ] || { journalctl --unit kubelet --no-pager --lines 20 >&2; exit 1; }
  sleep 0.2
done`;

/** Everything that {@link prepareNode} does to a node of the role, as a shell script. */
export function preparationScript(role: NodeRole): string {
  const act = role === 'control-plane' ? INSTALL_MANIFESTS : 'rm -f "$manifests"/*.yaml';
  return `manifests=/etc/kubernetes/manifests\n{ ${act}; } || exit 1\n${WAIT_UNTIL_READY}`;
}

/**
 * Makes a freshly started node what its role says, healthy: a control plane gets the static pods' manifests, and its
 * API server and etcd answer; a worker has none. Resolves when kubelet, API server and etcd answer.
 * @throws Error with the kubelet's last lines when they do not within five minutes
 */
export async function prepareNode(node: DrillNode, role: NodeRole): Promise<void> {
  const ready = await node.exec('bash', ['-c', preparationScript(role)], {
    timeoutSeconds: READY_SECONDS + 30,
  });
  if (ready.exitCode !== 0) {
    throw new Error(`the node did not become a healthy ${role}: ${ready.stderr || ready.stdout}`);
  }
}
