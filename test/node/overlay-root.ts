import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { run, type ScriptRun } from './run-script';

/** As systemd starts the Systems Manager agent: no HOME, `/usr/bin` as the working directory (measured). */
const AGENT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export interface OverlayRun extends ScriptRun {
  /** What the script wrote outside `/run`, as paths of the root; directories that only hold such files are left out. */
  readonly written: readonly string[];
  /** What `look` printed afterwards. */
  readonly seen: string;
}

/**
 * This machine's own `/`, with a writable layer of memory above it: a script runs in it on `/`, by the path that production
 * takes, and what it wrote is seen. Nothing of it is left, and nothing of it reaches the machine.
 */
export class OverlayRoot {
  private readonly folder = mkdtempSync(join(tmpdir(), 'headroom-overlay-'));

  /** Puts a file in the root before the script runs. */
  put(path: string, text: string, mode = 0o644): void {
    const file = join(this.folder, 'put', path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    chmodSync(file, mode);
  }

  /**
   * Runs a rendered script as Run Command does.
   * @param prepare commands that make the root ready, run in it
   * @param look commands that are run in it afterwards, for `seen`
   */
  async run(
    script: string,
    options: {
      readonly env?: Readonly<Record<string, string>>;
      readonly prepare?: string;
      readonly look?: string;
    } = {},
  ): Promise<OverlayRun> {
    mkdirSync(join(this.folder, 'put'), { recursive: true });
    mkdirSync(join(this.folder, 'memory'), { recursive: true });
    writeFileSync(join(this.folder, 'script'), script);
    writeFileSync(join(this.folder, 'prepare'), options.prepare ?? '');
    writeFileSync(join(this.folder, 'look'), options.look ?? '');
    const around = `set -o errexit
cd "$1/memory"
mount -t tmpfs -o size=128m tmpfs .
cd .
cd "$1/memory"
mkdir up work root
mount -t overlay overlay -o "lowerdir=/,upperdir=$PWD/up,workdir=$PWD/work" root
for path in proc sys dev; do mount --rbind /$path root/$path; done
mount -t tmpfs tmpfs root/run
mount -t tmpfs tmpfs root/tmp
cp -R "$1/put/." root/
mkdir -p root/run/test
cp "$1/script" "$1/prepare" "$1/look" root/run/test/
chroot root /bin/bash /run/test/prepare >&2
touch root/run/test/begun
code=0
chroot root /usr/bin/env -i PATH=${AGENT_PATH} LANG=C ${Object.entries(options.env ?? {})
      .map(([name, value]) => `'${name}=${value}'`)
      .join(
        ' ',
      )} /bin/sh -c 'cd /usr/bin && exec /bin/bash /run/test/script' >"$1/stdout" 2>"$1/stderr" || code=$?
chroot root /bin/bash /run/test/look >"$1/seen" 2>&1 || true
find up -newer root/run/test/begun -not -type d -printf '/%P\\n' | sort >"$1/written"
exit "$code"`;
    const outcome = await run('unshare', [
      '--mount',
      '--propagation',
      'private',
      'bash',
      '-c',
      around,
      'bash',
      this.folder,
    ]);
    const text = (name: string): string => {
      try {
        return readFileSync(join(this.folder, name), 'utf8');
      } catch {
        // The root could not be made: what unshare or mount said is the reason.
        throw new Error(`no ${name}: exit ${outcome.exitCode}: ${outcome.stderr}`);
      }
    };
    return {
      exitCode: outcome.exitCode,
      stdout: text('stdout'),
      stderr: text('stderr'),
      written: text('written').split('\n').filter(Boolean),
      seen: text('seen'),
    };
  }

  destroy(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
