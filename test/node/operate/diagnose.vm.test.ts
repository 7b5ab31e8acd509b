import { readFileSync } from 'node:fs';
import { readScriptResult } from '../../../lib/domain/node/run-command-output';
import type { DiagnoseResult } from '../../../lib/domain/operate/operate-figures';
import { prepareNodeImage } from '../../../lib/drill/vm/image';
import { prepareNode } from '../../../lib/drill/vm/prepare-node';
import { VirtualMachine } from '../../../lib/drill/vm/virtual-machine';
import { renderScript } from '../../../lib/node/node-files';
import { outputOf } from '../run-script';

/** Builds the image where the cache has none, which takes minutes. */
jest.setTimeout(1_800_000);

const SCRIPT = `#!/usr/bin/env bash\n${renderScript('diagnose-node.sh')}\n`;
const API_ANSWERS = 'curl --silent --fail --max-time 2 --output /dev/null 127.0.0.1:6443/readyz';
const HEALTHY = 'curl --silent --fail --max-time 2 --output /dev/null 127.0.0.1:10248/healthz';
const CONDITIONS = {
  well: 'DiskPressure|False|KubeletHasNoDiskPressure|kubelet has no disk pressure\nReady|True|KubeletReady|kubelet is posting ready status\n',
  pressed:
    'DiskPressure|True|KubeletHasDiskPressure|kubelet has disk pressure\nReady|True|KubeletReady|kubelet is posting ready status\n',
  notReady:
    'DiskPressure|False|KubeletHasNoDiskPressure|kubelet has no disk pressure\nReady|Unknown|NodeStatusUnknown|Kubelet stopped posting node status.\n',
};

let vm: VirtualMachine;

async function bash(script: string, stdin?: string | Uint8Array): Promise<string> {
  const result = await vm.exec('bash', ['-c', script], {
    timeoutSeconds: 300,
    ...(stdin !== undefined && { stdin }),
  });
  return outputOf(script, result).trim();
}

const until = (check: string): Promise<string> =>
  bash(`for tries in {1..240}; do ${check} && exit 0; sleep 0.5; done; exit 1`);

/** What the script finds, by its one line, and what it tells people. */
async function diagnose(): Promise<{ readonly result: DiagnoseResult; readonly told: string }> {
  const ran = await vm.exec('bash', ['/run/diagnose-node.sh'], {
    timeoutSeconds: 300,
    environment: { HEADROOM_ENVIRONMENT: 'test', AWS_SSM_INSTANCE_ID: 'i-0aa11bb22cc33dd44' },
  });
  expect(ran).toMatchObject({
    exitCode: 0,
    stdout: expect.stringMatching(/^[^\n]{2,1999}\n$/) as unknown,
  });
  const reading = readScriptResult(ran.stdout, 'diagnose-node');
  if (!reading.ok) throw new Error(`${reading.why}\n${ran.stderr}`);
  return { result: reading.value, told: ran.stderr };
}

const kubectlSays = (conditions: string): Promise<string> => bash('cat > /run/conditions', conditions);

/** A certificate in place of the kubelet's own. @param days 0: it has ended by the time that it is looked at */
const certificate = (days: number): Promise<string> =>
  bash(`cd /run && openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout k.pem -out c.csr \
    -subj /O=system:nodes/CN=system:node:drill-node && mkdir --parents /var/lib/kubelet/pki &&
    openssl x509 -req -in c.csr -signkey k.pem -days ${days} -out /var/lib/kubelet/pki/kubelet-client-current.pem && sleep 1`);

