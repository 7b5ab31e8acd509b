import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SynthesisError, synthesize as synthesizeAssembly } from '../assembly/synthesize';
import { CannotRunError } from './cannot-run';

export interface DrilledSynthesis {
  readonly projectRoot: string;
  readonly environmentName: string;
  /** In place of the environment's file. @default - the file, as it is */
  readonly environmentText?: string | undefined;
  /** Where the cloud assembly goes. */
  readonly outputDirectory: string;
  readonly signal: AbortSignal;
}

/**
 * The cloud assembly that a drill runs. It is not audited: that changes nothing in it, and takes as long as all the rest.
 * @throws CannotRunError with the end of what `cdk synth` printed
 */
export async function synthesize({ environmentText, ...options }: DrilledSynthesis): Promise<void> {
  const { environmentName, outputDirectory } = options;
  const context: Record<string, string> = { audit: 'off' };
  if (environmentText !== undefined) {
    context['environments'] = `${outputDirectory}.environments`;
    mkdirSync(context['environments'], { recursive: true });
    writeFileSync(join(context['environments'], `${environmentName}.yaml`), environmentText);
  }
  try {
    await synthesizeAssembly({ ...options, context });
  } catch (error) {
    if (error instanceof SynthesisError) throw new CannotRunError(error.message, { cause: error });
    throw error;
  }
}
