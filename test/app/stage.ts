import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import type { Environment } from '../../lib/config/schema';
import { HeadroomStage } from '../../lib/stacks/stage';
import { ROOT } from './sources';

const cdkContext = (): Record<string, unknown> =>
  (JSON.parse(readFileSync(join(ROOT, 'cdk.json'), 'utf8')) as { context: Record<string, unknown> }).context;

/** The stage alone, in an app whose assembly goes to `outdir`, in this process, without bundling the handlers. */
export const stageIn = (outdir: string, environmentName: string, environment: Environment): HeadroomStage => {
  const context = { ...cdkContext(), 'aws:cdk:bundling-stacks': [] };
  const app = new App({ outdir, context, treeMetadata: false });
  return new HeadroomStage(app, { environmentName, environment });
};

/** Synthesizes the whole app, which alone checks the templates and writes validation-report.json. */
export const synthesizeIn = (outdir: string, environmentName: string, environment: Environment): void => {
  (stageIn(outdir, environmentName, environment).node.root as App).synth();
};
