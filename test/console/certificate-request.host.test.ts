import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { certificateRequest, userOfCaller } from '../../lib/console/tunnel/certificate-request';
import { mustRun, runScript } from '../node/run-script';

const folder = mkdtempSync(join(tmpdir(), 'headroom-request-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const names = fc.sample(fc.stringMatching(/^[A-Za-z0-9@._-]{1,55}$/), { numRuns: 8, seed: 3 });

test.each([...names, 'a', 'x'.repeat(55)])('makes a request of %s that openssl verifies', async (name) => {
  const file = join(folder, 'request.der');
  writeFileSync(file, certificateRequest(`headroom:${name}`, 'kubeadm:cluster-admins').request);
  const subject = ['-noout', '-verify', '-subject', '-nameopt', 'RFC2253'];
  expect(await mustRun('openssl', 'req', '-inform', 'DER', '-in', file, ...subject)).toContain(
    `subject=CN=headroom:${name},O=kubeadm:cluster-admins`,
  );
});

const dryRun = (request: Buffer) =>
  runScript('issue-client-certificate.sh', {
    args: ['--dry-run'],
    env: { HEADROOM_REQUEST: request.toString('base64') },
  });

test.each([
  ['system:masters', 'headroom:alice', 'system:masters'],
  ['another group of the cluster', 'headroom:alice', 'system:nodes'],
  ['a user of the cluster', 'system:node:ip-10-0-0-1', 'kubeadm:cluster-admins'],
  ['a user without the prefix', 'alice', 'kubeadm:cluster-admins'],
  ['two groups in one', 'headroom:alice', 'kubeadm:cluster-admins,O=system:masters'],
])('the node refuses %s', async (_, user, group) => {
  const { exitCode, stdout } = await dryRun(certificateRequest(user, group).request);
  expect(exitCode).toBe(3);
  expect(JSON.parse(stdout)).toMatchObject({ ok: false });
});

test('the node takes an operator, and refuses a request that was changed on its way', async () => {
  const { request } = certificateRequest('headroom:alice', 'headroom:viewers');
  expect(JSON.parse((await dryRun(request)).stdout)).toMatchObject({
    ...{ ok: true, dryRun: true, user: 'headroom:alice', group: 'headroom:viewers' },
  });
  const changed = Buffer.from(request);
  const at = changed.indexOf('alice');
  changed.write('malic', at);
  expect((await dryRun(changed)).exitCode).toBe(3);
});

test.each([
  ['arn:aws:sts::123456789012:assumed-role/Admin/alice@example.com', 'headroom:alice@example.com'],
  ['arn:aws:iam::123456789012:user/people/bob', 'headroom:bob'],
  ['arn:aws:iam::123456789012:root', 'headroom:root'],
  ['arn:aws:sts::123456789012:assumed-role/Admin/a=b,O=system:masters', 'headroom:masters'],
  ['', 'headroom:unknown'],
  [`arn:aws:iam::123456789012:user/${'x'.repeat(64)}`, `headroom:${'x'.repeat(55)}`],
])('names %s %s', (arn, user) => expect(userOfCaller(arn)).toBe(user));
