import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeFilePath } from '../../../lib/node/node-files';
import { run } from '../run-script';

jest.setTimeout(60_000);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'headroom-api-'));
  mkdirSync(join(folder, 'etc/kubernetes/manifests'), { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** In a network of its own, where an API server may begin to answer after some seconds. */
const wait = async (answersAfterSeconds: number | undefined, waitSeconds: number): Promise<string> => {
  const server =
    answersAfterSeconds === undefined
      ? ':'
      : `openssl req -x509 -newkey rsa:2048 -nodes -keyout key -out crt -subj /CN=x 2>/dev/null
         (sleep ${answersAfterSeconds}; exec openssl s_server -accept 6443 -www -key key -cert crt -quiet) >/dev/null 2>&1 & server=$!`;
  const script = `cd "$1"; ip link set lo up; server=''; ${server}
    source "$0"; MOUNT_POINT=$1 PREFIX=$1 WAIT_SECONDS=${waitSeconds}; places
    code=0; wait_until_api_ready || code=$?; echo "$code" >&3; [[ -z $server ]] || kill "$server"`;
  const path = nodeFilePath('etcd-member.sh');
  return (await run('unshare', ['--net', 'bash', '-c', script, path, folder])).stdout.trim();
};
const manifest = (text: string): void =>
  writeFileSync(join(folder, 'etc/kubernetes/manifests/kube-apiserver.yaml'), text);

test('waits for an API server that answers late', async () => {
  manifest('spec:\n  containers:\n  - name: x\n    name: kube-apiserver\n');
  expect(await wait(3, 40)).toBe('0');
});

test('fails when the API server never answers', async () => {
  manifest('spec:\n  containers:\n  - name: x\n    name: kube-apiserver\n');
  expect(await wait(undefined, 2)).toBe('1');
});

test('does not wait on a member without an API server', async () => {
  expect(await wait(undefined, 2)).toBe('0');
});
