import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const NODE = join(__dirname, '../../../lib/node/bootstrap');

/** Runs a line of bash with the node's functions. */
const bash = (line: string, environment: Readonly<Record<string, string>> = {}) =>
  spawnSync(
    'bash',
    [
      '-c',
      `set -o errexit -o nounset -o pipefail
       STATE=$(mktemp --directory); RUN=$STATE; HEADROOM_API_ENDPOINT=api.example.com
       trap 'rm --recursive "$STATE"' EXIT
       source ${NODE}/../package-key.sh
       for part in common agents packages join kubeadm; do source ${NODE}/$part.sh; done
       ${line}`,
    ],
    { encoding: 'utf8', env: { ...process.env, ...environment } },
  );

test('shellcheck reports nothing', () => {
  const scripts = readdirSync(NODE).filter((name) => name.endsWith('.sh'));
  expect(scripts).toContain('bootstrap.sh');
  expect(
    spawnSync('shellcheck', ['--external-sources', '--source-path', NODE, join(NODE, 'bootstrap.sh')], {
      encoding: 'utf8',
    }).stdout,
  ).toBe('');
});

describe('containerd’s configuration', () => {
  test('of version 1', () => {
    expect(bash('containerd_config 1.7.28 registry.k8s.io/pause:3.10.1').stdout).toBe(`# Headroom
version = 2
[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "registry.k8s.io/pause:3.10.1"
[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "/opt/cni/bin"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
SystemdCgroup = true
`);
  });

  test('of version 2', () => {
    expect(bash('containerd_config 2.1.4 registry.k8s.io/pause:3.10.1').stdout).toBe(`# Headroom
version = 3
[plugins.'io.containerd.cri.v1.images'.pinned_images]
sandbox = "registry.k8s.io/pause:3.10.1"
[plugins.'io.containerd.cri.v1.runtime'.cni]
bin_dirs = ["/opt/cni/bin"]
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
SystemdCgroup = true
`);
  });
});

test('containerd 2.0 has the folder of CNI plugins under its old name', () => {
  expect(bash('containerd_config 2.0.7 registry.k8s.io/pause:3.10.1').stdout).toContain(
    `[plugins.'io.containerd.cri.v1.runtime'.cni]\nbin_dir = "/opt/cni/bin"\n`,
  );
});

describe('the version of containerd', () => {
  const install = (version: string, atLeast: string) =>
    bash(
      `containerd() { echo "containerd github.com/containerd/containerd ${version} abc"; }
       have() { true; }
       systemctl() { :; }
       kubeadm() { echo registry.k8s.io/pause:3.10.1; }
       write_file() { cat >/dev/null; }
       container_runtime`,
      { HEADROOM_CONTAINERD_AT_LEAST: atLeast, HEADROOM_KUBERNETES_VERSION: '1.36.3' },
    );

  test.each([
    ['1.7.28', '1.7'],
    ['v2.2.9', '1.7'],
    ['1.10.0', '1.7'],
    ['v2.0.0-rc.1', '1.7'],
    ['2.0.0', '2.0'],
  ])('%s is taken where %s is needed', (version, atLeast) => {
    expect(install(version, atLeast)).toMatchObject({ status: 0, stderr: '' });
  });

  test.each([
    ['1.6.36', '1.7'],
    ['1.7.28-0ubuntu1', '2.0'],
  ])('%s is refused where %s is needed, by name', (version, atLeast) => {
    expect(install(version, atLeast)).toMatchObject({
      status: 1,
      stderr: `containerd is ${version}, Kubernetes 1.36.3 needs ${atLeast} or later: use an image or a package source that has it\n`,
    });
  });
});

