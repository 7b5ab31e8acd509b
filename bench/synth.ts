import { readFileSync, writeFileSync, mkdirSync, symlinkSync, cpSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { cpuTime, median } from './cpu-time';
import type { Log, Row } from './row';

const AT_MOST = 2;

/** The smallest app that has a network: what the CDK itself takes. */
const ONE_VPC = `import { App, Stack } from 'aws-cdk-lib';
import { Vpc } from 'aws-cdk-lib/aws-ec2';

new Vpc(new Stack(new App(), 'OneVpc'), 'Vpc');
`;

interface Shape {
  readonly environments: number;
  readonly workerGroups: number;
}

/** A copy of the project with so many environments of so many worker groups, made from `prod`. */
const projectOf = (root: string, directory: string, { environments, workerGroups }: Shape): string => {
  mkdirSync(join(directory, 'environments'), { recursive: true });
  for (const name of [
    'bin',
    'lambda',
    'lib',
    'packages',
    'cdk.json',
    'package.json',
    'package-lock.json',
    'tsconfig.json',
  ])
    try {
      cpSync(join(root, name), join(directory, name), { recursive: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  symlinkSync(join(root, 'node_modules'), join(directory, 'node_modules'));
  const prod = parse(readFileSync(join(root, 'environments', 'prod.yaml'), 'utf8')) as {
    readonly workerGroups: { readonly general: object };
  };
  const groups = Array.from({ length: workerGroups }, (_, index) => [
    `group${index}`,
    prod.workerGroups.general,
  ]);
  for (let index = 0; index < environments; index += 1)
    writeFileSync(
      join(directory, 'environments', `env${index}.yaml`),
      stringify({ ...prod, workerGroups: Object.fromEntries(groups) as object }),
    );
  return directory;
};

/** CPU seconds of synth beside an app with one VPC, and how they grow with environments and worker groups. */
export const synthRows = (root: string, work: string, rounds: number, log: Log): readonly Row[] => {
  const cdk = join(root, 'node_modules', '.bin', 'cdk');
  const node = process.execPath;
  const vpc = join(work, 'one-vpc');
  mkdirSync(vpc);
  writeFileSync(join(vpc, 'app.ts'), ONE_VPC);
  symlinkSync(join(root, 'node_modules'), join(vpc, 'node_modules'));
  const synth = (cwd: string, ...args: readonly string[]): number =>
    cpuTime(cdk, ['synth', '**', '--quiet', '--output', join(cwd, 'cdk.out'), ...args], { cwd }).cpuSeconds;
  const oneVpc = (): number => synth(vpc, '--app', `${node} --import tsx app.ts`);
  const shapes: readonly Shape[] = [
    { environments: 1, workerGroups: 1 },
    { environments: 1, workerGroups: 10 },
    { environments: 3, workerGroups: 1 },
  ];
  const projects = shapes.map((shape, index) => projectOf(root, join(work, `project-${index}`), shape));
  const times = Array.from({ length: rounds }, (_, round) => {
    const [alone, ...all] = [
      oneVpc(),
      ...projects.map((project) => synth(project, '--context', 'audit=off')),
    ];
    log(
      `round ${round + 1}: one VPC ${alone?.toFixed(1)} s, ${all.map((each) => each.toFixed(1)).join(', ')} s`,
    );
    return { alone: alone ?? NaN, all };
  });
  const of = (index: number, base: (time: (typeof times)[number]) => number): number =>
    median(times.map((time) => (time.all[index] ?? NaN) / base(time)));
  const one = (time: (typeof times)[number]): number => time.all[0] ?? NaN;
  return [
    {
      what: 'synth of one environment',
      value: of(0, ({ alone }) => alone),
      unit: '× an app with one VPC',
      note: `its handlers are bundled; at most ${AT_MOST} is wanted`,
    },
    {
      what: 'synth of 10 worker groups',
      value: of(1, one),
      unit: '× one worker group',
      note: 'in one environment; below 10: no group costs more than the first',
    },
    {
      what: 'synth of 3 environments',
      value: of(2, one),
      unit: '× one environment',
      note: 'below 3: no environment costs more than the first',
    },
  ];
};