beforeAll(async () => {
  const image = await prepareNodeImage({ rootFs: 'ext4' });
  vm = await VirtualMachine.start({ image });
  await prepareNode(vm, 'control-plane');
  await bash('cat > /run/diagnose-node.sh', SCRIPT);
  // Where the image has none: the host's own, of the same distribution.
  await bash(
    'command -v openssl > /dev/null || { cat > /usr/local/bin/openssl; chmod 755 /usr/local/bin/openssl; openssl version; }',
    readFileSync('/usr/bin/openssl'),
  );
  // What a node has that has joined; a stand-in answers for the cluster.
  await bash(`set -o errexit
    mkdir --parents /etc/cni/net.d
    echo '{"cniVersion":"1.0.0","name":"test","plugins":[]}' > /etc/cni/net.d/10-test.conflist
    echo 'failSwapOn: true' > /var/lib/kubelet/config.yaml
    printf 'apiVersion: v1\\nkind: Config\\n' > /etc/kubernetes/kubelet.conf
    printf '#!/bin/sh\\ncat /run/conditions\\n' > /usr/local/bin/kubectl
    chmod 755 /usr/local/bin/kubectl`);
  await kubectlSays(CONDITIONS.well);
  await certificate(365);
});

afterAll(async () => {
  await vm?.stop();
});

test('finds nothing on a healthy node', async () => {
  const { result, told } = await diagnose();
  expect(result).toMatchObject({ role: 'control-plane', node: 'drill-node', findings: [], more: 0 });
  expect(told).toMatch(/SCOPE .*control-plane[^]*FACTS[^]*RECENT CHANGES[^]*FINDINGS.*\n {2}none/);
  // The files were just written, and that is what changed.
  expect(told).toMatch(/file \S+ \/etc\/kubernetes\/kubelet\.conf changed/);
  expect(told).toMatch(/clock: \d+ s off the hardware clock/);
});

interface Fault {
  readonly make: string | (() => Promise<unknown>);
  readonly undo: string | (() => Promise<unknown>);
  /** All that is found, the first one first. */
  readonly found: readonly string[];
  readonly evidence: RegExp;
  readonly next: RegExp;
}

