import { stringify } from 'yaml';
import type { DiskPolicy } from '../../../domain/plan/disk-policy';
import { DEFAULT_ETCD_QUOTA_GIB } from '../../../domain/sizing/sizing';
import { GIB } from '../../../domain/units';
import { kubeReserved, kubeletConfiguration } from './kubelet';
import { PLACEHOLDERS } from './placeholders';

/** What kubeadm's files are made of. */
export interface KubeadmSettings {
  readonly environmentName: string;
  /** With its patch and without a `v`, e.g. `1.36.3`. */
  readonly kubernetesVersion: string;
  readonly nodeGroup: string;
  readonly instanceType: string;
  readonly podCidr: string;
  readonly serviceCidr: string;
  readonly diskLevels: DiskPolicy;
}

/** Label of every node, so that a workload can choose its group. */
export const NODE_GROUP_LABEL = 'headroom.io/node-group';

export const API_PORT = 6443;
/** containerd's socket on both operating systems. */
const CRI_SOCKET = 'unix:///run/containerd/containerd.sock';
const KUBEADM_API = 'kubeadm.k8s.io/v1beta4';
/** kubeadm creates a token at init that no one uses: nodes join with one that is created for them. */
const UNUSED_TOKEN_TTL = '15m0s';

/** Where bootstrap.sh puts {@link kubeletPatch}; an upgrade names it again, since kubeadm does not remember it. */
const PATCHES = { directory: '/etc/headroom/patches' };

type Arguments = Readonly<Record<string, string>>;

/** v1beta4 has lists where v1beta3 had maps. */
const extraArgs = (named: Arguments): { name: string; value: string }[] =>
  Object.entries(named).map(([name, value]) => ({ name, value }));

const nodeRegistration = ({ nodeGroup, instanceType }: KubeadmSettings): Record<string, unknown> => ({
  name: PLACEHOLDERS.nodeName,
  criSocket: CRI_SOCKET,
  kubeletExtraArgs: extraArgs({
    'node-ip': PLACEHOLDERS.nodeIp,
    'node-labels': `${NODE_GROUP_LABEL}=${nodeGroup}`,
    'kube-reserved': kubeReserved(instanceType),
    'provider-id': PLACEHOLDERS.providerId,
  }),
});

const localApiEndpoint = { advertiseAddress: PLACEHOLDERS.nodeIp, bindPort: API_PORT };
const endpoint = `${PLACEHOLDERS.apiEndpoint}:${API_PORT}`;

const yaml = (...documents: readonly unknown[]): string =>
  documents.map((document) => stringify(document, { lineWidth: 0 })).join('---\n');

/** `kubeadm init --config`: the first control-plane node. */
export const kubeadmInit = (settings: KubeadmSettings): string =>
  yaml(
    {
      apiVersion: KUBEADM_API,
      kind: 'InitConfiguration',
      bootstrapTokens: [{ ttl: UNUSED_TOKEN_TTL }],
      localAPIEndpoint: localApiEndpoint,
      nodeRegistration: nodeRegistration(settings),
      patches: PATCHES,
    },
    {
      apiVersion: KUBEADM_API,
      kind: 'ClusterConfiguration',
      clusterName: `headroom-${settings.environmentName}`,
      kubernetesVersion: `v${settings.kubernetesVersion}`,
      controlPlaneEndpoint: endpoint,
      // localhost and 127.0.0.1, so that a tunnel needs no hosts file.
      apiServer: { certSANs: [PLACEHOLDERS.apiEndpoint, '127.0.0.1', 'localhost'] },
      // etcd's default, written out: the sizing model counts on it.
      etcd: {
        local: { extraArgs: extraArgs({ 'quota-backend-bytes': String(DEFAULT_ETCD_QUOTA_GIB * GIB) }) },
      },
      networking: { podSubnet: settings.podCidr, serviceSubnet: settings.serviceCidr },
    },
    kubeletConfiguration(settings.diskLevels),
  );

const join = (settings: KubeadmSettings, more: Record<string, unknown>): string =>
  yaml({
    apiVersion: KUBEADM_API,
    kind: 'JoinConfiguration',
    discovery: {
      bootstrapToken: {
        apiServerEndpoint: endpoint,
        token: PLACEHOLDERS.token,
        caCertHashes: [PLACEHOLDERS.caCertHash],
      },
    },
    nodeRegistration: nodeRegistration(settings),
    patches: PATCHES,
    ...more,
  });

/** `kubeadm join --config` of a further control-plane node. */
export const kubeadmJoinControlPlane = (settings: KubeadmSettings): string =>
  join(settings, {
    controlPlane: { localAPIEndpoint: localApiEndpoint, certificateKey: PLACEHOLDERS.certificateKey },
  });

/** `kubeadm join --config` of a worker. */
export const kubeadmJoinWorker = (settings: KubeadmSettings): string => join(settings, {});

/**
 * kubeadm's patch of the target `kubeletconfiguration`: a node that joins gets the cluster's configuration, which is the first
 * init's, and this over it.
 * Source: https://kubernetes.io/docs/setup/production-environment/tools/kubeadm/control-plane-flags/#patches
 */
export const kubeletPatch = ({ diskLevels }: KubeadmSettings): string =>
  yaml(kubeletConfiguration(diskLevels));
