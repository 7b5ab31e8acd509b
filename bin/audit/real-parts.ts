import { join, resolve } from 'node:path';
import { synthesize } from '../../lib/assembly/synthesize';
import { figuresOf } from '../../lib/audit/figures';
import { readLive } from '../../lib/audit/live';
import { awsLiveClient } from '../../lib/audit/live.client';
import { readFacts } from '../../lib/audit/read/read-facts';
import { RULES } from '../../lib/audit/rules';
import { applySuppressions, loadSuppressions } from '../../lib/audit/suppress';
import { ebsPrices } from '../../lib/audit/tables/ebs-prices';
import { editEnvironmentFile } from '../../lib/config/edit';
import { lineOf } from '../../lib/config/place';
import { AuditCommandError, type AuditParts } from './audit-parts';

const PROJECT_ROOT = join(__dirname, '..', '..');

/** `cdk synth` runs in a process group of its own, so a signal to us has to be handed on. */
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
  readLive: ({ nodeGroups }) => readLive(nodeGroups, awsLiveClient, Date.now()),
  synthesize: synthesizeUntilStopped,
  editFile: editEnvironmentFile,
  pieces: {
    rules: RULES,
    suppress: applySuppressions,
    figuresOf: (group, live) => figuresOf(group, live),
    lineOf: (file, path) => lineOf(resolve(file), path),
    pricesFor: (regions) => {
      const { date, source, regions: known } = ebsPrices();
      return { date, source, unknownRegions: regions.filter((region) => !Object.hasOwn(known, region)) };
    },
  },
});
