import { formatSeconds } from '../../domain/units';
import { rightAccount, type Caller, type Target } from '../account';
import { ConsoleError, explainAws } from '../console-error';
import type { Pace } from '../follow-execution';
import { askReadyz, type ApiHealth } from './api-health';
import { certificateRequest, userOfCaller } from './certificate-request';
import { candidates, type TunnelCandidate } from './choose-instance';
import { issueCertificate } from './issue-certificate';
import { kubeconfigText, mayWrite, removeKubeconfig, writeKubeconfig } from './kubeconfig';
import { freePort, pluginVersion, startPlugin, type PortForward } from './port-forward';
import type { SessionRequest } from '../../aws/sessions';
import type { TunnelClient } from './tunnel.client';

export interface TunnelRequest {
  /** 0: a free one. */
  readonly port: number;
  readonly kubeconfig: string;
  /** The kubeconfig stays when the tunnel ends. */
  readonly keep: boolean;
  readonly hours: number;
  /** Kubernetes' group of the user. */
  readonly group: string;
}

export interface TunnelWorld {
  readonly client: TunnelClient;
  readonly caller: () => Promise<Caller>;
  /** The environment's instances as they are now. */
  readonly nodes: () => Promise<readonly TunnelCandidate[]>;
  readonly pace: Pace;
  readonly say: (line: string) => void;
  /** The operator ends it. */
  readonly signal: AbortSignal;
  /** @default - the API server's /readyz */
  readonly health?: (port: number, tls: Parameters<typeof askReadyz>[1]) => Promise<ApiHealth>;
}

const API_PORT = 6443;
/** Waits between attempts to come back: 1 s, doubling, up to this. */
const LONGEST_WAIT_MS = 30_000;
/** After a session that lasted this long, the next attempt starts without a wait. */
const GOOD_SESSION_MS = 60_000;
const MOST_ATTEMPTS = 20;

/** Groups that the node signs for; the pattern of issue-client-certificate.sh. */
const GROUP = /^(kubeadm:cluster-admins|headroom:[a-z0-9-]{1,40})$/;

/** `ended`: by the operator, or because the certificate expired. `lost`: it could not be brought back. */
type TunnelEnd = 'ended' | 'lost';

/** What a tunnel was, when it is over. */
export interface TunnelResult {
  readonly end: TunnelEnd;
  /** The API's address while it was open. */
  readonly url: string;
  readonly kubeconfig: string;
  /** Kubernetes' name of the caller. */
  readonly user: string;
  /** ISO 8601: when the certificate expires. */
  readonly expiresAt: string;
}

/** Opens the API of an environment on 127.0.0.1 and keeps it open. @throws ConsoleError when it cannot be opened */
export const openTunnel = async (
  target: Target,
  request: TunnelRequest,
  world: TunnelWorld,
): Promise<TunnelResult> => {
  const { environmentName: environment, region } = target;
  if (!GROUP.test(request.group))
    throw new ConsoleError(
      `--group must be kubeadm:cluster-admins or headroom:NAME, got "${request.group}". Bind a group of your own to a role, e.g. headroom:viewers.`,
    );
  mayWrite(request.kubeconfig);
  // Local failures come before any call to AWS.
  const version = await pluginVersion();
  const port = await freePort(request.port);
  const caller = await rightAccount(target, world.caller);
  const user = userOfCaller(caller.arn);
  const [helper = ''] = candidates(await listed(world, environment), environment);
  world.say(`asking ${helper} for a certificate for ${user}, group ${request.group}, ${request.hours} h`);
  const own = certificateRequest(user, request.group);
  const issued = await issueCertificate(
    ...([environment, helper, own, request.hours * 3_600, world.client, world.pace] as const),
  );
  const tls = { ...issued, privateKey: own.privateKey };
  const config = kubeconfigText({ environmentName: environment, port, user, ...tls });
  const url = `https://127.0.0.1:${port}`;
  const tunnel = new Tunnel(environment, region, port, version, world);
  try {
    await tunnel.open();
    const health = await (world.health ?? askReadyz)(port, tls);
    writeKubeconfig(request.kubeconfig, config);
    world.say(
      health.ok ? 'the API server is ready' : `the API server answers, but is not ready: ${health.said}`,
    );
    world.say(
      `${url} is the API of ${environment}, for ${formatSeconds((issued.expiresAtMs - world.pace.nowMs()) / 1_000)}; Ctrl-C ends it.\n` +
        `export KUBECONFIG=${request.kubeconfig}`,
    );
    const end = await tunnel.hold(issued.expiresAtMs);
    const { kubeconfig } = request;
    return { end, url, kubeconfig, user, expiresAt: new Date(issued.expiresAtMs).toISOString() };
  } finally {
    await tunnel.close();
    if (!request.keep) removeKubeconfig(request.kubeconfig);
  }
};

