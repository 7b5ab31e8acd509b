import { mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { CannotRunError } from '../cannot-run';
import { cacheDirectory, cached, isCached, recipeKey, treeKey } from '../vm/cache';
import { etcdIsBuilt } from '../vm/etcd';
import { goBuild } from '../vm/go-build';
import { goProgram } from '../vm/go-toolchain';
import { ProgramFailed, runProgram } from '../vm/run-program';

const MODULES = join(__dirname, 'modules');

/** What the real node is built from besides etcd, in the order in which it is built: the longest first. */
export const LAB_PARTS = ['kubernetes', 'coredns', 'flannel', 'cni', 'flannel-cni', 'pause'] as const;
export type LabPart = (typeof LAB_PARTS)[number];

/** Directory of each part's programs. */
export type LabPrograms = Readonly<Record<LabPart, string>>;

/** Names under which Kubernetes' one binary is called: it looks at argv[0]. */
export const KUBERNETES_NAMES = [
  ...['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kube-proxy'],
  ...['kubeadm', 'kubectl', 'kubelet'],
] as const;

/** Of `kubeadm config images list`: what kubeadm 1.36 asks for. */
export const PAUSE_VERSION = '3.10.2';

interface Recipe {
  /** Seconds on two processors with nothing compiled yet. */
  readonly usualSeconds: number;
  readonly key: () => string;
  readonly build: (directory: string, compilerCache: string) => Promise<void>;
}

const moduleOf = (part: string): string => join(MODULES, part);

/** The version of a module that a part's go.mod requires. */
export function requiredVersion(part: LabPart, module: string): string {
  const text = readFileSync(join(moduleOf(part), 'go.mod'), 'utf8');
  const version = new RegExp(`^(?:require)?\\s*${module.replaceAll('.', '\\.')} (v\\S+)`, 'm').exec(
    text,
  )?.[1];
  if (version === undefined) throw new Error(`${moduleOf(part)}/go.mod requires no ${module}`);
  return version;
}

export const kubernetesVersion = (): string => requiredVersion('kubernetes', 'k8s.io/kubernetes');

const goRecipe = (
  part: LabPart,
  usualSeconds: number,
  packages: readonly string[],
  { linkerFlags = [], cgo = false }: { linkerFlags?: readonly string[]; cgo?: boolean } = {},
): Recipe => ({
  usualSeconds,
  key: () => recipeKey(treeKey(moduleOf(part)), packages, linkerFlags, cgo),
  build: (directory, compilerCache) =>
    goBuild({
      ...{ module: moduleOf(part), packages, output: `${directory}/`, linkerFlags, cgo, compilerCache },
    }),
});

/** Built as a dependency Kubernetes does not know its version, which kubeadm and the API server compare. */
function kubernetes(): Recipe {
  const gitVersion = kubernetesVersion();
  const [gitMajor, gitMinor] = gitVersion.slice(1).split('.');
  const facts = { gitVersion, gitMajor, gitMinor, gitTreeState: 'clean', gitCommit: '0'.repeat(40) };
  const linkerFlags = Object.entries(facts).map(
    ([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`,
  );
  const recipe = goRecipe('kubernetes', 600, ['.'], { linkerFlags });
  return {
    ...recipe,
    build: async (directory, compilerCache) => {
      await recipe.build(directory, compilerCache);
      for (const name of KUBERNETES_NAMES) symlinkSync('kubernetes', join(directory, name));
    },
  };
}

/** The one part in C. Its source comes with Kubernetes' module. */
const pause: Recipe = {
  usualSeconds: 1,
  key: () => recipeKey(kubernetesVersion(), PAUSE_VERSION),
  build: async (directory) => {
    // Fetched if it is not there, at the version and with the checksum of go.mod and go.sum.
    const told = await runProgram(await goProgram(), ['mod', 'download', '-json', 'k8s.io/kubernetes'], {
      ...{ workingDirectory: moduleOf('kubernetes'), environment: { GOTOOLCHAIN: 'local' } },
    });
    const { Dir: directoryOfKubernetes } = JSON.parse(told) as { readonly Dir: string };
    const source = join(directoryOfKubernetes, 'build', 'pause', 'linux', 'pause.c');
    const output = join(directory, 'pause');
    await runProgram('gcc', ['-Os', '-Wall', '-static', `-DVERSION=${PAUSE_VERSION}`, '-o', output, source]);
  },
};

const PLUGINS = 'github.com/containernetworking/plugins/plugins';
const FLANNEL = 'github.com/flannel-io/flannel';

const recipeOf = (part: LabPart): Recipe => {
  switch (part) {
    case 'kubernetes':
      return kubernetes();
    case 'coredns':
      return goRecipe(part, 180, ['github.com/coredns/coredns']);
    case 'flannel': {
      const version = `-X ${FLANNEL}/pkg/version.Version=${requiredVersion(part, FLANNEL)}`;
      // With C as its own Makefile builds it on amd64 (flannel@v0.28.9 Makefile): one of its backends is written in it.
      return goRecipe(part, 120, [FLANNEL, `${FLANNEL}/cmd/install_conf`], {
        linkerFlags: [version],
        cgo: true,
      });
    }
    case 'cni': {
      const names = ['ipam/host-local', 'main/bridge', 'main/loopback', 'meta/portmap'];
      return goRecipe(
        part,
        10,
        names.map((name) => `${PLUGINS}/${name}`),
      );
    }
    case 'flannel-cni':
      return goRecipe(part, 5, [`${PLUGINS}/meta/flannel`]);
    case 'pause':
      return pause;
  }
};

export interface LabProgress {
  readonly part: LabPart;
  readonly status: 'cached' | 'started' | 'done';
  /** How long it usually takes on two processors when started, how long it took when done; 0 when cached. */
  readonly seconds: number;
}

/**
 * Real Kubernetes and what it needs, from the cache or built. What is built stays when a later part fails: run again, it
 * goes on there, with what the compiler had done.
 * @throws CannotRunError where Go, a C compiler or the module proxy is missing
 */
export async function labPrograms(
  onProgress: (progress: LabProgress) => void = () => undefined,
): Promise<LabPrograms> {
  // Some 4 GB, of no use once everything is built.
  const compilerCache = join(cacheDirectory(), 'go-build');
  const directories: [LabPart, string][] = [];
  for (const part of LAB_PARTS) {
    const { usualSeconds, key, build } = recipeOf(part);
    const kind = `lab-${part}`;
    if (isCached(kind, key())) onProgress({ part, status: 'cached', seconds: 0 });
    const directory = await cached(kind, key(), async (building) => {
      const start = Date.now();
      onProgress({ part, status: 'started', seconds: usualSeconds });
      mkdirSync(compilerCache, { recursive: true });
      await build(building, compilerCache).catch((error: unknown) => {
        throw cannotBuild(part, error);
      });
      onProgress({ part, status: 'done', seconds: (Date.now() - start) / 1000 });
    });
    directories.push([part, directory]);
  }
  rmSync(compilerCache, { recursive: true, force: true });
  return Object.fromEntries(directories) as Record<LabPart, string>;
}

/** Whether etcd and every part are in the cache, so that a drill builds nothing. */
export const labIsBuilt = (): boolean =>
  etcdIsBuilt() && LAB_PARTS.every((part) => isCached(`lab-${part}`, recipeOf(part).key()));

/** The compiler's words, and what to do about the three causes that are the machine's. */
export function cannotBuild(part: LabPart, error: unknown): unknown {
  if (!(error instanceof ProgramFailed)) return error;
  const { message } = error;
  const say = (advice: string): CannotRunError =>
    new CannotRunError(`Building ${part} failed. ${advice}\n${message}`, { cause: error });
  if (/^gcc could not be started/.test(message))
    return say('A C compiler is missing: install gcc and libc6-dev.');
  if (/no space left on device/i.test(message))
    return say(`The cache needs 6 GB while it is built: free some, or set HEADROOM_CACHE_DIR.`);
  if (/reading https?:|dial tcp|TLS handshake|module lookup disabled|i\/o timeout|no such host/.test(message))
    return say(
      'Go could not fetch a module: check the network and GOPROXY (`go env GOPROXY`), then run this again; it goes on where it stopped.',
    );
  if (
    /^(go|python3)\b.*(could not be started|ended with)/.test(message) &&
    /\bpip\b|\bvenv\b|could not be started/.test(message)
  )
    return say(
      'Go 1.26.2 or later is missing, and could not be installed from its Python package: install Go.',
    );
  return error;
}
