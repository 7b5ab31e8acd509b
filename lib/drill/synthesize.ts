import { SynthesisError, synthesize as synthesizeAssembly } from '../assembly/synthesize';
import { CannotRunError } from './cannot-run';

/**
 * The cloud assembly that a drill runs.
 * @throws CannotRunError with the end of what `cdk synth` printed
 */
export async function synthesize(
  projectRoot: string,
  environmentName: string,
  outputDirectory: string,
  signal: AbortSignal,
): Promise<void> {
  try {
    await synthesizeAssembly({ projectRoot, environmentName, outputDirectory, signal });
  } catch (error) {
    if (error instanceof SynthesisError) throw new CannotRunError(error.message, { cause: error });
    throw error;
  }
}
