import { accessSync, constants } from 'node:fs';
import { arch, platform } from 'node:os';
import { join } from 'node:path';
import { CannotRunError } from '../cannot-run';
import { hostHasGo } from '../vm/go-toolchain';
import { ProgramFailed, hostEnvironment, runAsRoot, runProgram } from '../vm/run-program';
import { PYTHON_PACKAGES, packagesFor, requirementsFor, type Need } from './requirements';

export interface HostProgramsOptions extends Need {
  /** One line per thing done; silent when nothing is missing. */
  readonly log: (line: string) => void;
}

/**
 * Sees to it that this machine has the programs a purpose needs, by apt where it may (root or `sudo -n`).
 * @throws CannotRunError, with what to type, where it may not or cannot
 */
export async function ensureHostPrograms(options: HostProgramsOptions): Promise<void> {
  if (platform() !== 'linux' || arch() !== 'x64') {
    throw new CannotRunError(`The drill needs Linux on x86-64, this machine is ${platform()} on ${arch()}.`);
  }
  const packages = await missingPackages(options);
  if (packages.length > 0) {
    await install(packages, options.log);
    const still = await missingPackages(options);
    if (still.length > 0) {
      throw new CannotRunError(`Installed, and still not there: what ${still.join(', ')} should bring.`);
    }
  }
  if (options.readyImage !== true && !(await mayBecomeRoot())) {
    throw new CannotRunError(
      'The node image is built on a loop device, which needs root. Run as root, allow passwordless sudo, or give a ready image with --image FILE.',
    );
  }
}

async function missingPackages(need: Need): Promise<readonly string[]> {
  const packages = packagesFor(requirementsFor(need), isInPath);
  const needsPython = need.purpose === 'test' || (need.readyImage !== true && !(await hostHasGo()));
  return needsPython && !(await hasPythonVenv()) ? [...packages, ...PYTHON_PACKAGES] : packages;
}

async function install(packages: readonly string[], log: (line: string) => void): Promise<void> {
  const command = `apt-get install --no-install-recommends ${packages.join(' ')}`;
  if (!isInPath('apt-get')) {
    throw new CannotRunError(
      `Missing on this machine: what Debian and Ubuntu call ${packages.join(', ')}. Install them, then run this again.`,
    );
  }
  if (!(await mayBecomeRoot())) {
    throw new CannotRunError(
      `Programs are missing, and installing them needs root. Type:\n  sudo ${command}`,
    );
  }
  const aptGet = (...args: readonly string[]): Promise<string> =>
    runAsRoot('env', ['DEBIAN_FRONTEND=noninteractive', 'apt-get', ...args], {
      onLine: (line) => {
        if (/^(Setting up|Get:|Fetched|Err)/.test(line)) {
          log(`  ${line}`);
        }
      },
    });
  const installPackages = (): Promise<string> =>
    aptGet('install', '--yes', '--quiet', '--no-install-recommends', ...packages);
  log(`installing ${packages.join(' ')}`);
  try {
    try {
      await installPackages();
    } catch (error) {
      if (!(error instanceof ProgramFailed)) {
        throw error;
      }
      log('refreshing the package lists first'); // none, or too old ones
      await aptGet('update', '--quiet');
      await installPackages();
    }
  } catch (error) {
    if (error instanceof ProgramFailed) {
      throw new CannotRunError(`${error.message}\nInstall by hand, then run this again:\n  sudo ${command}`, {
        cause: error,
      });
    }
    throw error;
  }
}

/** Whether a program is in PATH or one of the system directories. */
export function isInPath(program: string): boolean {
  return (hostEnvironment()['PATH'] ?? '').split(':').some((directory) => {
    try {
      accessSync(join(directory, program), constants.X_OK);
      return true;
    } catch {
      return false; // not there, or not for us: the answer, not a failure
    }
  });
}

export async function mayBecomeRoot(): Promise<boolean> {
  return process.getuid?.() === 0 || (await succeeds('sudo', ['-n', 'true']));
}

/** Whether `python3 -m venv` works; Debian has it in a package of its own. */
export const hasPythonVenv = (): Promise<boolean> => succeeds('python3', ['-c', 'import ensurepip, venv']);

async function succeeds(program: string, args: readonly string[]): Promise<boolean> {
  try {
    await runProgram(program, args);
    return true;
  } catch (error) {
    if (error instanceof ProgramFailed) {
      return false;
    }
    throw error;
  }
}
