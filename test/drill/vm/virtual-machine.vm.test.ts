import { GuestCommandTimeout } from '../../../packages/local-aws/src';
import { prepareNodeImage } from '../../../lib/drill/vm/image';
import { prepareNode } from '../../../lib/drill/vm/prepare-node';
import { VirtualMachine } from '../../../lib/drill/vm/virtual-machine';
import { renderScript } from '../../../lib/node/node-files';
import { outputOf } from '../../node/run-script';

const GIB = 1024 ** 3;
/** The kubelet's answer, and the API server's and etcd's status: 000 when nothing listens. */
const HEALTH =
  'curl -s -m 2 127.0.0.1:10248/healthz; for url in 6443/readyz 2381/health; do curl -s -m 2 -o /dev/null -w " %{http_code}" 127.0.0.1:$url; done; true';
const IMAGES = 'crictl images | grep --only-matching "registry.invalid/[a-z-]*" | sort | uniq';
/** A full disk takes the journal with it, so what the kubelet says is kept in memory. */
const KEEP_WORDS =
  'mkdir -p /run/systemd/system/kubelet.service.d && ' +
  "printf '[Service]\\nStandardOutput=append:/run/kubelet.log\\n' > /run/systemd/system/kubelet.service.d/words.conf && " +
  'systemctl daemon-reload && systemctl restart kubelet';
/**
 * The kubelet's words, and the pods whose process has ended while the runtime calls them running: on a full disk containerd may
 * not be able to record the end, and the kubelet sees none then. Which of the two comes is a matter of single blocks.
 */
const WHY_DOWN =
  'tail --lines 60 /run/kubelet.log; for id in $(crictl ps --quiet --state Running); do ' +
  "pid=$(crictl inspect --output go-template --template '{{.info.pid}}' $id); [ -d /proc/$pid ] || echo unrecorded: $id; done";
const RESTART_KUBELET = renderScript('restart-kubelet.sh');
/** Takes every block that is freed: one is enough for etcd. */
const WRITER =
  'systemd-run --quiet --unit drill-writer bash -c ' +
  '"while :; do dd if=/dev/zero of=/var/lib/drill-data bs=4K oflag=append conv=notrunc status=none; sleep 1; done"';

/** Builds the image where the cache has none, which takes minutes. */
jest.setTimeout(1_800_000);

async function bash(vm: VirtualMachine, script: string, timeoutSeconds = 600): Promise<string> {
  const result = await vm.exec('bash', ['-c', script], { timeoutSeconds });
  return outputOf(script, result).trim();
}