describe('a node is Ready', () => {
  /** kubectl answers by turns, the last for good. */
  const wait = (seconds: number, ...answers: string[]) =>
    bash(
      `imds() { echo i-0123; }
       turn=0
       kubectl() {
         case "$*" in
           *' get pods '*) echo 'kube-flannel flannel-x 0/1 Init:ImagePullBackOff'; return ;;
           *' get node i-0123 '*'--kubeconfig=/etc/kubernetes/kubelet.conf'* | *'--kubeconfig=/etc/kubernetes/kubelet.conf'*' get node i-0123 '*) ;;
           *) return 1 ;;
         esac
         local all=(${answers.map((answer) => `'${answer}'`).join(' ')}) turn
         turn=$(cat "$STATE/turn" 2>/dev/null || echo 0)
         echo $((turn + 1)) >"$STATE/turn"
         echo "\${all[turn < \${#all[@]} ? turn : \${#all[@]} - 1]}"
       }
       ready && echo done`,
      { HEADROOM_READY_SECONDS: String(seconds), HEADROOM_POLL_SECONDS: '0.1' },
    );
  const WHY = 'container runtime network not ready: cni plugin not initialized';

  test('when its condition says so, however long that takes', () => {
    const answers = ['Error from server', '', `False ${WHY}`, 'True kubelet is posting ready status'];
    expect(wait(60, ...answers)).toMatchObject({ status: 0, stdout: 'done\n' });
  });

  test('or it fails in time, and reports why, with its pods', () => {
    const { status, stdout, stderr } = wait(1, `False ${WHY}`);
    expect({ status, stderr }).toEqual({ status: 1, stderr: `the node is not Ready: False ${WHY}\n` });
    expect(stdout).toContain('Init:ImagePullBackOff');
  });

  test('is not waited for without a pod network, and that is said', () => {
    expect(wait(0, 'False')).toMatchObject({
      status: 0,
      stdout:
        'cluster.cniManifest is none: the node has joined, but is NotReady until a pod network is applied\ndone\n',
    });
  });
});

describe('the version that a worker installs', () => {
  /** @param api what the API server says; undefined: it does not answer */
  const version = (wanted: string, api?: string) => {
    const answer = api === undefined ? 'exit 7' : `printf '{"gitVersion": "${api}"}' >"$RUN/api-version"`;
    const { status, stdout, stderr } = bash(
      `curl() { (${answer}); }; HERE=${NODE}; source ${NODE}/worker-version.sh; printf '%s' "$version"`,
      {
        ...{ HEADROOM_KUBERNETES_VERSION: wanted, HEADROOM_JOIN_WAIT_SECONDS: '0' },
      },
    );
    return status === 0 ? stdout : `refused: ${stderr.trim().split('\n').at(-1)}`;
  };

  test.each([
    ['the same', '1.36.3', 'v1.36.3', '1.36.3'],
    ['the control planes were upgraded first', '1.36.3', 'v1.37.0', '1.36.3'],
    ['a patch that the control planes do not have yet', '1.36.10', 'v1.36.9', '1.36.9'],
    ['a minor version that they do not have yet', '1.37.0', 'v1.36.3', '1.36.3'],
    ['with a build of its own', '1.37.0', 'v1.36.3-eks-abc', '1.36.3'],
  ])('%s', (_, wanted, api, installed) => {
    expect(version(wanted, api)).toBe(installed);
  });

  test.each([
    [
      'two minor versions behind',
      'v1.35.9',
      /the API server is at 1\.35\.9, this node would be at 1\.37\.0: upgrade the control planes first/,
    ],
    ['no version', 'unknown', /at an unknown version/],
    ['no answer', undefined, /does not report its version/],
  ])('refuses an API server with %s', (_, api, why) => {
    expect(version('1.37.0', api)).toMatch(why);
  });
});

