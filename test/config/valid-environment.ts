import { stringify } from 'yaml';

/** An environment file's content that has no mistake. */
export const validEnvironment = () => ({
  account: '111122223333',
  region: 'eu-central-1',
  zones: ['eu-central-1a', 'eu-central-1b', 'eu-central-1c'],
  kubernetesVersion: '1.36.3',
  vpcCidr: '10.0.0.0/16',
  controlPlane: {
    count: 3,
    instanceType: 't4g.medium',
    os: 'ubuntu-24.04',
    rootVolume: { sizeGiB: 30, maxSizeGiB: 200, type: 'gp3', iops: 3000, throughputMiBps: 125 },
  },
  workerGroups: {
    general: {
      min: 1,
      max: 3,
      instanceType: 'm7i.large',
      os: 'ubuntu-24.04',
      rootVolume: { sizeGiB: 30, maxSizeGiB: 200, type: 'gp3', iops: 3000, throughputMiBps: 125 },
    },
  },
  diskLevels: { warningPercent: 80, criticalPercent: 90, emergencyPercent: 95, targetPercent: 75 },
  notifications: { emails: ['oncall@example.com'] },
});

type Tree = Record<string, unknown>;

/** The valid content as YAML, with values put at (or, `undefined`, taken from) dotted paths. */
export const environmentWith = (changes: Readonly<Record<string, unknown>>): string => {
  const content: Tree = validEnvironment();
  for (const [path, value] of Object.entries(changes)) {
    const keys = path.split('.');
    const last = keys.pop() ?? '';
    const parent = keys.reduce<Tree>((tree, key) => (tree[key] ??= {}) as Tree, content);
    if (value === undefined) delete parent[last];
    else parent[last] = value;
  }
  return stringify(content);
};
