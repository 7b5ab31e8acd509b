import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { CannotRunError } from '../cannot-run';
import { findMirror, parseDeb822Sources, parseOneLineSources, type AptSource } from './apt-sources';

/** What the node image is built from. */
export interface ImageRecipe {
  readonly suite: string;
  readonly components: readonly string[];
  readonly packages: readonly string[];
}

/** In every image, whatever the distribution. */
const PACKAGES = [
  ...[
    'systemd',
    'systemd-sysv',
    'dbus',
    'udev',
    'kmod',
    'initramfs-tools',
    'procps',
    'util-linux',
    'iproute2',
  ],
  ...[
    'containerd',
    'runc',
    'qemu-guest-agent',
    'cloud-guest-utils',
    'xfsprogs',
    'e2fsprogs',
    'fdisk',
    'gdisk',
    'lvm2',
  ],
  ...['logrotate', 'curl', 'ca-certificates', 'python3', 'busybox-static'],
];

/** Fields of /etc/os-release that say what the host is. */
export function parseOsRelease(text: string): ReadonlyMap<string, string> {
  return new Map(
    text.split('\n').flatMap((line) => {
      const match = /^([A-Z_]+)=(?:"(.*)"|'(.*)'|(.*))$/.exec(line.trim());
      return match?.[1] === undefined ? [] : [[match[1], match[2] ?? match[3] ?? match[4] ?? ''] as const];
    }),
  );
}

/**
 * The recipe for a host. Debian hosts build Debian 13, whose containerd knows pinned images; Ubuntu hosts build
 * their own release.
 * @returns undefined on other systems
 */
export function recipeFor(osRelease: ReadonlyMap<string, string>): ImageRecipe | undefined {
  const id = osRelease.get('ID');
  if (id === 'debian') {
    return { suite: 'trixie', components: ['main'], packages: [...PACKAGES, 'linux-image-cloud-amd64'] };
  }
  const suite = osRelease.get('VERSION_CODENAME') ?? '';
  return id === 'ubuntu' && suite !== ''
    ? { suite, components: ['main', 'universe'], packages: [...PACKAGES, 'linux-image-virtual'] }
    : undefined;
}

/** Recipe and mirror of this machine. @throws CannotRunError on systems other than Debian and Ubuntu. */
export function hostRecipe(): { readonly recipe: ImageRecipe; readonly mirror: string } {
  const file = '/etc/os-release';
  const osRelease = parseOsRelease(existsSync(file) ? readFileSync(file, 'utf8') : '');
  const recipe = recipeFor(osRelease);
  if (!recipe) {
    throw new CannotRunError(
      `The node image is built from Debian's or Ubuntu's packages, and this machine is ${
        osRelease.get('PRETTY_NAME') ?? 'another system'
      }. Give a ready image with --image FILE.`,
    );
  }
  const mirror = findMirror(readAptSources(), osRelease.get('VERSION_CODENAME') ?? '');
  if (mirror === undefined) {
    throw new CannotRunError(
      `No http mirror of ${osRelease.get('VERSION_CODENAME') ?? 'this release'} (component main) in ` +
        '/etc/apt/sources.list or /etc/apt/sources.list.d. Add one, or give a ready image with --image FILE.',
    );
  }
  return { recipe, mirror };
}

function readAptSources(directory = '/etc/apt'): AptSource[] {
  const more = join(directory, 'sources.list.d');
  const files = [
    join(directory, 'sources.list'),
    ...(existsSync(more)
      ? readdirSync(more)
          .sort()
          .map((name) => join(more, name))
      : []),
  ];
  return files
    .filter((file) => existsSync(file))
    .flatMap((file) => {
      const text = readFileSync(file, 'utf8');
      return file.endsWith('.sources')
        ? parseDeb822Sources(text)
        : file.endsWith('.list')
          ? parseOneLineSources(text)
          : [];
    });
}
