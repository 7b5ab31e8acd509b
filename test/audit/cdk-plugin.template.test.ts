import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, CfnResource, Stack, Stage, Validations } from 'aws-cdk-lib';
import { auditPieces } from '../../bin/audit/audit-pieces';
import { HeadroomAudit } from '../../lib/audit/cdk-plugin';
import type { Suppression } from '../../lib/audit/facts';
import { NOW_MS } from './support/facts';

interface Violation {
  readonly ruleName: string;
  readonly severity: string;
  readonly description: string;
  readonly suggestedFix: string;
  readonly violatingConstructs: readonly { readonly constructPath: string }[];
}

interface Outcome {
  readonly conclusion: string;
  readonly violations: readonly Violation[];
  readonly metadata?: Record<string, string>;
  /** What app.synth() threw; undefined: it did not. */
  readonly thrown?: string;
}

const work = mkdtempSync(join(tmpdir(), 'headroom-cdk-plugin-'));
afterAll(() => rmSync(work, { recursive: true }));

/** The framework prints its report; here it is read from its file. */
beforeEach(() => jest.spyOn(console, 'error').mockImplementation(() => undefined));
afterEach(() => jest.restoreAllMocks());

const ROOT_LINE = 12;

/** Synthesizes somebody's stack in a Stage of an app with the audit. */
const synth = (
  fill: (stack: Stack) => void,
  context: Record<string, unknown> = {},
  suppressions: readonly Suppression[] = [],
): Outcome => {
  const outdir = mkdtempSync(join(work, 'out-'));
  // As the CDK's command does.
  const pathMetadata = { 'aws:cdk:enable-path-metadata': true };
  const app = new App({ outdir, context: { ...pathMetadata, ...context }, analyticsReporting: false });
  fill(new Stack(new Stage(app, 'stage'), 'foreign'));
  const pieces = {
    ...auditPieces(work),
    lineOf: (file: string) => (file === 'environments/a.yaml' ? ROOT_LINE : undefined),
  };
  Validations.of(app).addPlugins(
    new HeadroomAudit({ pieces, suppressionsFor: () => suppressions, nowMs: () => NOW_MS }),
  );
  let thrown: string | undefined;
  try {
    app.synth();
  } catch (error) {
    thrown = (error as Error).message;
  }
  const file = join(outdir, 'validation-report.json');
  const reports = existsSync(file)
    ? (JSON.parse(readFileSync(file, 'utf8')) as { pluginReports: ({ pluginName: string } & Outcome)[] })
    : { pluginReports: [] };
  const own = reports.pluginReports.find(({ pluginName }) => pluginName === 'Headroom audit');
  return {
    ...(own ?? { conclusion: 'not in the report', violations: [] }),
    ...(thrown !== undefined && { thrown }),
  };
};

const volume =
  (properties: object, metadata: Record<string, unknown> = {}) =>
  (stack: Stack): void => {
    const resource = new CfnResource(stack, 'Data', {
      type: 'AWS::EC2::Volume',
      properties: { AvailabilityZone: 'eu-central-1a', Size: 100, VolumeType: 'gp3', ...properties },
    });
    for (const [key, value] of Object.entries(metadata)) resource.addMetadata(key, value);
  };

const launchTemplate = (stack: Stack): void => {
  new CfnResource(stack, 'Nodes', {
    type: 'AWS::EC2::LaunchTemplate',
    properties: {
      LaunchTemplateData: {
        MetadataOptions: { HttpTokens: 'required' },
        BlockDeviceMappings: [
          { DeviceName: '/dev/xvda', Ebs: { VolumeSize: 8, Encrypted: false, VolumeType: 'gp3' } },
        ],
      },
    },
  }).addMetadata('Headroom', {
    role: 'worker',
    environmentFile: 'environments/a.yaml',
    environmentPath: 'workerGroups.general',
  });
};

const ruleNames = ({ violations }: Outcome): string[] => violations.map(({ ruleName }) => ruleName);

test('an error of a foreign stack in a Stage fails the synthesis, and says all that a person needs', () => {
  const outcome = synth(volume({ Encrypted: false }));
  expect(outcome.thrown).toContain('ERROR volume-unencrypted');
  expect(outcome.conclusion).toBe('failure');
  const [violation] = outcome.violations;
  expect(violation).toMatchObject({ ruleName: 'volume-unencrypted', severity: 'error' });
  expect(violation!.description).toMatch(
    /^volume-unencrypted: .+ at .+\.template\.json:\d+ of stage\/foreign\/Data$/,
  );
  expect(violation!.suggestedFix).toMatch(/Encrypted/);
  expect(violation!.suggestedFix).toContain('docs/audit/volume-unencrypted.md');
  expect(violation!.suggestedFix).toContain('-c audit=off');
});

test('no finding hangs on a construct path: cdk synth would leave those of Stages out, errors too', () => {
  const { violations } = synth(volume({ Encrypted: false, VolumeType: 'gp2' }));
  expect(violations.length).toBeGreaterThan(1);
  for (const { violatingConstructs } of violations)
    expect(violatingConstructs.map(({ constructPath }) => constructPath)).toEqual(['']);
});

test('the place is the line of the environment file where the template names one', () => {
  const { violations } = synth(launchTemplate);
  const small = violations.find(({ ruleName }) => ruleName === 'root-volume-below-minimum');
  expect(small?.description).toContain(`at environments/a.yaml:${ROOT_LINE}`);
});

test('a warning is reported and fails nothing', () => {
  const outcome = synth(volume({ Encrypted: true, VolumeType: 'gp2' }));
  expect(outcome).toMatchObject({ conclusion: 'success' });
  expect(outcome.violations).toMatchObject([{ ruleName: 'volume-type-outdated', severity: 'warning' }]);
  expect(outcome.thrown).toBeUndefined();
});

test('nothing found: not a word', () => {
  expect(synth(volume({ Encrypted: true }))).toEqual({ conclusion: 'not in the report', violations: [] });
});

test('a suppression in the metadata holds', () => {
  const suppress = [{ rule: 'volume-unencrypted', reason: 'a scratch disk' }];
  const outcome = synth(volume({ Encrypted: false }, { Headroom: { suppress } }));
  expect([ruleNames(outcome), outcome.thrown]).toEqual([[], undefined]);
});

test('a suppression of a file holds; one without a reason is an error itself', () => {
  const suppression = (reason: string): Suppression => ({
    ...{ rule: 'volume-unencrypted', reason, place: { file: '.headroom-audit.yaml', line: 2 } },
  });
  expect(ruleNames(synth(volume({ Encrypted: false }), {}, [suppression('a scratch disk')]))).toEqual([]);
  const without = synth(volume({ Encrypted: false }), {}, [suppression('')]);
  expect(ruleNames(without)).toEqual(
    expect.arrayContaining(['volume-unencrypted', 'suppression-without-reason']),
  );
  expect(without.thrown).toBeDefined();
});

test('the context audit=off leaves it out; another value is refused by name', () => {
  expect(synth(volume({ Encrypted: false }), { audit: 'off' })).toEqual({
    conclusion: 'not in the report',
    violations: [],
  });
  const refused = synth(volume({ Encrypted: true }), { audit: 'of' });
  // A failed plugin without violations is a success to the CDK's command.
  expect(refused).toMatchObject({
    conclusion: 'failure',
    thrown: expect.any(String) as string,
    violations: [{ ruleName: 'audit-could-not-run', severity: 'error' }],
  });
  expect(refused.violations[0]!.description).toContain('Context "audit" must be on or off, found "of"');
});
