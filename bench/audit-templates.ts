import { audit } from '../lib/audit/audit';
import { factsOfEach } from '../lib/audit/read/read-facts';
import { auditPieces } from '../bin/audit/audit-pieces';

/** What one process found and used; printed as JSON. */
export interface TemplatesRun {
  readonly templates: number;
  readonly findings: number;
  /** CPU time of reading and judging, without the start of Node. */
  readonly cpuSeconds: number;
  /** The most that was resident at any time, Node and garbage included. */
  readonly peakResidentMiB: number;
  /** The most that was alive between two templates. Garbage is collected for it, so it is no measure of time. */
  readonly liveHeapMiB?: number;
}

/** So often garbage is collected where memory is measured. Templates. */
const COLLECT_EVERY = 25;
const MIB = 1024 * 1024;

/**
 * Audits every template of a directory in this process, each by itself.
 * @param times how often, one after another
 */
export const auditTemplates = (directory: string, times = 1): TemplatesRun => {
  const pieces = auditPieces(directory);
  const before = process.cpuUsage();
  let templates = 0;
  let findings = 0;
  let liveHeapBytes: number | undefined;
  for (let time = 0; time < times; time += 1)
    for (const head of factsOfEach(directory)) {
      templates += head.stacks.length;
      const input = { head, suppressions: [], nowMs: 0, audited: directory, failOn: 'never' } as const;
      findings += audit(input, pieces).findings.length;
      if (global.gc === undefined || templates % COLLECT_EVERY !== 0) continue;
      global.gc();
      liveHeapBytes = Math.max(liveHeapBytes ?? 0, process.memoryUsage().heapUsed);
    }
  const { user, system } = process.cpuUsage(before);
  return {
    ...{ templates, findings },
    cpuSeconds: (user + system) / 1e6,
    peakResidentMiB: process.resourceUsage().maxRSS / 1024,
    ...(liveHeapBytes !== undefined && { liveHeapMiB: liveHeapBytes / MIB }),
  };
};

if (require.main === module)
  process.stdout.write(
    `${JSON.stringify(auditTemplates(process.argv[2] ?? '.', Number(process.argv[3] ?? 1)))}\n`,
  );
