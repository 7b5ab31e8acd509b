import { join } from 'node:path';
import { synthesize } from '../../lib/assembly/synthesize';
import { readFacts } from '../../lib/audit/read/read-facts';
import { loadSuppressions } from '../../lib/audit/suppression-file';
import { editEnvironmentFile } from '../../lib/config/edit';
import { AuditCommandError, type AuditParts } from './audit-parts';
import { auditPieces } from './audit-pieces';

const PROJECT_ROOT = join(__dirname, '..', '..');

/** `cdk synth` runs in another process group, so a signal to us has to be handed on. */
const synthesizeUntilStopped: AuditParts['synthesize'] = async (environmentName, outputDirectory) => {
  const stop = new AbortController();
  const onSignal = (): void => stop.abort();
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
  try {
    await synthesize({
      ...{ projectRoot: PROJECT_ROOT, outputDirectory, signal: stop.signal },
      ...(environmentName === undefined ? {} : { environmentName }),
      // The audit is here already; as a plugin of the app it would end the synthesis at the first error.
      context: { audit: 'off' },
    });
  } catch (error) {
    throw stop.signal.aborted ? new AuditCommandError('Stopped by a signal.') : error;
  } finally {
    process.removeListener('SIGINT', onSignal).removeListener('SIGTERM', onSignal);
  }
};

/** The parts of the command as it runs. */
export const realParts = (): AuditParts => ({
  readFacts,
  loadSuppressions,
  readLive: (facts) => {
    // The SDK takes longer to load than an audit to run, and only --live needs it.
    const { readLive } = require('../../lib/audit/live') as typeof import('../../lib/audit/live');
    const { awsLiveClient } =
      require('../../lib/audit/live.client') as typeof import('../../lib/audit/live.client');
    return readLive(facts, awsLiveClient, Date.now());
  },
  synthesize: synthesizeUntilStopped,
  editFile: editEnvironmentFile,
  pieces: auditPieces(process.cwd()),
});
