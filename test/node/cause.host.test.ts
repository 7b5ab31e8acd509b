import fc from 'fast-check';
import { nodeFilePath } from '../../lib/node/node-files';
import { run } from './run-script';

jest.setTimeout(60_000);

/** `cause_of LIMIT WHICH`, with the lines on standard input as a here-document of its own. */
const causeOf = async (lines: readonly string[], which: 'first' | 'last', limit: number): Promise<string> => {
  const script =
    'source "$0"; limit=$1 which=$2; shift 2; printf "%s\\n" "$@" | cause_of "$limit" "$which" >&3';
  const { stdout } = await run('bash', [
    '-c',
    script,
    nodeFilePath('common.sh'),
    String(limit),
    which,
    ...lines,
  ]);
  return stdout.trimEnd();
};

// In the form of klog (kubernetes v1.3x) and of containerd's logfmt, after public reports.
const STATE_FILE = '/var/lib/kubelet/pod_status_manager_state';
const TRUNCATED_STATE = [
  'I1129 03:14:57.512345    9096 server.go:525] "Kubelet version" kubeletVersion="v1.36.3"',
  `E1129 03:14:57.688607    9096 status_manager.go:203] "Could not initialize pod allocation checkpoint manager, please drain node and remove policy state file" err="could not restore state from checkpoint: unexpected end of JSON input, please drain this node and delete pod allocation checkpoint file \\"${STATE_FILE}\\" before restarting Kubelet"`,
  'goroutine 375 [running]:',
  'kubelet.service: Main process exited, code=exited, status=2/INVALIDARGUMENT',
  "kubelet.service: Failed with result 'exit-code'.",
];
const SNAPSHOT = '/var/lib/containerd/io.containerd.snapshotter.v1.overlayfs/snapshots/new-12345';
const CREATE_CONTAINER = [
  `E1129 15:10:00.000000    9096 pod_workers.go:1301] "Error syncing pod, skipping" err="failed to \\"StartContainer\\" for \\"kube-apiserver\\" with CreateContainerError: \\"failed to create containerd container: mkdir ${SNAPSHOT}: no space left on device\\"" pod="kube-system/kube-apiserver-ip-10-0-1-2" podUID="0123456789abcdef0123456789abcdef"`,
  'I1129 15:10:01.000000    9096 kubelet.go:1] "SyncLoop" error_count=0',
];
const CONTAINERD = [
  'time="2026-11-29T03:00:00.1Z" level=error msg="RunPodSandbox for &PodSandboxMetadata{Name:x,} failed, error" error="failed to create containerd task: write /run/containerd/task/config.json: no space left on device"',
  'time="2026-11-29T03:00:00.2Z" level=info msg="no error here"',
];
const CERTIFICATE = [
  'E1129 03:20:10.101112    1200 run.go:72] "command failed" err="failed to run Kubelet: unable to load bootstrap kubeconfig: stat /etc/kubernetes/bootstrap-kubelet.conf: no such file or directory"',
];

test.each([
  ['a truncated state file', TRUNCATED_STATE, ['unexpected end of JSON input', STATE_FILE]],
  ['a container that cannot be created', CREATE_CONTAINER, ['no space left on device', SNAPSHOT]],
  ['containerd', CONTAINERD, ['no space left on device', '/run/containerd/task/config.json']],
  ['no certificate', CERTIFICATE, ['no such file or directory', '/etc/kubernetes/bootstrap-kubelet.conf']],
])('%s: the cause and the file, in 160 bytes and in 120', async (_, lines, wanted) => {
  for (const limit of [160, 120]) {
    const said = await causeOf(lines, 'last', limit);
    expect(Buffer.byteLength(said)).toBeLessThanOrEqual(limit);
    for (const text of wanted) expect(said).toContain(text);
  }
});

test.each([
  [
    "growpart's last line is about its own way back",
    [
      'FAILED: failed to resize',
      '***** WARNING: Resize failed, attempting to revert ******',
      'Re-reading the partition table ...',
      'Restore appears to have gone OK',
    ],
    'FAILED: failed to resize',
  ],
  [
    "apt's first error, not its summary",
    [
      'Reading package lists...',
      'E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 77 (apt-get)',
      'E: Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend), is another process using it?',
    ],
    'E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 77 (apt-get)',
  ],
  [
    'a full disk explains the other errors',
    ['error: hook failed', 'dpkg: error: write error on /var/lib/dpkg/status: No space left on device'],
    'dpkg: error: write error on /var/lib/dpkg/status: No space left on device',
  ],
  ['where nothing sounds like an error, the last line', ['one', 'two', ''], 'two'],
  ['nothing', [''], ''],
])('%s', async (_, lines, wanted) => expect(await causeOf(lines, 'first', 200)).toBe(wanted));

test('whatever stands around them, and whatever the length, the cause and the file are there', async () => {
  const noise = fc.string({ maxLength: 300, unit: fc.constantFrom('a', ' ', 'é', '"', ':', '-', '1') });
  for (const [before, after] of fc.sample(fc.tuple(noise, noise), { numRuns: 25, seed: 11 })) {
    const line = `E1129 03:14:57.688607 9096 x.go:1] "failed" err="${before.replaceAll('"', '\\"')} open /var/lib/kubelet/state: no space left on device ${after.replaceAll('"', '\\"')}" pod="kube-system/x"`;
    const said = await causeOf([line], 'last', 120);
    expect(Buffer.byteLength(said)).toBeLessThanOrEqual(120);
    expect(said).toContain('no space left on device');
    expect(said).toContain('/var/lib/kubelet/state');
  }
});
