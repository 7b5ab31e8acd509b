import fc from 'fast-check';
import { instanceReplaced } from '../../lib/audit/rules/instance-replaced';
import type { ProvisionedEnvironment as Environment, RootVolume } from '../../lib/config/schema';
import { provisionedSchema } from '../../lib/config/schema';
import { GP3, gp3MaxIops, gp3MaxThroughputMiBps } from '../../lib/domain/sizing/gp3';
import { factsOfTemplate, removeMade } from '../audit/read/support';
import {
  ENVIRONMENTS,
  environmentOf,
  resources,
  shipped,
  synthesize,
  synthesizeAnew,
  type Synthesized,
} from './synthesized';

jest.setTimeout(120_000);
afterAll(removeMade);

/** Any root volume that the schema takes, with the ratios that gp3 has. */
const rootVolumes: fc.Arbitrary<RootVolume> = fc
  .tuple(
    fc.integer({ min: 20, max: GP3.maxGiB }),
    fc.nat(),
    fc.double({ min: 0, max: 1, noNaN: true }),
    fc.double({ min: 0, max: 1, noNaN: true }),
  )
  .map(([sizeGiB, more, iopsShare, throughputShare]) => {
    const iops = Math.round(GP3.minIops + iopsShare * (gp3MaxIops(sizeGiB) - GP3.minIops));
    const most = gp3MaxThroughputMiBps(iops);
    return {
      ...{ sizeGiB, maxSizeGiB: Math.min(GP3.maxGiB, sizeGiB + more), type: 'gp3' as const, iops },
      throughputMiBps: Math.floor(GP3.minThroughputMiBps + throughputShare * (most - GP3.minThroughputMiBps)),
    };
  });

const edit = (environment: Environment, change: (volume: RootVolume) => Partial<RootVolume>): Environment => {
  const volume = <T extends { rootVolume: RootVolume }>(group: T): T => ({
    ...group,
    rootVolume: { ...group.rootVolume, ...change(group.rootVolume) },
  });
  return {
    ...environment,
    controlPlane: volume(environment.controlPlane),
    workerGroups: Object.fromEntries(
      Object.entries(environment.workerGroups).map(([name, group]) => [name, volume(group)]),
    ),
  };
};

interface TemplateJson {
  readonly Resources: Readonly<Record<string, { readonly Type: string }>>;
}
const templates = ({ assembly }: Synthesized): [string, TemplateJson][] =>
  assembly.stacks.map(({ stackName, template }) => [stackName, template as TemplateJson]);
const logicalIds = (of: Synthesized): string[] =>
  templates(of).flatMap(([name, { Resources }]) =>
    Object.entries(Resources).map(([id, { Type }]) => `${name} ${id} ${Type}`),
  );
const launchData = (of: Synthesized): unknown => resources(of.cluster, 'AWS::EC2::LaunchTemplate');

/** No logical id and nothing of an instance changes, nor what the audit knows to replace one. */
const expectInPlace = (name: string, edited: Environment, synthesized = synthesize): Synthesized => {
  const before = shipped(name);
  const after = synthesized(name, edited);
  expect(logicalIds(after)).toEqual(logicalIds(before));
  const instances = resources(before.cluster, 'AWS::EC2::Instance');
  expect(Object.keys(instances)).toHaveLength(environmentOf(name).controlPlane.count);
  expect(resources(after.cluster, 'AWS::EC2::Instance')).toEqual(instances);
  const [base, head] = [before, after].map(({ cluster }) => factsOfTemplate(cluster.toJSON()));
  const outcomes = instanceReplaced.check({ head: head!, base: base! });
  expect(outcomes.length).toBeGreaterThanOrEqual(Object.keys(instances).length);
  expect(outcomes.map(({ kind }) => kind)).toEqual(outcomes.map(() => 'pass'));
  return after;
};

describe.each(ENVIRONMENTS.map(({ name }) => name))('%s', (name) => {
  const environment = environmentOf(name);

  test.each<[string, (volume: RootVolume) => Partial<RootVolume>]>([
    ['sizeGiB', ({ sizeGiB }) => ({ sizeGiB: sizeGiB + 1 })],
    ['maxSizeGiB', ({ maxSizeGiB }) => ({ maxSizeGiB: maxSizeGiB + 1 })],
    ['iops', ({ iops }) => ({ iops: iops + 1 })],
    ['throughputMiBps', ({ throughputMiBps }) => ({ throughputMiBps: throughputMiBps + 1 })],
  ])('an edited %s reaches the templates and leaves every control-plane instance as it is', (_, change) => {
    const after = expectInPlace(name, edit(environment, change));
    const all = (of: Synthesized): string => JSON.stringify(templates(of));
    expect(all(after)).not.toBe(all(shipped(name)));
  });

  test('whatever sizes the schema takes', () => {
    const volumes = fc.array(rootVolumes, { minLength: 5, maxLength: 5 });
    fc.assert(
      fc.property(volumes, fc.boolean(), ([first, ...others], growExisting) => {
        let index = 0;
        const edited: Environment = {
          ...environment,
          controlPlane: { ...environment.controlPlane, rootVolume: first! },
          workerGroups: Object.fromEntries(
            Object.entries(environment.workerGroups).map(([group, declared]) => [
              group,
              { ...declared, growExisting, rootVolume: others[index++ % others.length]! },
            ]),
          ),
        };
        expect(provisionedSchema.safeParse(edited).error).toBeUndefined();
        expectInPlace(name, edited, synthesizeAnew);
      }),
      { numRuns: 8 },
    );
  });

  test('a raised size is what a node starts with from now on, and what the deploy grows the control plane to', () => {
    const sizeGiB = environment.controlPlane.rootVolume.sizeGiB + 10;
    const after = synthesize(
      name,
      edit(environment, () => ({ sizeGiB, maxSizeGiB: 1_000 })),
    );
    expect(JSON.stringify(launchData(after))).toContain(`"VolumeSize":${sizeGiB}`);
    const [resource, ...more] = Object.values(resources(after.heal, 'Custom::HeadroomDeclaredSizes'));
    expect(more).toEqual([]);
    expect(resource?.Properties).toMatchObject({
      EnvironmentFile: `environments/${name}.yaml`,
      Groups: [{ Name: 'control-plane', SizeGiB: sizeGiB, Path: 'controlPlane' }],
    });
  });
});
