import { generateKeyPairSync, sign } from 'node:crypto';
import { bitString, emptyContext0, objectIdentifier, sequence, setOf, smallInteger, utf8String } from './der';

/** https://www.rfc-editor.org/rfc/rfc2986 (PKCS #10), https://www.rfc-editor.org/rfc/rfc5758 for the algorithm. */
const COMMON_NAME = '2.5.4.3';
const ORGANIZATION = '2.5.4.10';
const ECDSA_WITH_SHA256 = '1.2.840.10045.4.3.2';

export interface CertificateRequest {
  /** DER. */
  readonly request: Buffer;
  /** PEM, PKCS #8. It never leaves this machine. */
  readonly privateKey: string;
}

/** A new P-256 key, and a request that is signed with it. Kubernetes reads the user from CN and the group from O. */
export const certificateRequest = (user: string, group: string): CertificateRequest => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const attribute = (type: string, value: string): Buffer =>
    setOf(sequence(objectIdentifier(type), utf8String(value)));
  const body = sequence(
    smallInteger(0),
    sequence(attribute(ORGANIZATION, group), attribute(COMMON_NAME, user)),
    publicKey.export({ type: 'spki', format: 'der' }),
    emptyContext0(),
  );
  const request = sequence(
    body,
    sequence(objectIdentifier(ECDSA_WITH_SHA256)),
    bitString(sign('sha256', body, privateKey)),
  );
  return { request, privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
};

/** The longest name below `headroom:` that a certificate's CN holds: 64 characters in all (RFC 5280, ub-common-name). */
const LONGEST = 55;

/**
 * Who calls, as the cluster's audit log shows it, e.g. `headroom:alice@example.com`.
 * @param arn of STS's GetCallerIdentity
 */
export const userOfCaller = (arn: string): string => {
  const name = arn.split('/').at(-1)?.replace(/^.*:/, '') ?? '';
  return `headroom:${name.replace(/[^A-Za-z0-9@._-]/g, '-').slice(0, LONGEST) || 'unknown'}`;
};