describe('a join parameter is believed', () => {
  const at = (seconds: number): string => new Date(Date.now() + seconds * 1000).toISOString();
  const why = (json: string): string =>
    bash('if usable "$JSON" 300; then why=believed; fi; echo "$why"', { JSON: json }).stdout.trim();

  test.each([
    [
      'of this cluster, for longer than asked',
      { endpoint: 'api.example.com', expiresAt: at(360) },
      'believed',
    ],
    ['but not when it ends sooner', { endpoint: 'api.example.com', expiresAt: at(240) }, /^it expired at 20/],
    ['nor when it has no end', { endpoint: 'api.example.com' }, /^it expired at/],
    [
      'nor of a former cluster',
      { endpoint: 'former.example.com', expiresAt: at(3600) },
      /^it belongs to another cluster, at former\.example\.com$/,
    ],
    ['nor what is no parameter', {}, /^it belongs to another cluster/],
  ])('%s', (_, value, expected) => {
    expect(why(JSON.stringify(value))).toMatch(expected);
  });

  test('nor when there is none', () => {
    expect(why('')).toBe('there is none');
  });
});

describe('the key of a package', () => {
  const folder = execFileSync('mktemp', ['--directory'], { encoding: 'utf8' }).trim();
  const gpg = (...args: string[]): string =>
    execFileSync('gpg', ['--batch', '--quiet', '--homedir', folder, ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  const fingerprints = (): string[] =>
    [...gpg('--with-colons', '--list-keys').matchAll(/^fpr:+([0-9A-F]{40}):$/gm)].map(([, print]) => print!);
  let one: string;
  let both: string;

  beforeAll(() => {
    const make = (name: string): string =>
      gpg('--passphrase', '', '--quick-generate-key', `${name}@example.com`, 'rsa2048', 'sign', '1d');
    make('one');
    one = gpg('--armor', '--export');
    make('two');
    both = gpg('--armor', '--export');
  });
  afterAll(() => {
    spawnSync('gpgconf', ['--homedir', folder, '--kill', 'gpg-agent']);
    execFileSync('rm', ['--recursive', '--force', folder]);
  });
  const withKey = (key: string, fingerprint: string) =>
    bash(`cat >"$STATE/k" <<'KEY'\n${key}KEY\nverify_key "$STATE/k"`, { HEADROOM_PACKAGE_KEY: fingerprint });

  test('is accepted by its fingerprint, and no other key is', () => {
    const [print] = fingerprints();
    expect(withKey(one, print!)).toMatchObject({ status: 0, stderr: '' });
    expect(withKey(one, 'A'.repeat(40)).status).toBe(1);
  });

  test('is refused with a second key beside it, and when it is none', () => {
    const [print] = fingerprints();
    // Wherever the true one stands.
    for (const each of fingerprints()) expect(withKey(both, each).status).toBe(1);
    expect(withKey('<html>blocked</html>\n', print!).stderr).toContain('not a single armoured key');
    // gpg reads a block that a line with a space in it hides from base64's.
    const second = gpg('--armor', '--export', 'two@example.com');
    const lines = one.split('\n');
    for (const hidden of [
      `${one}${second.replace('\n\n', '\n \n')}`,
      `${one}${second}`,
      // Behind the checksum, which ends what is read here.
      [...lines.slice(0, -2), ...second.split('\n').slice(2)].join('\n'),
      [...lines.slice(0, 5), ` ${lines[5]}`, ...lines.slice(5)].join('\n'),
    ])
      expect(withKey(hidden, print!)).toMatchObject({
        ...{ status: 1, stderr: expect.stringContaining('not a single armoured key') as string },
      });
  });

  test('is refused with what gpg and sqv would take a key from: a secret key, or one that is compressed', () => {
    const [print] = fingerprints();
    const packets = (armoured: string): Buffer => {
      const lines = armoured.split('\n');
      return Buffer.from(
        lines
          .slice(
            lines.indexOf('') + 1,
            lines.findIndex((line) => line.startsWith('=')),
          )
          .join(''),
        'base64',
      );
    };
    const armoured = (...parts: Buffer[]): string =>
      `-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n${Buffer.concat(parts).toString('base64').replace(/.{64}/g, '$&\n')}\n-----END PGP PUBLIC KEY BLOCK-----\n`;
    const good = packets(one);
    const stranger = packets(gpg('--armor', '--export', 'two@example.com'));
    const secret = packets(
      gpg(
        '--passphrase',
        '',
        '--pinentry-mode',
        'loopback',
        '--armor',
        '--export-secret-keys',
        'two@example.com',
      ),
    );
    // Tag 8 of indeterminate length is refused by its length; this is of two octets, uncompressed.
    const compressed = Buffer.concat([
      Buffer.from([0xa1, (stranger.length + 1) >> 8, (stranger.length + 1) & 255, 0]),
      stranger,
    ]);
    expect(withKey(armoured(good), print!).status).toBe(0);
    for (const parts of [
      [good, secret],
      [secret, good],
      [good, compressed],
      [compressed, good],
    ])
      expect(withKey(armoured(...parts), print!)).toMatchObject({
        ...{ status: 1, stderr: expect.stringContaining('not a key that can be verified') as string },
      });
  });

  /** Serves from a folder by the end of the URL, as curl's last two arguments say. */
  const serving = (web: string, line: string, environment: Readonly<Record<string, string>> = {}) =>
    bash(
      `curl() { printf '%s\\n' "$*" >>"${web}/asked"; local url=\${*: -1}; cp "${web}/\${url##*/}" "\${*: -2:1}"; }
       dpkg() { echo amd64; }
       install_packages() { echo "installed \${1##*/}"; }
       HEADROOM_REGION=eu-central-1
       ${line}`,
      { HEADROOM_RETRY_SECONDS: '0', ...environment },
    );

  test('signs the CloudWatch agent too: another package, another key, or no signature is not installed', () => {
    const [print] = fingerprints();
    const web = execFileSync('mktemp', ['--directory'], { encoding: 'utf8' }).trim();
    const deb = join(web, 'amazon-cloudwatch-agent.deb');
    const install = () => serving(web, 'install_cloudwatch_agent', { HEADROOM_AGENT_KEY: print! });
    writeFileSync(join(web, 'amazon-cloudwatch-agent.gpg'), one);
    writeFileSync(deb, 'the agent');
    gpg('--local-user', print!, '--detach-sign', deb);
    expect(install()).toMatchObject({ status: 0, stdout: 'installed amazon-cloudwatch-agent.deb\n' });
    for (const asked of readFileSync(join(web, 'asked'), 'utf8').trim().split('\n'))
      expect(asked).toMatch(/--proto =https .* https:/);
    writeFileSync(deb, 'not the agent');
    expect(install()).toMatchObject({ status: 1, stdout: '' });
    writeFileSync(deb, 'the agent');
    writeFileSync(join(web, 'amazon-cloudwatch-agent.gpg'), both);
    expect(install()).toMatchObject({ status: 1, stdout: '' });
    execFileSync('rm', ['--recursive', web]);
  });

  test('is no part of a manifest: its digest is, and what differs is not applied', () => {
    const web = execFileSync('mktemp', ['--directory'], { encoding: 'utf8' }).trim();
    writeFileSync(join(web, 'cni.yaml'), 'kind: List\n');
    const digest = createHash('sha256').update('kind: List\n').digest('hex');
    const apply = (wanted: string) =>
      serving(
        web,
        `kube() { [[ $* != *' get '* ]] || return 1; echo "kube $1"; }
         apply cni 'https://example.com/cni.yaml#sha256=${wanted}'`,
      );
    expect(apply(digest)).toMatchObject({ status: 0, stdout: 'kube apply\nkube --namespace\n' });
    expect(apply('0'.repeat(64))).toMatchObject({
      status: 1,
      stdout: expect.not.stringContaining('kube') as string,
    });
    execFileSync('rm', ['--recursive', web]);
  });
});
