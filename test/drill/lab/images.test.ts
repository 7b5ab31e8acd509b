import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { imagePlan, imagesOf } from '../../../lib/drill/lab/images';
import { LAB_PARTS, type LabPrograms } from '../../../lib/drill/lab/programs';

/** Printed by `kubeadm config images list --kubernetes-version v1.36.3`, 2026-11-30. */
const KUBEADM_IMAGES = [
  'registry.k8s.io/kube-apiserver:v1.36.3',
  'registry.k8s.io/kube-controller-manager:v1.36.3',
  'registry.k8s.io/kube-scheduler:v1.36.3',
  'registry.k8s.io/kube-proxy:v1.36.3',
  'registry.k8s.io/coredns/coredns:v1.14.2',
  'registry.k8s.io/pause:3.10.2',
  'registry.k8s.io/etcd:3.6.8-0',
];
const PROGRAMS = Object.fromEntries(LAB_PARTS.map((part) => [part, `/cache/${part}`])) as LabPrograms;
const MANIFEST = readFileSync(join(__dirname, '../../../lib/stacks/cluster/cni/flannel.yaml'), 'utf8');

test('there is an image for each that kubeadm and the pod network’s manifest name', () => {
  const { images, layers } = imagePlan(KUBEADM_IMAGES, PROGRAMS, '/cache/etcd');
  expect(images.map(({ name }) => name)).toEqual([...KUBEADM_IMAGES, ...imagesOf(MANIFEST)]);
  expect(imagesOf(MANIFEST)).toHaveLength(2);
  for (const image of images) expect(Object.keys(layers)).toEqual(expect.arrayContaining([...image.layers]));
});

test('each command of the manifest is in its image', () => {
  const { images, layers } = imagePlan(KUBEADM_IMAGES, PROGRAMS, '/cache/etcd');
  const pairs = [...MANIFEST.matchAll(/image: (\S+)\s+command:\s*\[([^,\]]+)/g)];
  expect(pairs).toHaveLength(3);
  for (const [, name, command] of pairs) {
    const image = images.find((each) => each.name === name)!;
    const names = image.layers.flatMap((layer) => [
      ...Object.keys(layers[layer]?.files ?? {}),
      ...Object.keys(layers[layer]?.links ?? {}),
    ]);
    expect(names.some((path) => path === command || path.endsWith(`/${command}`))).toBe(true);
  }
});

test('an image that the lab does not build is named before anything is composed', () => {
  expect(() => imagePlan(['registry.k8s.io/etcd-next:1.0'], PROGRAMS, '/cache/etcd')).toThrow(
    'registry.k8s.io/etcd-next:1.0',
  );
});