const FAULTS: Readonly<Record<string, Fault>> = {
  'swap is on': {
    make: 'dd if=/dev/zero of=/swapfile bs=1M count=16 status=none && chmod 600 /swapfile && mkswap /swapfile && swapon /swapfile',
    undo: 'swapoff --all && rm /swapfile',
    found: ['swap-on'],
    evidence: /^swap is on: \/swapfile \(1[56] MiB\)$/,
    next: /^swapoff --all && sed .* \/etc\/fstab && systemctl restart kubelet$/,
  },
  'the kubelet is stopped': {
    make: 'systemctl stop kubelet',
    undo: () => bash('systemctl start kubelet').then(() => until(HEALTHY)),
    found: ['kubelet-down'],
    evidence: /^kubelet is inactive, healthz: no answer on port 10248/,
    next: /^systemctl restart kubelet; journalctl/,
  },
  'containerd is stopped': {
    make: 'systemctl stop containerd',
    undo: () => bash('systemctl start containerd').then(() => until('crictl ps --quiet > /dev/null 2>&1')),
    found: ['containerd-down'],
    evidence: /^containerd is inactive/,
    next: /^systemctl restart containerd/,
  },
  'a certificate expires soon': {
    make: () => certificate(5),
    undo: () => certificate(365),
    found: ['certificate-expiring'],
    evidence:
      /^\/var\/lib\/kubelet\/pki\/kubelet-client-current\.pem expires \d{4}-\d\d-\d\d, in 4 days; 1 in total$/,
    next: /^systemctl restart kubelet/,
  },
  'a certificate has expired': {
    make: () => certificate(0),
    undo: () => certificate(365),
    found: ['certificate-expired'],
    evidence: /kubelet-client-current\.pem expired \d{4}-\d\d-\d\d, \d+ days ago/,
    next: /^systemctl restart kubelet/,
  },
  'the clock is three hours behind': {
    make: "date --set '-3 hours'",
    undo: () => vm.setClock(),
    found: ['clock-off'],
    evidence: /^the node's clock reads \S+Z, 10[78]\d\d s off the hardware clock$/,
    next: /chronyc makestep/,
  },
  'the API server refuses connections': {
    make: `sed --in-place "s#'httpd', '-f'#'false', '-f'#" /etc/kubernetes/manifests/kube-apiserver.yaml &&
      crictl stop --timeout 1 "$(crictl ps --quiet --name kube-apiserver)" && ! ${API_ANSWERS}`,
    undo: () =>
      bash(`sed --in-place "s#'false', '-f'#'httpd', '-f'#" /etc/kubernetes/manifests/kube-apiserver.yaml &&
        systemctl restart kubelet`).then(() => until(API_ANSWERS)),
    found: ['api-refused'],
    evidence: /^nothing answers on 127\.0\.0\.1:6443/,
    next: /^systemctl restart kubelet; .*crictl logs .*--name kube-apiserver/,
  },
  'no CNI configuration': {
    make: 'mv /etc/cni/net.d/10-test.conflist /run/',
    undo: 'mv /run/10-test.conflist /etc/cni/net.d/',
    found: ['cni-missing'],
    evidence: /^\/etc\/cni\/net\.d has no configuration/,
    next: /^kubectl .*get daemonsets/,
  },
  'the cluster says DiskPressure': {
    make: () => kubectlSays(CONDITIONS.pressed),
    undo: () => kubectlSays(CONDITIONS.well),
    found: ['disk-pressure'],
    evidence: /^DiskPressure: KubeletHasDiskPressure: kubelet has disk pressure$/,
    next: /^aws ssm start-automation-execution --document-name headroom-test-HealNode --parameters InstanceId=i-0aa11bb22cc33dd44$/,
  },
  'the cluster says NotReady': {
    make: () => kubectlSays(CONDITIONS.notReady),
    undo: () => kubectlSays(CONDITIONS.well),
    found: ['not-ready'],
    evidence: /^Ready is Unknown: NodeStatusUnknown: Kubelet stopped posting node status\.$/,
    next: /^kubectl describe node drill-node$/,
  },
  'the node never joined': {
    make: 'mv /etc/kubernetes/kubelet.conf /var/lib/kubelet/config.yaml /run/ && echo "headroom: failed: kubernetes" > /var/log/cloud-init-output.log',
    undo: 'mv /run/kubelet.conf /etc/kubernetes/ && mv /run/config.yaml /var/lib/kubelet/',
    found: ['join-failed'],
    evidence: /^the node never joined: .*; headroom: failed: kubernetes$/,
    next: /cloud-init-output\.log/,
  },
  'the disk is nearly full': {
    make: `fallocate --length $(($(df --block-size=1 --output=avail / | tail --lines=1) - 200 * 1048576)) /filling`,
    undo: 'rm /filling',
    found: ['disk-full'],
    evidence: /^9\d\.\d % of \/ used, [1-9]\d{1,2} MiB available$/,
    next: /headroom-test-HealNode/,
  },
  'the kubelet is down since containerd is': {
    make: 'systemctl stop kubelet containerd',
    undo: () => bash('systemctl start containerd kubelet').then(() => until(HEALTHY)),
    found: ['containerd-down', 'kubelet-down'],
    evidence: /^containerd is inactive/,
    next: /^systemctl restart containerd/,
  },
};

test.each(Object.entries(FAULTS))(
  'finds %s, with evidence and the next command',
  async (_, { make, undo, found, evidence, next }) => {
    await (typeof make === 'string' ? bash(make) : make());
    try {
      const { result, told } = await diagnose();
      expect(result.findings.map(({ name }) => name)).toEqual(found);
      expect(result.findings[0]?.evidence).toMatch(evidence);
      expect(result.findings[0]?.next).toMatch(next);
      for (const finding of result.findings)
        // The result's is cut in its middle where the line has no room; what a person reads is not.
        expect(told).toContain(`${finding.name}\n    evidence: ${finding.evidence.split(/ ?\.\.\./)[0]}`);
    } finally {
      await (typeof undo === 'string' ? bash(undo) : undo());
    }
  },
);

test('finds nothing once every fault is fixed', async () => {
  expect((await diagnose()).result.findings).toEqual([]);
});
