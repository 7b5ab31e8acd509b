import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ReclaimResult } from '../../../lib/domain/node/node-figures';
import type { UpgradeResult } from '../../../lib/domain/operate/operate-figures';

/**
 * What a node of Amazon Linux does with packages, with the real dnf and rpm, against signed repositories of stand-ins that
 * are served over TLS as pkgs.k8s.io. Each test has an instance of its own: a namespace with an overlay over this machine.
 */
const BOOTSTRAP = __dirname;
const LIBRARY = join(__dirname, '../../../lib');
const SERVED = 'DNS:pkgs.k8s.io,DNS:cdn.amazonlinux.com';
/** dnf.conf of Amazon Linux 2023: with skip_if_unavailable, a repository in which dnf does not believe is passed over. */
const DNF_CONF = [
  ...['gpgcheck=1', 'installonly_limit=3', 'clean_requirements_on_remove=True'],
  ...['best=False', 'skip_if_unavailable=True'],
].join('\\n');
const PATH = '/usr/sbin:/usr/bin:/sbin:/bin';

jest.setTimeout(300_000);

let folder: string;
let fingerprint: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'headroom-amazon-linux-'));
  const script = join(BOOTSTRAP, 'make-rpm-stand-in.sh');
  fingerprint = execFileSync('bash', [script, join(folder, 'stand-in')], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], NAMES: SERVED },
  }).trim();
});
afterAll(() => rmSync(folder, { recursive: true }));

const PREAMBLE = `set -o errexit -o nounset -o pipefail
STATE=/var/lib/headroom RUN=/run/headroom-bootstrap HEADROOM_KUBERNETES_VERSION=1.36.3 HEADROOM_CONTAINERD_AT_LEAST=1.7 HEADROOM_ROLE=control-plane HEADROOM_ENVIRONMENT=dev
mkdir --parents "$STATE" "$RUN"
source /srv/lib/node/package-key.sh
for part in common agents packages; do source "/srv/lib/node/bootstrap/$part.sh"; done
repository=/srv/stand-in/web/pkgs.k8s.io/core:/stable:/v1.36/rpm
use() { rm --recursive "$repository" && cp --recursive "/srv/stand-in/variants/$1" "$repository"; }
installed() { rpm --query --all --queryformat '%{NAME}-%{VERSION}\\n' | sed '/^gpg-pubkey/d' | sort; }
cached() { find /var/cache/dnf -name '*.rpm' -printf '%f\\n'; }
part() { printf '\\n=== %s\\n' "$1"; }
`;

/** Runs a script on a new instance. Its output comes back in the parts that \`part NAME\` begins. */
const onNode = (script: string, disk = '4g') => {
  const { status, stdout, stderr } = spawnSync(
    'unshare',
    [
      ...['--mount', '--net', '--pid', '--fork', '--kill-child', 'bash', join(BOOTSTRAP, 'dnf-node.sh')],
      ...[folder, LIBRARY, DNF_CONF, disk],
    ],
    {
      encoding: 'utf8',
      input: PREAMBLE + script,
      env: { PATH, HEADROOM_PACKAGE_KEY: fingerprint, HEADROOM_RETRY_SECONDS: '0' },
    },
  );
  const [, ...parts] = stdout.split(/^=== (.*)\n/m);
  const of = new Map<string, string>();
  for (let index = 0; index < parts.length; index += 2)
    of.set(parts[index] as string, (parts[index + 1] as string).trim());
  return { status, stdout, stderr, part: (name: string) => of.get(name), lines: linesOf(of) };
};
const linesOf = (of: ReadonlyMap<string, string>) => (name: string) => of.get(name)?.split('\n');
type Outcome = ReturnType<typeof onNode>;

/** What a script said, when it did not come to its end. */
const mustEnd = (outcome: Outcome): Outcome => {
  if (outcome.status !== 0) throw new Error(`${outcome.status}\n${outcome.stdout}\n${outcome.stderr}`);
  return outcome;
};

const KUBERNETES = (version: string, tools = '1.36.0'): string[] => [
  `cri-tools-${tools}`,
  ...['kubeadm', 'kubectl', 'kubelet'].map((name) => `${name}-${version}`),
  'kubernetes-cni-1.8.0',
];

