import { htmlReport } from '../../lib/drill/report/html-report';
import { messageTone, receivedMessage } from '../../lib/drill/report/received-message';
import { Timeline } from '../../lib/drill/timeline';
import { alarmMessage, escalatedDrill, healedDrill, steps } from './sample-drills';

const HOSTILE = '</script><script>alert(1)</script><b>x';

describe('the HTML report', () => {
  const html = htmlReport(healedDrill());

  it('shows the verdict, the figures, each step and each call', () => {
    expect(html).toContain('<h1>healed</h1></div><span class="pill good">as expected</span>');
    expect(html).toContain('<span class="from">100 % →\u00a0</span><span>43.9 %</span>');
    expect(html).toContain('69.1 s');
    expect(html).toContain('freed 485 MiB: 100 % to 96.9 %');
    expect(html).toContain('<code>ec2:ModifyVolume</code>');
    expect(html).toContain('9 calls that only read');
  });

  it('says what of the outcome was not expected, and that nothing healed', () => {
    const bad = htmlReport(escalatedDrill());
    expect(bad).toContain('<header class="hero bad">');
    expect(bad).toContain('<span class="pill bad">expected waiting</span>');
    expect(bad).toContain('<li>verdict: expected waiting, got escalated</li>');
    expect(bad).toContain('never');
  });

  it('puts each step on the time of its own execution', () => {
    const page = htmlReport(
      healedDrill({
        steps: [
          ...steps('second', [['late', 7200, 10]]),
          ...steps('first', [
            ['assess', 30, 20],
            ['verify', 50, 20.5, '', 'Failed'],
          ]),
        ],
      }),
    );
    expect(page).toMatch(/started at 30 s, took 41 s.*started at 2 h, took 10 s/s);
    expect(page).toMatch(/20\.0 – 40\.5 s<\/span><strong class="took">20\.5 s<.*?pill bad">Failed</s);
    expect(page).toContain('style="left:min(49.38%, 100% - 4px);width:50.62%;"');
  });

  it('draws what came hours later on an axis that begins there', () => {
    const page = htmlReport(escalatedDrill());
    expect(page).toContain('Later, from 6 h on');
    expect(page.match(/Used percent of \/ over time/g)).toHaveLength(2);
  });

  it('shows each answer beside its question and its command', () => {
    expect(htmlReport(escalatedDrill())).toMatch(
      /<strong>approve<\/strong> to “\[prod\] APPROVAL NEEDED: .*?<code>aws ssm send-automation-signal .*? Approve<\/code>/,
    );
    expect(html).not.toContain('What operators answered');
  });

  it('keeps JSON behind details, and shows messages as they are received', () => {
    const shown = htmlReport(escalatedDrill()).replace(/<details>.*?<\/details>/gs, '');
    expect(shown).not.toMatch(/\{"|&quot;:/);
    expect(shown).toContain('Chat message');
    expect(shown).toContain('<code>aws ssm start-session');
    expect(shown).toContain('OpsItem oi-0123456789ab');
    expect(shown).toMatch(/<span class="pill neutral">OK<\/span> → <span class="pill bad">ALARM<\/span>/);
  });

  it('never lets text from the node become markup, and runs no script', () => {
    const drill = healedDrill();
    const hostile = htmlReport({
      ...drill,
      title: HOSTILE,
      steps: steps('id', [[HOSTILE, 0, 1, HOSTILE, HOSTILE]]),
      timeline: [{ atSeconds: 1, kind: HOSTILE, summary: HOSTILE }],
      messages: [
        { atSeconds: 1, subject: HOSTILE, text: HOSTILE },
        { atSeconds: 1, subject: HOSTILE, text: JSON.stringify({ HOSTILE }) },
      ],
      evidence: { [HOSTILE]: HOSTILE, object: { HOSTILE } },
    });
    expect(hostile).not.toMatch(/<script|<b>/);
    expect(hostile).toContain('&lt;/script>&lt;script>');
  });

  it('refers to no other file or host, and forbids the browser to', () => {
    expect(html).not.toMatch(/(src|href)=/);
    expect(html).not.toMatch(/@import|url\(/);
    expect(html).toContain("default-src 'none'");
  });
});

describe('a message', () => {
  test.each([
    ['mail', 'HEALED: all is well'],
    ['mail', '{ not JSON'],
    ['data', '{"some":"data"}'],
    ['alarm', alarmMessage('critical', 'ALARM', 'OK').text],
    ['chat', '{"source":"custom","content":{"title":"a","description":"b"}}'],
  ])('is shown as %s: %s', (kind, text) => {
    expect(receivedMessage({ subject: 'subject', text }).kind).toBe(kind);
  });

  test('has the tone of what its subject says', () => {
    const tones = escalatedDrill().messages.map(({ subject }) => messageTone(subject));
    expect(tones).toEqual(['bad', 'warn', 'bad', 'bad', 'neutral']);
    expect(healedDrill().messages.map(({ subject }) => messageTone(subject))).toEqual(['bad', 'good']);
  });

  test('has nothing in it that acts on a terminal or reorders text', () => {
    const text = 'a\u001b[31m\u202eb';
    expect(receivedMessage({ subject: '', text })).toMatchObject({ text: 'a\ufffd[31m\ufffdb' });
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
