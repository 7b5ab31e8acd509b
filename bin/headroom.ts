import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { EnvironmentFileError } from '../lib/config/environment-file-error';
import { UnknownEnvironmentError, loadEnvironments } from '../lib/config/load';
import { HeadroomStage } from '../lib/stage';

const ENVIRONMENTS = join(__dirname, '..', 'environments');

/** The CDK app: a stage for each environment, or for the one that `-c env=NAME` picks. */
const main = (): void => {
  const app = new App({ analyticsReporting: false });
  // A context value from the command line is always a string.
  const only = app.node.tryGetContext('env') as string | undefined;
  for (const { name, environment } of loadEnvironments(ENVIRONMENTS, only))
    new HeadroomStage(app, { environmentName: name, environment });
  app.synth();
};

try {
  main();
} catch (error) {
  if (!(error instanceof EnvironmentFileError || error instanceof UnknownEnvironmentError)) throw error;
  // The operator's mistake, in the operator's words: a stack trace would only hide it.
  console.error(error.message);
  process.exitCode = 1;
}
