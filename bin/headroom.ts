import { join } from 'node:path';
import { App, Validations } from 'aws-cdk-lib';
import { HeadroomAudit } from '../lib/audit/cdk-plugin';
import { loadSuppressions } from '../lib/audit/suppression-file';
import { loadEnvironments } from '../lib/config/load';
import { HeadroomStage } from '../lib/stacks/stage';
import { auditPieces } from './audit/audit-pieces';
import { printError } from './entry-point';
import { suppressionFilesOf, suppressionsOfFile } from './audit/suppression-files';

const PROJECT_ROOT = join(__dirname, '..');
const ENVIRONMENTS = join(PROJECT_ROOT, 'environments');

/** Judges what is synthesized; `-c audit=off` leaves it out. */
const headroomAudit = (): HeadroomAudit =>
  new HeadroomAudit({
    pieces: auditPieces(PROJECT_ROOT),
    suppressionsFor: (facts) =>
      suppressionFilesOf(facts, PROJECT_ROOT).flatMap((file) =>
        suppressionsOfFile(file, PROJECT_ROOT, loadSuppressions),
      ),
  });

/**
 * The CDK app: a stage for each environment, or for the one that `-c env=NAME` picks. `-c environments=DIR` reads another folder
 * in place of the project's, e.g. that of a drill.
 */
const main = (): void => {
  const app = new App({ analyticsReporting: false });
  // A context value from the command line is always a string.
  const [only, folder = ENVIRONMENTS] = ['env', 'environments'].map(
    (name) => app.node.tryGetContext(name) as string | undefined,
  );
  for (const { name, environment } of loadEnvironments(folder, only))
    new HeadroomStage(app, { environmentName: name, environment });
  Validations.of(app).addPlugins(headroomAudit());
  app.synth();
};

try {
  main();
} catch (error) {
  printError(error);
  process.exitCode = 1;
}
