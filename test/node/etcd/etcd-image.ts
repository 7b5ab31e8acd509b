import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../run-script';

/** As kubeadm's image has them: three static programs in /usr/local/bin, no shell. A docker archive, for `ctr images import`. */
const MAKE = `
set -o errexit
cd "$1"
mkdir -p root/usr/local/bin root/etc root/var/lib image
install -m 0755 "$2/etcd" "$2/etcdctl" "$2/etcdutl" root/usr/local/bin
tar -cf image/layer.tar -C root --owner 0 --group 0 --numeric-owner .
printf '{"architecture":"amd64","os":"linux","config":{"Entrypoint":["/usr/local/bin/etcd"]},"rootfs":{"type":"layers","diff_ids":["sha256:%s"]},"history":[{"created_by":"test"}]}' \
  "$(sha256sum image/layer.tar | cut -d' ' -f1)" > image/config.json
printf '[{"Config":"config.json","RepoTags":["%s"],"Layers":["layer.tar"]}]' "$3" > image/manifest.json
tar -czf archive.tar.gz -C image manifest.json config.json layer.tar`;

/** A container image with the programs of a directory, compressed. */
export const etcdImageArchive = async (programs: string, name: string): Promise<Buffer> => {
  const directory = mkdtempSync(join(tmpdir(), 'headroom-etcd-image-'));
  try {
    const { exitCode, stderr } = await run('bash', ['-c', MAKE, 'bash', directory, programs, name]);
    if (exitCode !== 0) throw new Error(stderr);
    return readFileSync(join(directory, 'archive.tar.gz'));
  } finally {
    rmSync(directory, { recursive: true });
  }
};
