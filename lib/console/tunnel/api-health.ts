import { request } from 'node:https';

export interface ApiHealth {
  readonly ok: boolean;
  /** The API server's words, or what went wrong. */
  readonly said: string;
}

const WITHIN_MS = 15_000;

/** Asks the API server through the tunnel, with the very credentials of the kubeconfig: TLS, certificate and all. */
export const askReadyz = (
  port: number,
  tls: { readonly authority: string; readonly certificate: string; readonly privateKey: string },
): Promise<ApiHealth> =>
  new Promise((resolve) => {
    const asked = request(
      {
        ...{ host: '127.0.0.1', port, path: '/readyz', method: 'GET', timeout: WITHIN_MS, agent: false },
        ...{ ca: tls.authority, cert: tls.certificate, key: tls.privateKey },
      },
      (response) => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => (body = `${body}${chunk}`.slice(0, 2_000)));
        response.on('end', () =>
          resolve({ ok: response.statusCode === 200, said: `${response.statusCode ?? ''} ${body.trim()}` }),
        );
      },
    );
    asked.on('timeout', () => asked.destroy(new Error(`no answer in ${WITHIN_MS / 1_000} s`)));
    asked.on('error', (error) => resolve({ ok: false, said: error.message }));
    asked.end();
  });