const listed = async (world: TunnelWorld, environment: string): Promise<readonly TunnelCandidate[]> => {
  try {
    return await world.nodes();
  } catch (error) {
    throw explainAws(error, {
      ...{ doing: 'list the control-plane instances', environment },
      allow: 'ec2:DescribeInstances and ssm:DescribeInstanceInformation',
    });
  }
};

/** One port of this machine, whatever session carries it. */
class Tunnel {
  private readonly failed = new Map<string, number>();
  private current: { readonly sessionId: string; readonly forward: PortForward } | undefined;

  constructor(
    private readonly environment: string,
    private readonly region: string,
    private readonly port: number,
    private readonly pluginVersion: string,
    private readonly world: TunnelWorld,
  ) {}

  async open(): Promise<void> {
    const { client, say } = this.world;
    const [instanceId = ''] = candidates(
      await listed(this.world, this.environment),
      this.environment,
      this.failed,
    );
    const request: SessionRequest = {
      Target: instanceId,
      DocumentName: 'AWS-StartPortForwardingSession',
      Parameters: { portNumber: [String(API_PORT)], localPortNumber: [String(this.port)] },
      Reason: 'headroom tunnel',
    };
    try {
      const session = await client.startSession(request);
      try {
        const forward = await startPlugin(session, request, this.region, this.pluginVersion);
        this.current = { sessionId: session.SessionId, forward };
      } catch (error) {
        await this.end(session.SessionId);
        throw error;
      }
      say(`session ${session.SessionId} by ${instanceId}`);
    } catch (error) {
      this.failed.set(instanceId, (this.failed.get(instanceId) ?? 0) + 1);
      throw explainAws(error, {
        ...{ doing: `start a session with ${instanceId}`, environment: this.environment },
        allow: 'ssm:StartSession on the instance and on AWS-StartPortForwardingSession',
      });
    }
  }

  /** Keeps it open until the signal, the certificate's end, or too many attempts. */
  async hold(untilMs: number): Promise<TunnelEnd> {
    const { pace, say, signal } = this.world;
    const stop = new AbortController();
    signal.addEventListener('abort', () => stop.abort(), { once: true });
    if (signal.aborted) stop.abort();
    const stopped = pace.sleep(Math.max(0, untilMs - pace.nowMs()), stop.signal).then(() => 'over' as const);
    let attempts = 0;
    try {
      for (;;) {
        const startedMs = pace.nowMs();
        const end = await Promise.race([stopped, this.current?.forward.ended ?? '']);
        if (end === 'over') {
          if (!signal.aborted) say('the certificate has expired; open the tunnel again for a new one');
          return 'ended';
        }
        say(`the session dropped: ${end}`);
        if (pace.nowMs() - startedMs > GOOD_SESSION_MS) attempts = 0;
        await this.close();
        for (;;) {
          attempts += 1;
          if (attempts > MOST_ATTEMPTS) {
            say(`given up after ${MOST_ATTEMPTS} attempts`);
            return 'lost';
          }
          const waitMs = attempts === 1 ? 0 : Math.min(LONGEST_WAIT_MS, 1_000 * 2 ** (attempts - 2));
          if ((await Promise.race([stopped, pace.sleep(waitMs, stop.signal)])) === 'over') return 'ended';
          try {
            await this.open();
            break;
          } catch (error) {
            if (!(error instanceof ConsoleError)) throw error;
            say(error.message);
          }
        }
      }
    } finally {
      stop.abort();
    }
  }

  /** Ends the session at both of its ends. */
  async close(): Promise<void> {
    const { current } = this;
    this.current = undefined;
    if (current === undefined) return;
    current.forward.stop();
    await current.forward.ended;
    await this.end(current.sessionId);
  }

  private async end(sessionId: string): Promise<void> {
    try {
      await this.world.client.endSession(sessionId);
    } catch (error) {
      // It ends by itself after 20 minutes without traffic.
      this.world.say(`session ${sessionId} may still be open: ${(error as Error).message}`);
    }
  }
}
