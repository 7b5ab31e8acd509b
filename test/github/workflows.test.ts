import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, WORKFLOWS, action, allSteps, textOf, workflow, type Workflow } from './workflow-files';
import { parse } from 'yaml';

const audit = workflow('audit.yml');
const deploy = workflow('deploy.yml');

describe('every workflow and the action', () => {
  it.each(['action.yml', ...WORKFLOWS])('%s pins each action by its commit, and says the version', (file) => {
    const uses = textOf(file).match(/uses: .*/g) ?? [];
    expect(uses.length).toBeGreaterThan(0);
    for (const line of uses)
      expect(line).toMatch(/^uses: (\.\/$|[\w.-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$)/);
  });

  it('pins one action by one commit everywhere', () => {
    const pins = new Map<string, Set<string>>();
    for (const [, { uses }] of allSteps) {
      const [name = '', commit = ''] = uses?.split('@') ?? [];
      if (commit !== '') pins.set(name, (pins.get(name) ?? new Set()).add(commit));
    }
    expect([...pins].filter(([, commits]) => commits.size > 1)).toEqual([]);
  });

  it.each(allSteps.filter(([, { run }]) => run !== undefined))(
    '%s lets no expression into its shell',
    (_where, { run, shell }) => {
      expect(run).not.toContain('${{');
      expect(shell ?? 'bash').toBe('bash');
    },
  );

  it.each(allSteps.filter(([, { uses }]) => uses?.startsWith('actions/checkout@')))(
    '%s leaves no token in the checkout',
    (_where, step) => expect(step.with?.['persist-credentials']).toBe(false),
  );

  it.each(allSteps.filter(([, { uses }]) => uses?.startsWith('actions/setup-node@')))(
    '%s keeps no cache, for a package.json would switch it on',
    (_where, step) => expect(step.with?.['package-manager-cache']).toBe(false),
  );

  it.each(WORKFLOWS)('%s grants nothing to all jobs, and a time to each', (file) => {
    const { permissions, jobs, on } = parse(textOf(file)) as Workflow;
    expect(permissions).toEqual({});
    expect(Object.keys(on)).not.toContain('pull_request_target');
    for (const job of Object.values(jobs)) {
      expect(job.permissions).toBeDefined();
      expect(job['timeout-minutes']).toBeGreaterThan(0);
    }
  });
});

describe('the audit of a pull request', () => {
  const { audit: first, report } = audit.jobs as Record<'audit' | 'report', Workflow['jobs'][string]>;

  it('runs the code of the head only where the token is read-only', () => {
    expect(first.permissions).toEqual({ contents: 'read' });
    expect(report.permissions).toEqual({
      contents: 'read',
      'pull-requests': 'write',
      'security-events': 'write',
    });
    const [checkout] = report.steps;
    expect(checkout?.with).toMatchObject({
      ref: '${{ github.event.pull_request.base.sha || github.sha }}',
      'sparse-checkout': 'bin/github-comment.ts',
    });
    // What may write installs nothing, and runs one file of the base.
    const runs = report.steps.flatMap(({ run }) => (run === undefined ? [] : [run]));
    expect(runs).toEqual(['node --disable-warning=MODULE_TYPELESS_PACKAGE_JSON bin/github-comment.ts']);
    expect(report.steps.some(({ uses }) => uses?.startsWith('./'))).toBe(false);
  });

  it('takes no secret and no AWS role', () => {
    const text = textOf(join('.github', 'workflows', 'audit.yml'));
    expect(text).not.toMatch(/secrets\.|id-token|aws-actions/);
  });

  it('leaves forks to the job summary', () =>
    expect(report.if).toContain('github.event.pull_request.head.repo.full_name == github.repository'));

  it('gives the action no input that it does not have', () => {
    const used = first.steps.find(({ uses }) => uses === './');
    expect(Object.keys(action.inputs)).toEqual(expect.arrayContaining(Object.keys(used?.with ?? {})));
  });

  it('comments with a file that imports nothing but Node', () => {
    const imports = textOf('bin/github-comment.ts').match(/from '([^']+)'/g);
    expect(imports).toEqual(["from 'node:fs'"]);
  });
});

