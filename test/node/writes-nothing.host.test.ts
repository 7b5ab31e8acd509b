import { readFileSync } from 'node:fs';
import { renderScript, scriptNames, nodeFilePath } from '../../lib/node/node-files';
import { OverlayRoot } from './overlay-root';
import { expectOneLine } from './run-script';

jest.setTimeout(180_000);

/**
 * kubectl as far as it matters here: without --cache-dir its cache goes to $HOME/.kube/cache, and without HOME to .kube/cache of the
 * working directory (client-go homedir.HomeDir gives ''; measured under the real agent as /usr/bin/.kube).
 */
const KUBECTL = `#!/bin/bash
cache=\${HOME:+$HOME/}.kube/cache
while (($# > 0)); do
  case $1 in
    --cache-dir=*) cache=\${1#*=} ;;
    --cache-dir) cache=$2 ;;
  esac
  shift
done
mkdir -p "$cache" && date >"$cache/discovery"
echo 'ip-10-0-0-1|aws:///a/i-0123456789abcdef0|v1.36.3|True||node-role.kubernetes.io/control-plane'
`;
const SYSTEMCTL = `#!/bin/bash
printf 'LoadState=loaded\\nActiveState=active\\n'
`;

let root: OverlayRoot;
beforeEach(() => {
  root = new OverlayRoot();
  root.put('usr/local/sbin/kubectl', KUBECTL, 0o755);
  root.put('usr/local/sbin/systemctl', SYSTEMCTL, 0o755);
  for (const name of ['admin', 'kubelet']) root.put(`etc/kubernetes/${name}.conf`, '');
});
afterEach(() => root.destroy());

test.each([
  ['assess-node', {}],
  ['verify-node', { HEADROOM_WAIT_SECONDS: '0', HEADROOM_TRANSITION_SECONDS: '0' }],
  ['restart-kubelet', { HEADROOM_WAIT_SECONDS: '1', HEADROOM_GRACE_SECONDS: '0' }],
  ['cordon-drain-node', { HEADROOM_INSTANCE_ID: 'i-0123456789abcdef0' }],
  ['diagnose-node', {}],
  ['cluster-facts', {}],
  ['reclaim-disk', { HEADROOM_DRY_RUN: 'true', HEADROOM_TARGET_PERCENT: '1' }],
  ['extend-root', { HEADROOM_DRY_RUN: 'true' }],
  ['prepare-node', { HEADROOM_DRY_RUN: 'true' }],
  ['upgrade-node', { HEADROOM_DRY_RUN: 'true', HEADROOM_TARGET_VERSION: '1.36.3' }],
  ['drill-disk', {}],
  ['restore-etcd', { HEADROOM_DRY_RUN: 'true' }],
] as const)('%s without HOME, in /usr/bin, writes nothing outside /run', async (script, env) => {
  const outcome = await root.run(renderScript(`${script}.sh`), { env });
  expect(expectOneLine(outcome)).toMatchObject({ script });
  expect(outcome.written).toEqual([]);
});

test('the harness sees what is written', async () => {
  const { written } = await root.run(
    'kubectl get nodes >/dev/null; echo x >/var/lib/found; echo x >/run/lost',
  );
  expect(written).toEqual(['/usr/bin/.kube/cache/discovery', '/var/lib/found']);
});

/** Called alone or through a function of the same file, which has the option. */
test.each(scriptNames())('%s: every kubectl has its cache in /run', (name) => {
  const calls = readFileSync(nodeFilePath(name), 'utf8')
    .replace(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => /(?:bounded|timeout \d+) kubectl /.test(line) && !/^\s*#/.test(line));
  expect(calls.filter((line) => !/--cache-dir[= ]\/run\//.test(line))).toEqual([]);
});
