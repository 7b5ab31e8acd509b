import { parseAllDocuments } from 'yaml';
import { flannelManifest } from '../../../lib/stacks/cluster/cni/flannel';
import { resources, shipped } from '../../app/synthesized';

interface Container {
  readonly name: string;
  readonly image: string;
  readonly securityContext?: {
    readonly privileged?: boolean;
    readonly capabilities: { readonly add: string[] };
  };
  readonly volumeMounts: { readonly name: string }[];
}
interface PodSpec {
  readonly hostNetwork: boolean;
  readonly tolerations: unknown[];
  readonly initContainers: Container[];
  readonly containers: Container[];
  readonly volumes: { readonly name: string }[];
}
interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly data?: Record<string, string>;
  readonly spec?: { readonly template: { readonly spec: PodSpec } };
}

const documents = parseAllDocuments(flannelManifest('100.64.0.0/16')).map(
  (document) => document.toJS() as Manifest,
);
const of = (kind: string): Manifest => documents.find((document) => document.kind === kind)!;
const pod = of('DaemonSet').spec!.template.spec;
const containers = [...pod.initContainers, ...pod.containers];

test('is valid YAML, with nothing left to fill in', () => {
  expect(documents.map(({ kind }) => kind)).toEqual([
    ...['Namespace', 'ServiceAccount', 'ClusterRole', 'ClusterRoleBinding', 'ConfigMap', 'DaemonSet'],
  ]);
  expect(flannelManifest('100.64.0.0/16')).not.toContain('@@');
});

test('has the pods’ range, and the port that security groups open between all nodes', () => {
  const network = JSON.parse(of('ConfigMap').data!['net-conf.json']!) as {
    Network: string;
    Backend: { Type: string; Port: number };
  };
  expect(network).toEqual({ Network: '100.64.0.0/16', Backend: { Type: 'vxlan', Port: 8472 } });
  const open = Object.values(resources(shipped('prod').cluster, 'AWS::EC2::SecurityGroupIngress')).filter(
    ({ Properties }) => Properties['IpProtocol'] === 'udp' && Properties['FromPort'] === network.Backend.Port,
  );
  expect(open).toHaveLength(4);
});

test('its CNI configuration chains the plugins of kubernetes-cni behind its own', () => {
  const { plugins } = JSON.parse(of('ConfigMap').data!['cni-conf.json']!) as { plugins: { type: string }[] };
  expect(plugins.map(({ type }) => type)).toEqual(['flannel', 'portmap']);
});

test('every image is pinned to a version', () => {
  for (const { image } of containers)
    expect(image).toMatch(/^ghcr\.io\/flannel-io\/[\w-]+:v\d+\.\d+\.\d+(-\w+)?$/);
});

test('runs on every node, before the node is Ready, without being privileged', () => {
  expect(pod).toMatchObject({
    hostNetwork: true,
    tolerations: [{ operator: 'Exists', effect: 'NoSchedule' }],
  });
  const privileged = containers.filter(({ securityContext }) => securityContext?.privileged === true);
  expect(privileged).toEqual([]);
  expect(pod.containers[0]!.securityContext!.capabilities.add).toEqual(['NET_ADMIN', 'NET_RAW']);
});

test('each mount is of a volume that is there, and each volume is mounted', () => {
  const mounted = new Set(containers.flatMap(({ volumeMounts }) => volumeMounts.map(({ name }) => name)));
  expect([...mounted].sort()).toEqual(pod.volumes.map(({ name }) => name).sort());
});
