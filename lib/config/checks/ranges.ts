import { overlap } from '../cidr';
import type { Check, Reader } from './reader';
import type { Mistake, Path } from '../../domain/mistakes/file-mistake';
import { DEFAULTS, OWN_CNI } from '../rules';

const VPC: Path = ['vpcCidr'];
const PODS: Path = ['cluster', 'podCidr'];
const SERVICES: Path = ['cluster', 'serviceCidr'];

/** Each range, what it is when left out, and others to propose. */
const RANGES = [
  { path: VPC, otherwise: DEFAULTS.vpcCidr, others: ['172.16.0.0/16', '192.168.0.0/16'] },
  { path: PODS, otherwise: DEFAULTS.podCidr, others: ['100.64.0.0/16', '172.20.0.0/16', '192.168.0.0/16'] },
  { path: SERVICES, otherwise: DEFAULTS.serviceCidr, others: ['172.28.0.0/16', '100.96.0.0/16'] },
] as const;

const PAIRS = [
  [0, 1],
  [0, 2],
  [1, 2],
] as const;

/**
 * A packet for an address that two of them have goes to one of them: pods reach no node, or no service.
 * kubeadm looks at pods and services only, when a node boots, and never at the VPC.
 */
export const rangesApart: Check = (read) => {
  if (read.isAttached) return [];
  const valueOf = (index: number): string => read.text(RANGES[index]!.path) ?? RANGES[index]!.otherwise;
  return PAIRS.flatMap(([one, other]): Mistake[] => {
    const [left, right] = [valueOf(one), valueOf(other)];
    if (!overlap(left, right)) return [];
    // At the one that is written in the file; of two, at the one that is easier to change.
    const [wrong, kept] = read.raw(RANGES[other].path) === undefined ? [one, other] : [other, one];
    const { path, otherwise, others } = RANGES[wrong];
    const rest = [0, 1, 2].filter((index) => index !== wrong).map(valueOf);
    const free = [otherwise, ...others].find((range) => rest.every((value) => !overlap(range, value)));
    const fix = free === undefined ? 'write a range that no other has' : `write e.g. ${free}`;
    const rule = `share no address with ${RANGES[kept].path.join('.')} (${valueOf(kept)})`;
    return [{ path, rule, found: valueOf(wrong), fix }];
  });
};

/** Of each node, cut from podCidr by the controller manager: its default for IPv4. */
const NODE_MASK_BITS = 24;

const mostNodes = (read: Reader): number =>
  read
    .groups()
    .reduce(
      (sum, group) => sum + (read.number([...read.groupsAt, group, 'max']) ?? 0),
      read.number(['controlPlane', 'count']) ?? 0,
    );

/**
 * flannel takes a node's addresses from its podCIDR, a /24: a node that gets none never becomes Ready.
 * Source: https://kubernetes.io/docs/reference/command-line-tools-reference/kube-controller-manager/ (node-cidr-mask-size)
 */
export const roomForNodes: Check = (read) => {
  const cidr = read.text(PODS) ?? DEFAULTS.podCidr;
  const bits = Number(/\/(\d+)$/.exec(cidr)?.[1]);
  const nodes = mostNodes(read);
  const own = read.text(['cluster', 'cniManifest']) ?? OWN_CNI;
  if (read.isAttached || own !== OWN_CNI || nodes <= 2 ** (NODE_MASK_BITS - bits)) return [];
  const rule = `have a /${NODE_MASK_BITS} for each of the ${nodes} nodes that there may be (it has ${2 ** (NODE_MASK_BITS - bits)})`;
  const wanted = NODE_MASK_BITS - Math.ceil(Math.log2(nodes));
  return [{ path: PODS, rule, found: cidr, fix: `write a range of /${wanted} or larger, or lower max` }];
};

/** The range must begin where its prefix says, or AWS refuses it. */
export const alignedCidr: Check = ({ text }) => {
  const cidr = text(['vpcCidr']);
  const [, prefix, third, bits] = /^(\d+\.\d+)\.(\d+)\.0\/(1[6-9]|20)$/.exec(cidr ?? '') ?? [];
  if (cidr === undefined || prefix === undefined) return [];
  const block = 2 ** (24 - Number(bits));
  const start = Math.floor(Number(third) / block) * block;
  if (start === Number(third)) return [];
  const fix = `write ${prefix}.${start}.0/${bits}`;
  return [{ path: ['vpcCidr'], rule: `begin at a multiple of its size`, found: cidr, fix }];
};
