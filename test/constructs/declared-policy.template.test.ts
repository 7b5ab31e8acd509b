import { environmentOf, resources, shipped, synthesize } from '../app/synthesized';

const declared = (type: string, environment = 'prod'): unknown[] =>
  Object.values(
    shipped(environment).cluster.findResources(type) as Record<
      string,
      { Metadata?: Record<string, unknown> }
    >,
  ).map(({ Metadata }) => Metadata?.['Headroom']);

const diskLevels = { warningPercent: 80, criticalPercent: 90, emergencyPercent: 95, targetPercent: 75 };
// The kubelet of the templates that user data carries.
const kubelet = { imageGcLowPercent: 65, imageGcHighPercent: 75, evictionPercent: 85 };
const controlPlane = {
  environment: 'prod',
  nodeGroup: 'control-plane',
  role: 'control-plane',
  environmentFile: 'environments/prod.yaml',
  environmentPath: 'controlPlane',
};
const workers = (nodeGroup: string, sizes: object) => ({
  environment: 'prod',
  nodeGroup,
  role: 'worker',
  environmentFile: 'environments/prod.yaml',
  environmentPath: `workerGroups.${nodeGroup}`,
  diskLevels,
  kubelet,
  ...sizes,
});
const general = workers('general', { sizeGiB: 60, maxSizeGiB: 400, growthGiBPerDay: 2 });
const memory = workers('memory', { sizeGiB: 80, maxSizeGiB: 500, growthGiBPerDay: 2 });

test('launch templates and groups declare what the environment file says of them, and where', () => {
  expect(declared('AWS::EC2::LaunchTemplate')).toEqual([
    { ...controlPlane, diskLevels, kubelet, sizeGiB: 40, maxSizeGiB: 200, growthGiBPerDay: 0.3 },
    general,
    memory,
  ]);
  expect(declared('AWS::AutoScaling::AutoScalingGroup')).toEqual([general, memory]);
});

test('instances declare whose they are, and no size: an edit of a size touches none', () => {
  expect(declared('AWS::EC2::Instance')).toEqual([controlPlane, controlPlane, controlPlane]);
});

test('growth that the file does not declare is not declared', () => {
  const environment = environmentOf('dev');
  delete environment.controlPlane.rootVolume.growthGiBPerDay;
  delete environment.workerGroups['general']!.rootVolume.growthGiBPerDay;
  const templates = resources(synthesize('dev', environment).cluster, 'AWS::EC2::LaunchTemplate');
  expect(Object.keys(templates)).toHaveLength(2);
  expect(JSON.stringify(templates)).not.toContain('growthGiBPerDay');
});
