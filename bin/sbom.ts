import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isAttached } from '../lib/config/schema';
import { loadEnvironments } from '../lib/config/load';
import { endWithReader, printError } from './entry-point';
import { EXIT } from './exit-codes';
import { nodeDownloads } from './node-downloads';

const PROJECT = join(__dirname, '..');

interface Bom {
  readonly metadata: { readonly component: Record<string, unknown> };
  readonly components: readonly object[];
}

/** npm's own, of the lock file. https://docs.npmjs.com/cli/commands/npm-sbom */
const ofNpm = (): Bom =>
  JSON.parse(
    execFileSync('npm', ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only'], {
      cwd: PROJECT,
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    }),
  ) as Bom;

/** A bill of materials in CycloneDX: what npm installs, and what nodes download. */
export const sbom = (): object => {
  const { name } = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8')) as { name: string };
  const versions = loadEnvironments(join(PROJECT, 'environments')).flatMap(({ environment }) =>
    isAttached(environment) ? [] : [environment.kubernetesVersion],
  );
  const bom = ofNpm();
  const downloads = nodeDownloads(versions).map(({ purl, source, verifiedBy, ...named }) => ({
    ...{
      'bom-ref': purl,
      type: purl.startsWith('pkg:oci/') ? 'container' : 'application',
      ...named,
      purl,
    },
    properties: [
      { name: 'headroom:where', value: 'downloaded by nodes' },
      { name: 'headroom:source', value: source },
      { name: 'headroom:verified-by', value: verifiedBy },
    ],
  }));
  return {
    ...bom,
    // npm takes the folder's name.
    metadata: { ...bom.metadata, component: { ...bom.metadata.component, name } },
    components: [...bom.components, ...downloads],
  };
};

/** `npm run --silent sbom`: to standard output. */
if (require.main === module) {
  endWithReader();
  try {
    process.stdout.write(`${JSON.stringify(sbom(), null, 2)}\n`);
  } catch (error) {
    printError(error);
    process.exitCode = EXIT.couldNotRun;
  }
}
