import { flannelManifest } from '../lib/stacks/cluster/cni/flannel';

/** Something that a node downloads at its first boot or when it is upgraded. */
export interface NodeDownload {
  readonly name: string;
  /** undefined: what the source has that day. */
  readonly version?: string;
  /** A package URL. https://github.com/package-url/purl-spec */
  readonly purl: string;
  readonly source: string;
  /** What says that it is what its makers published. */
  readonly verifiedBy: string;
}

const DISTRIBUTION = 'the repositories of the operating system';
const KUBERNETES = 'https://pkgs.k8s.io';
const KUBERNETES_PACKAGES = ['kubelet', 'kubeadm', 'kubectl'];

/** A node's operating system verifies its own packages. */
const ofDistribution = (name: string): NodeDownload => ({
  name,
  purl: `pkg:generic/${name}`,
  source: DISTRIBUTION,
  verifiedBy: "the signatures of the distribution's repository",
});

const fromKubernetes = (name: string, version?: string): NodeDownload => ({
  name,
  ...(version !== undefined && { version }),
  purl: `pkg:generic/${name}${version === undefined ? '' : `@${version}`}`,
  source: KUBERNETES,
  verifiedBy: "the repository's signing key, whose fingerprint is in package-key.sh",
});

/** `image: REPOSITORY:TAG[@sha256:…]` of a manifest, each once. */
export const imagesOf = (manifest: string): readonly NodeDownload[] =>
  [...new Set([...manifest.matchAll(/^\s*image:\s*["']?([^\s"']+)/gm)].map(([, image = '']) => image))].map(
    (image) => {
      const [, repository = image, version, digest] =
        /^(.*?)(?::([^:/@]+))?(?:@(sha256:\w+))?$/.exec(image) ?? [];
      const name = repository.split('/').at(-1) ?? repository;
      return {
        ...{ name, source: repository },
        ...(version !== undefined && { version }),
        purl: `pkg:oci/${name}${digest === undefined ? '' : `@${encodeURIComponent(digest)}`}?repository_url=${repository}${version === undefined ? '' : `&tag=${version}`}`,
        verifiedBy: digest === undefined ? 'TLS alone: a tag, without a digest' : 'its digest',
      };
    },
  );

/** Everything beside the machine image. @param kubernetesVersions of the environments, e.g. `1.36.3` */
export const nodeDownloads = (kubernetesVersions: readonly string[]): readonly NodeDownload[] => [
  ...[...new Set(kubernetesVersions)].flatMap((version) =>
    KUBERNETES_PACKAGES.map((name) => fromKubernetes(name, version)),
  ),
  ...['cri-tools', 'kubernetes-cni'].map((name) => fromKubernetes(name)),
  ...['containerd', 'amazon-ssm-agent', 'awscli'].map(ofDistribution),
  {
    name: 'amazon-cloudwatch-agent',
    purl: 'pkg:generic/amazon-cloudwatch-agent',
    source: 'https://amazoncloudwatch-agent-REGION.s3.REGION.amazonaws.com',
    verifiedBy:
      'its signature, by the key of https://amazoncloudwatch-agent.s3.amazonaws.com, whose fingerprint is in agents.sh',
  },
  ...imagesOf(flannelManifest('10.0.0.0/16')),
];