test('a bootstrap installs the pinned version although a newer one exists, and a second run changes nothing', () => {
  const outcome = mustEnd(
    onNode(`
everything() { for name in ssm_agent cloudwatch_agent kubernetes_packages container_runtime aws_cli; do section "$name"; done; }
state() { rpm --query --all --queryformat '%{NAME}-%{VERSION} %{INSTALLTIME}\\n' | sort && find /etc/{yum.repos.d,headroom,containerd,dnf,rpm} -type f -exec sha256sum {} + | sort; }
if have apt-get; then exit 1; fi
echo keepcache=1 >>/etc/dnf/dnf.conf # so that only the bootstrap's own cleaning leaves nothing
everything
part failed && echo "\${failed[*]}"
part installed && installed
part cached && cached
part calls && cat /srv/stand-in/calls
part containerd && cat /etc/containerd/config.toml
part newest && dnf --quiet --disableexcludes=all repoquery --latest-limit 1 kubelet
state >/tmp/once
part again && everything && echo "\${failed[*]}"
state >/tmp/twice
part changed && { diff /tmp/once /tmp/twice || true; }
`),
  );
  expect(outcome.part('failed')).toBe('');
  expect(outcome.lines('installed')).toEqual([
    ...['amazon-cloudwatch-agent-2.0.0', 'amazon-ssm-agent-2.0.0', 'awscli-2.0.0', 'containerd-2.0.0'],
    ...KUBERNETES('1.36.3'),
  ]);
  expect(outcome.part('newest')).toContain('1.36.4');
  expect(outcome.part('cached')).toBe('');
  expect(outcome.lines('calls')).toEqual(
    expect.arrayContaining(['systemctl enable kubelet.service', 'systemctl restart containerd.service']),
  );
  expect(outcome.part('containerd')).toMatch(/^# Headroom\nversion = 3\n[^]*pause:3\.10\.1/);
  expect(outcome.part('again')).not.toMatch(/failed|Installed|Upgraded/);
  expect(outcome.part('changed')).toBe('');
});

test('an upgrade by hand leaves Kubernetes where it is', () => {
  const outcome = mustEnd(
    onNode(`
section kubernetes_packages
use later
code=0
dnf --quiet --refresh --disableexcludes=kubernetes check-update kubelet >/dev/null || code=$?
part available && echo "$code"
part upgraded
dnf --assumeyes --refresh upgrade
dnf --assumeyes upgrade kubelet kubeadm kubectl || true
part installed && installed
`),
  );
  expect(outcome.part('available')).toBe('100'); // dnf: updates are available
  expect(outcome.lines('installed')).toEqual(KUBERNETES('1.36.3'));
});

describe('nothing is installed, and the reason is reported,', () => {
  const refused = (change: string): Outcome =>
    mustEnd(
      onNode(`
${change}
section kubernetes_packages
part failed && echo "\${failed[*]}"
part installed && installed
part sources && ls /etc/yum.repos.d
`),
    );

  test.each([
    [
      'when the packages are signed by another key',
      'use signed-by-another',
      /Public key for kubelet-1\.36\.3\S+ is not installed[^]*GPG check FAILED/,
    ],
    ['when they are not signed', 'use unsigned', /kubelet-1\.36\.3\S+ is not signed[^]*GPG check FAILED/],
    [
      'when repomd.xml was changed',
      'echo "<!-- -->" >>"$repository/repodata/repomd.xml"',
      /repo 'kubernetes': repomd\.xml GPG signature verification error: Bad GPG signature/,
    ],
    [
      'when repomd.xml is not signed',
      'rm "$repository/repodata/repomd.xml.asc"',
      /Failed to download metadata for repo 'kubernetes'/,
    ],
    [
      'when a package is not the one of the metadata',
      'cp "$repository"/kubelet-1.36.4-*.rpm "$(echo "$repository"/kubelet-1.36.3-*.rpm)"',
      /kubelet-1\.36\.3\S+: Cannot download/,
    ],
    [
      'when the version is not there',
      'HEADROOM_KUBERNETES_VERSION=1.36.9',
      /Unable to find a match: kubelet-1\.36\.9/,
    ],
  ])('%s', (_, change, reason) => {
    const outcome = refused(change);
    expect(outcome.part('failed')).toBe('kubernetes_packages');
    expect(outcome.part('installed')).toBe('');
    expect(outcome.stderr).toMatch(reason);
  });

  test('when the repository offers another key, which never reaches dnf', () => {
    const outcome = refused('cp /srv/stand-in/amazon.asc "$repository/repodata/repomd.xml.key"');
    expect(outcome.part('failed')).toBe('kubernetes_packages');
    expect(outcome.part('sources')).toBe('amazonlinux.repo');
    expect(outcome.stderr).toMatch(new RegExp(`1 keys, fingerprint [0-9a-f]{40}; must be ${fingerprint}`));
    expect(outcome.stderr).not.toContain('Importing');
  });
});

describe('UpgradeNode', () => {
  /** Its package part; \`kubeadm\` is a stand-in that notes its calls with its version. */
  const upgrade = (version: string, name: string): string => `
part "${name}"
code=0
HEADROOM_TARGET_VERSION=${version} HEADROOM_MODE=apply bash /srv/lib/node/upgrade-node.sh || code=$?
part "${name} code" && echo "$code"
part "${name} installed" && installed
`;
  const result = (outcome: Outcome, name: string): UpgradeResult =>
    JSON.parse(outcome.part(name) as string) as UpgradeResult;

  test('upgrades exactly to the target, a later patch or the next minor version, and never to the newest available', () => {
    const outcome = mustEnd(
      onNode(`
section kubernetes_packages
find /var/cache/dnf -type f -exec touch --date '1 hour ago' {} + # what dnf knows is from before
use later
${upgrade('1.36.5', 'patch')}
${upgrade('1.37.0', 'minor')}
${upgrade('1.37.0', 'again')}
part cached && cached
part calls && grep kubeadm /srv/stand-in/calls
`),
    );
    for (const name of ['patch', 'minor', 'again'])
      expect(result(outcome, name)).toMatchObject({ ok: true, script: 'upgrade-node' });
    expect(outcome.lines('patch installed')).toEqual(KUBERNETES('1.36.5'));
    expect(outcome.lines('minor installed')).toEqual(KUBERNETES('1.37.0', '1.37.0'));
    expect(outcome.part('again installed')).toBe(outcome.part('minor installed'));
    expect(outcome.part('cached')).toBe('');
    expect(outcome.lines('calls')?.slice(0, 4)).toEqual([
      'kubeadm 1.36.5: upgrade plan v1.36.5',
      'kubeadm 1.36.5: upgrade apply v1.36.5 --yes',
      'kubeadm 1.37.0: upgrade plan v1.37.0',
      'kubeadm 1.37.0: upgrade apply v1.37.0 --yes',
    ]);
  });

  test.each([
    ['a version that is not there', '1.36.9', ':', 'Unable to find a match: kubeadm-1.36.9'],
    [
      'a repository that was changed',
      '1.37.0',
      'echo "<!-- -->" >>"${repository/36/37}/repodata/repomd.xml"',
      "repo 'kubernetes': repomd.xml GPG signature verification error: Bad GPG signature",
    ],
  ])('stops at %s, and says so', (_, version, change, reason) => {
    const outcome = mustEnd(onNode(`section kubernetes_packages\n${change}\n${upgrade(version, 'upgrade')}`));
    expect(outcome.part('upgrade code')).toBe('1');
    const { ok, error, next, steps } = result(outcome, 'upgrade');
    expect({ ok, steps: steps.map(([name, done]) => [name, done]) }).toEqual({
      ok: false,
      steps: [
        ['package-key', true],
        ['package-key', true],
        ['install-kubeadm', false],
      ],
    });
    expect(error).toContain(`install-kubeadm failed with exit code 1: Error: `);
    expect(error).toContain(reason);
    expect(next).toMatch(/list --showduplicates kubeadm; then start UpgradeNode again$/);
    expect(outcome.lines('upgrade installed')).toEqual(KUBERNETES('1.36.3'));
  });
});

describe('the packages step of a reclaim', () => {
  const reclaim = (fill: string, disk?: string) => {
    const outcome = mustEnd(
      onNode(
        `
section kubernetes_packages
dnf --quiet makecache
packages=$(dirname /var/cache/dnf/kubernetes-*/repodata)/packages
mkdir --parents "$packages" && fallocate --length 64MiB "$packages/left-over.rpm"
${fill}
part result
HEADROOM_TARGET_PERCENT=1 bash /srv/lib/node/reclaim-disk.sh
part left && find /var/cache/dnf -name '*.rpm' -o -name '*.solv*' -o -name '*primary*'
`,
        disk,
      ),
    );
    expect(outcome.part('left')).toBe('');
    const { steps } = JSON.parse(outcome.part('result') as string) as ReclaimResult;
    return steps.find(({ name }) => name === 'packages');
  };

  test('removes what dnf cached', () => {
    const step = reclaim('');
    expect(step?.status).toBe('done');
    expect(step?.bytesFreed).toBeGreaterThanOrEqual(64 * 1024 * 1024);
  });

  test('also frees a disk with 0 bytes left, where dnf itself cannot start', () => {
    const step = reclaim(
      `
dd if=/dev/zero of=/var/filler bs=1M status=none 2>/dev/null || true
if echo x 2>/dev/null >/var/more; then exit 1; fi`,
      '300m',
    );
    expect(step?.status).toBe('done');
    expect(step?.bytesFreed).toBeGreaterThanOrEqual(64 * 1024 * 1024);
  });
});
