import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { createServer, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { mustRun } from '../node/run-script';

export const STAND_INS = join(__dirname, 'stand-ins');

export interface Cluster {
  /** With etc/kubernetes as kubeadm leaves it, and ca.crt and ca.key for the stand-in of kubectl. */
  readonly folder: string;
  readonly apiPort: number;
  readonly close: () => Promise<void>;
}

/** An authority, and an API server whose certificate names `subjectAltName` and that takes no client without one. */
export async function openCluster(subjectAltName = 'IP:127.0.0.1,DNS:localhost'): Promise<Cluster> {
  const folder = mkdtempSync(join(tmpdir(), 'headroom-cluster-'));
  const file = (name: string): string => join(folder, name);
  // RSA 2048, as kubeadm makes them.
  await mustRun(
    ...(['openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2'] as const),
    ...['-subj', '/CN=kubernetes', '-keyout', file('ca.key'), '-out', file('ca.crt')],
  );
  await mustRun(
    ...(['openssl', 'req', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=kube-apiserver'] as const),
    ...['-keyout', file('server.key'), '-out', file('server.csr')],
  );
  writeFileSync(file('server.ext'), `subjectAltName=${subjectAltName}\nextendedKeyUsage=serverAuth\n`);
  await mustRun(
    ...(['openssl', 'x509', '-req', '-in', file('server.csr'), '-CA', file('ca.crt')] as const),
    ...['-CAkey', file('ca.key'), '-CAcreateserial', '-days', '2', '-extfile', file('server.ext')],
    ...['-out', file('server.crt')],
  );
  mkdirSync(file('etc/kubernetes/pki'), { recursive: true });
  writeFileSync(file('etc/kubernetes/admin.conf'), 'stand-in\n');
  copyFileSync(file('ca.crt'), file('etc/kubernetes/pki/ca.crt'));

  const read = (name: string): Buffer => readFileSync(file(name));
  const server = createServer(
    {
      ...{ key: read('server.key'), cert: read('server.crt'), ca: read('ca.crt') },
      ...{ requestCert: true, rejectUnauthorized: true },
    },
    (incoming, response) => response.end(answer(incoming)),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    folder,
    apiPort: (server.address() as AddressInfo).port,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

const answer = (incoming: IncomingMessage): string => {
  if (incoming.url === '/readyz') return 'ok';
  const { subject } = (incoming.socket as TLSSocket).getPeerCertificate();
  return JSON.stringify({ user: subject.CN, group: subject.O });
};

/** What the API server answers, or how TLS fails. */
export const ask = (server: string, tls: { ca?: Buffer; cert?: Buffer; key?: Buffer }): Promise<string> =>
  new Promise((resolve, reject) => {
    request(`${server}/whoami`, { ...tls, agent: false }, (response) => {
      let body = '';
      response.on('data', (chunk) => (body += String(chunk)));
      response.on('end', () => resolve(body));
      response.on('error', reject);
    })
      .on('error', reject)
      .end();
  });
