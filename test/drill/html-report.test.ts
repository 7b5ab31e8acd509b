import { htmlReport } from '../../lib/drill/report/html-report';
import type { DrillReport } from '../../lib/drill/report/drill-report';
import { Timeline } from '../../lib/drill/timeline';

const report: DrillReport = {
  scenario: 'disk-full',
  title: 'A <script>alert(1)</script> title',
  verdict: 'healed',
  claimed: 'healed',
  expected: { verdict: 'healed' },
  asExpected: true,
  differences: [],
  node: { role: 'control-plane', rootFs: 'ext4', diskGiB: 8 },
  environment: 'dev',
  before: { usedPercent: 100, sizeBytes: 8e9, availableBytes: 0, inodesUsedPercent: 3 },
  after: { usedPercent: 43.2, sizeBytes: 19e9, availableBytes: 9e9, inodesUsedPercent: 1 },
  steps: [
    {
      name: 'reclaim',
      startedAt: '2026-11-20T04:00:00Z',
      seconds: 3.2,
      status: 'Success',
      bytesFreed: 3e8,
      detail: 'ok',
    },
    {
      name: 'verify',
      startedAt: '2026-11-20T04:00:09Z',
      seconds: 1,
      status: 'Failed',
      detail: '</script><b>x',
    },
  ],
  apiCalls: { 'ec2:ModifyVolume': 1 },
  timeToHealSeconds: 21.5,
  startedAt: '2026-11-20T04:00:00Z',
  seconds: 60,
  levels: { targetPercent: 75, warningPercent: 80, criticalPercent: 90, emergencyPercent: 95 },
  curve: [
    { atSeconds: 0, usedPercent: 100, availableBytes: 0, sizeBytes: 8e9, inodesUsedPercent: 3 },
    { atSeconds: 9, usedPercent: 43, availableBytes: 9e9, sizeBytes: 19e9, inodesUsedPercent: 1 },
  ],
  timeline: [{ atSeconds: 1, kind: 'step-started', summary: '</script> assess' }],
  messages: [{ subject: 'Healed', text: 'all <is> well' }],
  answers: [
    {
      ...{ atSeconds: 301, answer: 'approve', question: 'ASKS <b>YOU</b>' },
      command: 'aws ssm send-automation-signal --signal-type Approve',
    },
  ],
  evidence: { assess: { a: '</script>' } },
};

describe('the HTML report', () => {
  const html = htmlReport(report);

  it('shows the verdict, the figures, each step and each call', () => {
    expect(html).toMatch(/<h1>healed/);
    expect(html).toContain('100 %');
    expect(html).toContain('21.5 s');
    expect(html).toContain('286 MiB');
    expect(html).toContain('ec2:ModifyVolume');
  });

  it('shows each answer beside its question and its command', () => {
    expect(html).toContain('301 s, to “ASKS &lt;b>YOU&lt;/b>”: <strong>approve</strong>, by');
    expect(html).toContain('<code>aws ssm send-automation-signal --signal-type Approve</code>');
    expect(htmlReport({ ...report, answers: [] })).not.toContain('What people answered');
  });

  it('says so when nothing healed', () => {
    const bad = htmlReport({
      ...report,
      asExpected: false,
      differences: ['verdict: x'],
      timeToHealSeconds: null,
    });
    expect(bad).toMatch(/class="bad"/);
    expect(bad).toContain('<li>verdict: x</li>');
    expect(bad).toContain('never');
  });

  it('never lets text from the node become markup', () => {
    expect(html).not.toContain('<script>alert');
    expect(html).not.toContain('</script><b>');
    expect(html.match(/<\/script>/g)).toHaveLength(2);
  });

  it('refers to no other file or host', () => {
    expect(html).not.toMatch(/(src|href)=/);
    expect(html).not.toMatch(/@import|url\(/);
  });
});

describe('the timeline', () => {
  const shown: string[] = [];
  let clock = 1000;
  const timeline = new Timeline({ write: (text) => shown.push(text) }, () => clock);

  it('writes plain lines where there is no terminal, and no status line', () => {
    clock += 1500;
    timeline.setStatus('healing');
    timeline.add('alarm', 'critical\u001b[31m\n fired');
    expect(shown).toEqual(['    1.5 s  alarm         critical\ufffd[31m fired\n']);
  });

  it('counts from the last restart, and earlier entries become negative', () => {
    clock += 500;
    timeline.restart('the disk is full');
    expect(shown.at(-1)).toBe(
      '--- the disk is full: the preparation took 2.0 s, the drill counts from 0 ---\n',
    );
    clock += 250;
    timeline.add('step', 'assess');
    expect(timeline.entries.map((entry) => entry.atSeconds)).toEqual([-0.5, 0.25]);
  });
});
