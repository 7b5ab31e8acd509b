import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { KUBERNETES_NAMES, type LabPrograms } from './programs';

/** The pod network's manifest is applied as it is, so its images have its names. */
const FLANNEL_MANIFEST = join(__dirname, '../../stacks/cluster/cni/flannel.yaml');

interface Layer {
  /** Path in the image → file on the host. */
  readonly files?: Readonly<Record<string, string>>;
  /** Globs in the node's root filesystem; what they load comes with them. */
  readonly fromRoot?: readonly string[];
  /** Path in the image → what the link says. */
  readonly links?: Readonly<Record<string, string>>;
}

/** What build/make-images.py reads. */
export interface ImagePlan {
  readonly layers: Readonly<Record<string, Layer>>;
  readonly images: readonly {
    readonly name: string;
    readonly entrypoint: readonly string[];
    readonly layers: readonly string[];
  }[];
}

const linksTo = (target: string, names: readonly string[]): Record<string, string> =>
  Object.fromEntries(names.map((name) => [name, target]));

/** Names of the images that a manifest's pods use, each once. */
export const imagesOf = (manifest: string): string[] => [
  ...new Set([...manifest.matchAll(/^\s*image: (\S+)$/gm)].map((match) => match[1] ?? '')),
];

/** Image → layers, by the image's last name. One binary serves Kubernetes' four, so they share a layer. */
const CONTENTS: Readonly<
  Record<string, { readonly entrypoint: string; readonly layers: readonly string[] }>
> = {
  'kube-apiserver': { entrypoint: '/usr/local/bin/kube-apiserver', layers: ['kubernetes'] },
  'kube-controller-manager': { entrypoint: '/usr/local/bin/kube-controller-manager', layers: ['kubernetes'] },
  'kube-scheduler': { entrypoint: '/usr/local/bin/kube-scheduler', layers: ['kubernetes'] },
  'kube-proxy': { entrypoint: '/usr/local/bin/kube-proxy', layers: ['kubernetes', 'network'] },
  coredns: { entrypoint: '/coredns', layers: ['coredns'] },
  etcd: { entrypoint: '/usr/local/bin/etcd', layers: ['etcd'] },
  pause: { entrypoint: '/pause', layers: ['pause'] },
  flannel: { entrypoint: '/opt/bin/flanneld', layers: ['flannel', 'network'] },
  'flannel-cni-plugin': { entrypoint: '/flannel', layers: ['flannel-cni'] },
};

/**
 * Every image that the real node runs.
 * @param kubeadmImages what `kubeadm config images list` prints
 * @throws Error where kubeadm or the manifest asks for an image that the lab does not build
 */
export function imagePlan(
  kubeadmImages: readonly string[],
  programs: LabPrograms,
  etcd: string,
  manifest = readFileSync(FLANNEL_MANIFEST, 'utf8'),
): ImagePlan {
  const iptables = ['iptables', 'ip6tables'].flatMap((name) =>
    ['', '-save', '-restore'].map((suffix) => `/usr/sbin/${name}${suffix}`),
  );
  return {
    layers: {
      kubernetes: {
        files: { '/usr/local/bin/kubernetes': join(programs.kubernetes, 'kubernetes') },
        links: linksTo(
          'kubernetes',
          KUBERNETES_NAMES.map((name) => `/usr/local/bin/${name}`),
        ),
      },
      network: {
        fromRoot: [
          ...['/usr/sbin/xtables-nft-multi', '/usr/sbin/nft', '/usr/sbin/conntrack'],
          '/usr/lib/x86_64-linux-gnu/xtables/*.so',
        ],
        links: linksTo('xtables-nft-multi', iptables),
      },
      coredns: { files: { '/coredns': join(programs.coredns, 'coredns') } },
      etcd: {
        files: Object.fromEntries(
          ['etcd', 'etcdctl', 'etcdutl'].map((name) => [`/usr/local/bin/${name}`, join(etcd, name)]),
        ),
      },
      pause: { files: { '/pause': join(programs.pause, 'pause') } },
      flannel: {
        files: {
          '/opt/bin/flanneld': join(programs.flannel, 'flannel'),
          '/opt/bin/install-conf': join(programs.flannel, 'install_conf'),
        },
      },
      'flannel-cni': {
        files: { '/flannel': join(programs['flannel-cni'], 'flannel') },
        fromRoot: ['/bin/busybox'],
        links: { '/bin/cp': 'busybox' },
      },
    },
    images: [...kubeadmImages, ...imagesOf(manifest)].map((name) => {
      const last = /([^/]+):[^/:]+$/.exec(name)?.[1] ?? '';
      const content = CONTENTS[last];
      if (content === undefined) throw new Error(`the lab builds nothing for the image ${name}`);
      return { name, entrypoint: [content.entrypoint], layers: content.layers };
    }),
  };
}
