import { goProgram } from './go-toolchain';
import { runProgram } from './run-program';

export interface GoBuild {
  /** The directory of a committed go.mod, whose go.sum holds the checksums: no checksum database is asked. */
  readonly module: string;
  /** Import paths of programs. */
  readonly packages: readonly string[];
  /** A file, or a directory with a slash at its end. */
  readonly output: string;
  /** Besides `-s -w`, e.g. a version. @default none */
  readonly linkerFlags?: readonly string[];
  /** Compiles C, too, and links statically. @default false */
  readonly cgo?: boolean;
  /** Where the compiler keeps what it has compiled. @default Go's own */
  readonly compilerCache?: string;
}

/** Builds programs for the drill's machine. @throws ProgramFailed with the compiler's last lines */
export async function goBuild(build: GoBuild): Promise<void> {
  const { cgo = false, linkerFlags = [], compilerCache } = build;
  const ldflags = ['-s', '-w', ...linkerFlags, ...(cgo ? ['-extldflags "-static"'] : [])].join(' ');
  await runProgram(
    await goProgram(),
    [
      ...['build', '-mod=readonly', '-trimpath', `-ldflags=${ldflags}`],
      ...['-o', build.output, ...build.packages],
    ],
    {
      workingDirectory: build.module,
      environment: {
        ...{
          CGO_ENABLED: cgo ? '1' : '0',
          GOFLAGS: '',
          GOTOOLCHAIN: 'local',
          GOOS: 'linux',
          GOARCH: 'amd64',
        },
        ...(compilerCache === undefined ? {} : { GOCACHE: compilerCache }),
      },
    },
  );
}
