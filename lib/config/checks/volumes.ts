import type { Mistake, Path } from '../../domain/mistakes/file-mistake';
import { DEFAULTS, GP3, gp3MaxIops, gp3MaxThroughputMiBps } from '../rules';
import type { Check, Reader } from './reader';

export const risingLevels: Check = ({ number }) => {
  const order = ['targetPercent', 'warningPercent', 'criticalPercent', 'emergencyPercent'] as const;
  return order.slice(1).flatMap((higher, index) => {
    const lower = order[index] ?? higher;
    const low = number(['diskLevels', lower], DEFAULTS.diskLevels[lower]);
    const high = number(['diskLevels', higher], DEFAULTS.diskLevels[higher]);
    if (low === undefined || high === undefined || low < high) return [];
    return [
      {
        path: ['diskLevels', higher],
        rule: `be above ${lower} (${low})`,
        found: high,
        fix: `write more than ${low}, or lower ${lower}; defaults are ${order.map((key) => DEFAULTS.diskLevels[key]).join(' < ')}`,
      },
    ];
  });
};

const volumePaths = (read: Reader): Path[] => [
  [...read.controlPlaneAt, 'rootVolume'],
  ...read.groups().map((group) => [...read.groupsAt, group, 'rootVolume']),
];

export const capAboveSize: Check = (read) =>
  volumePaths(read).flatMap((path) => {
    const size = read.number([...path, 'sizeGiB']);
    const cap = read.number([...path, 'maxSizeGiB']);
    if (size === undefined || cap === undefined || cap >= size) return [];
    const rule = `be at least sizeGiB (${size})`;
    return [{ path: [...path, 'maxSizeGiB'], rule, found: cap, fix: `write ${size} or more` }];
  });

export const gp3Ratios: Check = (read) =>
  // The speed of volumes that exist already is not declared.
  (read.isAttached ? [] : volumePaths(read)).flatMap((path) => {
    const size = read.number([...path, 'sizeGiB']);
    const iops = read.number([...path, 'iops'], DEFAULTS.iops);
    const throughput = read.number([...path, 'throughputMiBps'], DEFAULTS.throughputMiBps);
    const mistakes: Mistake[] = [];
    if (size !== undefined && iops !== undefined && iops > gp3MaxIops(size))
      mistakes.push({
        path: [...path, 'iops'],
        rule: `be at most ${gp3MaxIops(size)} for ${size} GiB (gp3 gives ${GP3.maxIopsPerGiB} IOPS per GiB)`,
        found: iops,
        fix: `write ${gp3MaxIops(size)} or less, or raise sizeGiB to ${Math.ceil(iops / GP3.maxIopsPerGiB)}`,
      });
    if (iops !== undefined && throughput !== undefined && throughput > gp3MaxThroughputMiBps(iops))
      mistakes.push({
        path: [...path, 'throughputMiBps'],
        rule: `be at most ${gp3MaxThroughputMiBps(iops)} for ${iops} IOPS (gp3 gives ${GP3.maxThroughputMiBpsPerIops} MiB/s per IOPS)`,
        found: throughput,
        fix: `write ${gp3MaxThroughputMiBps(iops)} or less, or raise iops to ${Math.ceil(throughput / GP3.maxThroughputMiBpsPerIops)}`,
      });
    return mistakes;
  });