async function waitFor(vm: VirtualMachine, script: string, pattern: RegExp, seconds = 240): Promise<string> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const seen = await bash(vm, script);
    if (pattern.test(seen) || Date.now() > end) {
      expect(seen).toMatch(pattern);
      return seen;
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

describe.each([
  { rootFs: 'ext4', layout: 'partition', device: '/dev/vda1' },
  { rootFs: 'xfs', layout: 'lvm', device: '/dev/mapper/drill-root' },
] as const)('a node with $rootFs', ({ rootFs, layout, device }) => {
  let vm: VirtualMachine;

  beforeAll(async () => {
    const onProgress = ({
      step,
      status,
      seconds,
    }: {
      step: string;
      status: string;
      seconds?: number;
    }): void =>
      void process.stderr.write(
        `image ${rootFs}: ${step} ${status}${seconds ? ` after ${seconds} s` : ''}\n`,
      );
    const image = await prepareNodeImage({ rootFs, layout, onProgress });
    vm = await VirtualMachine.start({ image });
  });

  afterAll(async () => {
    await vm?.stop();
  });

  test('has the root filesystem and the clock it should have', async () => {
    expect(await bash(vm, 'findmnt -n -o SOURCE,FSTYPE /')).toMatch(new RegExp(`^${device}\\s+${rootFs}$`));
    expect(Math.abs(Number(await bash(vm, 'date +%s')) - Date.now() / 1000)).toBeLessThan(5);
    expect(vm.diskBytes()).toBe(8 * GIB);
  });

  test('runs commands: both streams, exit code, input, environment', async () => {
    const options = { stdin: 'in ä', environment: { GREETING: 'hello' } };
    const script = 'cat; echo " $GREETING $HOME"; echo bad >&2; exit 3';
    expect(await vm.exec('bash', ['-c', script], options)).toEqual({
      exitCode: 3,
      stdout: 'in ä hello /root\n',
      stderr: 'bad\n',
    });
    expect(await vm.exec('/no/such/program', [])).toMatchObject({ exitCode: 127 });
  });

  test('kills a command that takes too long', async () => {
    const script = 'echo started; sleep 4321 & sleep 4321';
    const error: unknown = await vm
      .exec('bash', ['-c', script], { timeoutSeconds: 1 })
      .catch((e: unknown) => e);
    expect(error).toBeInstanceOf(GuestCommandTimeout);
    expect(String(error)).toContain('it said: started');
    expect(await bash(vm, 'pgrep --full "^sleep 4321" || echo none')).toBe('none');
  });

  test('has a journal to vacuum, images to prune, and a pinned pause image', async () => {
    expect(Number(await bash(vm, 'du -sm /var/log/journal | cut -f1'))).toBeGreaterThan(200);
    const images = JSON.parse(await bash(vm, 'crictl images -o json')) as {
      images: { repoTags: string[]; pinned: boolean }[];
    };
    const pinned = images.images.filter((image) => image.pinned).flatMap((image) => image.repoTags);
    expect(pinned).toEqual(['registry.invalid/pause:3.10']);
    expect(images.images.length).toBeGreaterThanOrEqual(9);
    expect(await bash(vm, 'crictl ps --quiet --state Running --name app | wc -l')).toBe('1');
  });

  test('repeats the incident when its disk is full, and recovers when the kubelet is restarted', async () => {
    await prepareNode(vm, 'control-plane');
    await bash(vm, KEEP_WORDS);
    await waitFor(vm, HEALTH, /^ok 200 200$/);
    const labels = await bash(vm, 'crictl ps --name etcd --output json');
    expect(labels).toMatch(/"io.kubernetes.pod.name": "etcd-drill-node"/);
    expect(labels).toMatch(/"io.kubernetes.container.name": "etcd"/);

    await bash(vm, 'drill-fill');
    await bash(vm, WRITER);
    const figures = await vm.rootFigures();
    expect(figures).toMatchObject({ usedPercent: 100, availableBytes: 0 });

    // What no container uses is deleted, the workload is evicted; the control plane ends, etcd first.
    const kept = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'pause'];
    expect(await bash(vm, IMAGES)).toBe(kept.map((image) => `registry.invalid/${image}`).join('\n'));
    await waitFor(vm, HEALTH, /^ok \d{3} 000$/);
    await waitFor(vm, HEALTH, /^ok 000 000$/);
    await waitFor(
      vm,
      WHY_DOWN,
      /CrashLoopBackOff: .*back-off \d+s restarting failed container=kube-apiserver|unrecorded: /,
    );
    expect((await vm.rootFigures()).availableBytes).toBe(0);

    await bash(vm, 'systemctl stop drill-writer && rm --force /var/lib/drill-data*');
    expect(JSON.parse(await bash(vm, RESTART_KUBELET))).toMatchObject({ ok: true });
    await waitFor(vm, HEALTH, /^ok 200 200$/);
    expect((await vm.rootFigures()).usedPercent).toBeLessThan(50);
  });

  test('sees its disk grow while it runs, and not shrink', async () => {
    await vm.resizeDisk(20 * GIB);
    await waitFor(
      vm,
      'lsblk --bytes --nodeps --noheadings --output SIZE /dev/vda',
      new RegExp(`^${20 * GIB}$`),
    );
    expect(vm.diskBytes()).toBe(20 * GIB);
    await expect(vm.resizeDisk(8 * GIB)).rejects.toThrow('never shrinks');
  });

  if (layout === 'lvm') {
    test('comes back from a reset with kubelet and API server', async () => {
      const before = await bash(vm, 'cat /proc/sys/kernel/random/boot_id');
      await vm.reset();
      expect(await bash(vm, 'cat /proc/sys/kernel/random/boot_id')).not.toBe(before);
      await waitFor(vm, HEALTH, /^ok 200 200$/, 240);
    });
  }
});
