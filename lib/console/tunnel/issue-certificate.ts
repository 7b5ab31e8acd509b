import { X509Certificate, createPrivateKey } from 'node:crypto';
import { z } from 'zod';
import { causeIn } from '../../domain/node/cause-line';
import { documentName } from '../../domain/names/naming';
import { nodeText } from '../../domain/node/node-text';
import { ConsoleError, explainAws } from '../console-error';
import type { Pace } from '../follow-execution';
import { headroomCommand } from '../headroom-command';
import { readJson } from '../../domain/outcome/automation-outputs';
import type { CertificateRequest } from './certificate-request';
import type { TunnelClient } from './tunnel.client';

/** PEM. */
export interface IssuedCertificate {
  readonly certificate: string;
  readonly authority: string;
  /** Milliseconds since the epoch. */
  readonly expiresAtMs: number;
}

const LOOK_EVERY_MS = 1_000;
/** The agent may take a minute to fetch the command, and the script two. */
const LONGEST_MS = 200_000;
const UNDER_WAY = [undefined, 'Pending', 'InProgress', 'Delayed', 'Cancelling'];

const line = z.object({
  ok: z.boolean(),
  error: nodeText().optional(),
  certificate: z.string().optional(),
  authority: z.string().optional(),
});

const pem = (der: string): X509Certificate => new X509Certificate(Buffer.from(der, 'base64'));

/**
 * Has the request signed on a control-plane node.
 * @throws ConsoleError when it is not, and when what comes back is not for our key or not of that authority
 */
export const issueCertificate = async (
  environment: string,
  instanceId: string,
  { request, privateKey }: CertificateRequest,
  seconds: number,
  client: Pick<TunnelClient, 'send' | 'invocation'>,
  pace: Pace,
): Promise<IssuedCertificate> => {
  const name = documentName(environment, 'IssueClientCertificate');
  const failed = (why: string): ConsoleError =>
    new ConsoleError(
      `${instanceId} issued no certificate: ${why}\n` +
        `Diagnose the node: ${headroomCommand(`run DiagnoseNode --env ${environment} --instance ${instanceId}`)}`,
    );
  try {
    const commandId = await client.send(name, instanceId, {
      Request: [request.toString('base64')],
      ExpirationSeconds: [String(seconds)],
    });
    const until = pace.nowMs() + LONGEST_MS;
    let answer = await client.invocation(commandId, instanceId);
    while (UNDER_WAY.includes(answer.status)) {
      if (pace.nowMs() > until) throw failed(`the command ${commandId} has not ended in time`);
      await pace.sleep(LOOK_EVERY_MS);
      answer = await client.invocation(commandId, instanceId);
    }
    const answered = line.safeParse(readJson(answer.stdout));
    const { ok, error, certificate, authority } = answered.success ? answered.data : { ok: false };
    if (!ok || certificate === undefined || authority === undefined)
      throw failed(error ?? `${answer.status ?? 'no status'}: ${causeIn(answer.stderr, 500) || 'no output'}`);
    return checked(pem(certificate), pem(authority), privateKey, failed);
  } catch (error) {
    throw explainAws(error, {
      ...{ doing: `have ${instanceId} sign a certificate with ${name}`, environment },
      allow: 'ssm:SendCommand on the document and the instance, and ssm:GetCommandInvocation',
    });
  }
};

const checked = (
  certificate: X509Certificate,
  authority: X509Certificate,
  privateKey: string,
  failed: (why: string) => ConsoleError,
): IssuedCertificate => {
  if (!certificate.checkPrivateKey(createPrivateKey(privateKey)))
    throw failed('the certificate is for another key');
  if (!certificate.verify(authority.publicKey))
    throw failed('the certificate is not signed by the authority that came with it');
  return {
    certificate: certificate.toString(),
    authority: authority.toString(),
    expiresAtMs: new Date(certificate.validTo).getTime(),
  };
};