describe('the action', () => {
  it('is composite, and its steps name a shell', () => {
    expect(action.runs.using).toBe('composite');
    for (const { run, shell } of action.runs.steps) if (run !== undefined) expect(shell).toBe('bash');
  });

  it('describes every input, uses it, and knows every one that it uses', () => {
    const used = new Set([...textOf('action.yml').matchAll(/inputs\.([\w-]+)/g)].map(([, name]) => name));
    expect([...used].sort()).toEqual(Object.keys(action.inputs).sort());
    for (const { description } of Object.values(action.inputs)) expect(description).not.toBe('');
  });

  it('starts npm in its own folder: where npm starts, it reads .npmrc', () => {
    const npm = action.runs.steps.filter(({ run }) => run?.includes('npm'));
    expect(npm.map((step) => step['working-directory'])).toEqual(['${{ github.action_path }}']);
  });

  it('runs files that are there', () => {
    const files = [...textOf('action.yml').matchAll(/\$ACTION_PATH\/([\w./-]+)/g)].map(
      ([, file]) => file ?? '',
    );
    expect(files).toEqual(['.github/scripts/audit.sh', 'bin/github-comment.ts']);
    for (const file of files) expect(existsSync(join(ROOT, file))).toBe(true);
  });
});

describe('deployment', () => {
  const environments = readdirSync(join(ROOT, 'environments'))
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => file.replace('.yaml', ''));

  it('has a job for each environment file, behind the GitHub environment of its name', () => {
    const jobs = Object.fromEntries(
      Object.entries(deploy.jobs).filter(([, { environment }]) => environment !== undefined),
    );
    expect(Object.keys(jobs).sort()).toEqual([...environments].sort());
    for (const [name, job] of Object.entries(jobs)) {
      expect(job.environment).toBe(name);
      expect(job.permissions).toEqual({ contents: 'read', 'id-token': 'write' });
      expect(job.needs).toContain('synthesize');
    }
  });

  it('offers each environment for a run by hand', () => {
    const { inputs } = deploy.on['workflow_dispatch'] as { inputs: { environment: { options: string[] } } };
    expect(inputs.environment.options).toEqual(['all', ...['dev', 'staging', 'prod']]);
    expect([...inputs.environment.options].sort()).toEqual(['all', ...environments].sort());
  });

  it('enters AWS by OIDC, with no key that is kept', () =>
    expect(textOf(join('.github', 'workflows', 'deploy.yml'))).not.toMatch(/secrets\.|access-key/));

  it('runs no code of the app, and no script of a package, where a token for AWS can be had', () => {
    for (const [name, { permissions, steps }] of Object.entries(deploy.jobs)) {
      if (permissions?.['id-token'] === undefined) continue;
      const runs = steps.flatMap(({ run }) => run ?? []);
      // With `--app DIRECTORY` the CDK's command runs nothing of ours.
      expect([name, runs]).toEqual([
        name,
        [
          'npm ci --ignore-scripts --no-audit --no-fund',
          'npx cdk deploy \'**\' --app "assemblies/$ENVIRONMENT" --require-approval never',
        ],
      ]);
      expect(steps.at(-1)?.env).toEqual({ ENVIRONMENT: '${{ github.job }}' });
    }
  });

  it('deploys what an earlier job, after the audit, synthesized without any token', () => {
    const { permissions, needs, steps } = deploy.jobs['synthesize']!;
    expect({ permissions, needs }).toEqual({ permissions: { contents: 'read' }, needs: 'audit' });
    expect(steps.flatMap(({ run }) => run ?? []).join('')).toContain(
      'npx cdk synth --quiet --output "assemblies/$environment" --context "env=$environment"',
    );
    const artifact = steps.find(({ uses }) => uses?.startsWith('actions/upload-artifact@'))?.with?.['name'];
    for (const name of environments)
      expect(
        deploy.jobs[name]!.steps.find(({ uses }) => uses?.startsWith('actions/download-artifact@'))?.with,
      ).toMatchObject({ name: artifact });
  });

  it('never deploys two at once, and stops none half-way', () =>
    expect(deploy).toMatchObject({ concurrency: { 'cancel-in-progress': false } }));
});
