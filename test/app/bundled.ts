import { rmSync } from 'node:fs';
import { synthesize } from '../../lib/drill/synthesize';
import { ROOT, cachedFolder } from './sources';

/**
 * The folder of what `cdk synth` makes of an environment, with bundled handlers: once for all test files, as long as no source
 * changes. It is shared: nothing may be written into it.
 * @param environmentText in place of the environment's file
 */
export const bundledAssembly = async (environmentName: string, environmentText?: string): Promise<string> => {
  const cached = cachedFolder('bundled', environmentName, environmentText ?? '');
  if (cached.isThere) return cached.folder;
  const outputDirectory = cached.begin();
  const { signal } = new AbortController();
  await synthesize({ projectRoot: ROOT, environmentName, environmentText, outputDirectory, signal });
  rmSync(`${outputDirectory}.environments`, { recursive: true, force: true });
  cached.keep(outputDirectory);
  return cached.folder;
};
