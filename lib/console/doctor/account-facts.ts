import type { Known } from '../../domain/known';
import type { Pause } from '../../domain/pause/pause';
import type { Caller } from '../account';

/** vCPUs of the On-Demand Standard instances (A, C, D, H, I, M, R, T, Z) of the account in the region. */
export interface VcpuQuota {
  readonly used: number;
  readonly quota: number;
}

/** A running node of the environment. */
export interface CheckedNode {
  readonly instanceId: string;
  readonly nodeGroup: string | undefined;
  /** Systems Manager's word, e.g. `Online`; undefined: the agent never registered. */
  readonly agent: Known<string | undefined>;
  /** Whether its CloudWatch agent measured `/` in the last 15 minutes. */
  readonly isMeasured: Known<boolean>;
}

/** What `headroom doctor` read of an account; each source may be missing. */
export interface AccountFacts {
  readonly caller: Known<Caller>;
  /** `AWS_REGION` or `AWS_DEFAULT_REGION` of this shell. */
  readonly shellRegion: string | undefined;
  /** Of the CDK's bootstrap stack; undefined: the region is not bootstrapped. */
  readonly bootstrapVersion: Known<number | undefined>;
  readonly vcpus: Known<VcpuQuota>;
  /** By instance type. */
  readonly vcpusOf: Known<ReadonlyMap<string, number>>;
  /** Names of the environment's SSM documents. */
  readonly documents: Known<readonly string[]>;
  /** Those that run. */
  readonly nodes: Known<readonly CheckedNode[]>;
  readonly pauses: Known<readonly Pause[]>;
}
