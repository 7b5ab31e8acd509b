/** What the host's own programs are needed for. */
export const PURPOSES = ['drill', 'test', 'lab'] as const;
export type Purpose = (typeof PURPOSES)[number];

export interface Requirement {
  /** A program looked for in PATH and the system directories. */
  readonly program: string;
  /** The Debian and Ubuntu package that has it. */
  readonly aptPackage: string;
}

/** Runs a virtual machine. */
const RUN_MACHINE: readonly Requirement[] = [
  { program: 'qemu-system-x86_64', aptPackage: 'qemu-system-x86' },
  { program: 'qemu-img', aptPackage: 'qemu-utils' },
  { program: 'setpriv', aptPackage: 'util-linux' },
  // Runs the aws:executeScript step, as Automation does.
  { program: 'python3', aptPackage: 'python3' },
];

/** Builds its image. */
const BUILD_IMAGE: readonly Requirement[] = [
  { program: 'mmdebstrap', aptPackage: 'mmdebstrap' },
  { program: 'sfdisk', aptPackage: 'fdisk' },
  { program: 'mkfs.ext4', aptPackage: 'e2fsprogs' },
  { program: 'mkfs.xfs', aptPackage: 'xfsprogs' },
  { program: 'lvm', aptPackage: 'lvm2' },
  { program: 'losetup', aptPackage: 'mount' },
  { program: 'mount', aptPackage: 'mount' },
  { program: 'flock', aptPackage: 'util-linux' },
  { program: 'unshare', aptPackage: 'util-linux' },
  { program: 'tar', aptPackage: 'tar' },
];

/** Builds real Kubernetes: pause and one of flannel's backends are in C. */
const LAB_TOOLS: readonly Requirement[] = [{ program: 'gcc', aptPackage: 'build-essential' }];

/** Runs the tests of the node scripts and of the templates. */
const TEST_TOOLS: readonly Requirement[] = [
  { program: 'shellcheck', aptPackage: 'shellcheck' },
  { program: 'growpart', aptPackage: 'cloud-guest-utils' },
  { program: 'curl', aptPackage: 'curl' },
  { program: 'logrotate', aptPackage: 'logrotate' },
  { program: 'journalctl', aptPackage: 'systemd' },
  // Looks at the HTML reports.
  { program: 'chromium', aptPackage: 'chromium' },
  // A signed package repository, and certificates, of the tests' own.
  { program: 'gpg', aptPackage: 'gpg' },
  { program: 'gpg-agent', aptPackage: 'gpg-agent' },
  { program: 'openssl', aptPackage: 'openssl' },
  // Amazon Linux's half of a bootstrap, in a network of its own.
  { program: 'dnf', aptPackage: 'dnf' },
  { program: 'rpmbuild', aptPackage: 'rpm' },
  { program: 'rpmsign', aptPackage: 'rpm' },
  { program: 'createrepo_c', aptPackage: 'createrepo-c' },
  { program: 'ip', aptPackage: 'iproute2' },
  // The shells that `headroom completion` writes for, beside bash.
  { program: 'zsh', aptPackage: 'zsh' },
  { program: 'fish', aptPackage: 'fish' },
];

/** A virtual environment: `python3 -m venv` needs the second one besides the first. */
export const PYTHON_PACKAGES = ['python3', 'python3-venv', 'ca-certificates'] as const;

export interface Need {
  readonly purpose: Purpose;
  /** The image is given (`--image`), so nothing is built. @default false */
  readonly readyImage?: boolean;
}

/** Everything a purpose needs, in the order it is needed. */
export function requirementsFor(need: Need): readonly Requirement[] {
  return [
    ...RUN_MACHINE,
    ...(need.readyImage === true ? [] : BUILD_IMAGE),
    ...(need.purpose === 'test' ? TEST_TOOLS : []),
    ...(need.purpose === 'lab' ? LAB_TOOLS : []),
  ];
}

/** Packages for what is missing, each once, in a stable order. */
export function packagesFor(
  requirements: readonly Requirement[],
  isPresent: (program: string) => boolean,
): readonly string[] {
  const missing = requirements.filter(({ program }) => !isPresent(program));
  return [...new Set(missing.map(({ aptPackage }) => aptPackage))];
}
