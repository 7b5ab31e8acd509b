import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GitHubError, main, postOrUpdate, type CommentOptions } from '../../bin/github-comment';
import { markdownReport } from '../../lib/audit/report/markdown-report';
import { sampleReport } from '../audit/report/sample-report';
import { FakeGitHub } from './fake-github';

const BODY = '<!-- headroom-audit:default -->\n## Passed\n';
const NOW = Date.parse('2026-11-21T04:00:00Z');

let github: FakeGitHub;
let apiUrl: string;
let slept: number[];

beforeEach(async () => {
  github = new FakeGitHub();
  apiUrl = await github.start();
  slept = [];
});
afterEach(() => github.stop());

const post = (more: Partial<CommentOptions> = {}) =>
  postOrUpdate({
    ...{ apiUrl, repository: 'o/r', pullRequest: 7, token: 'a-token', body: BODY },
    ...{ author: 'github-actions[bot]', fetch, nowMs: () => NOW },
    sleep: (milliseconds) => {
      slept.push(milliseconds);
      return Promise.resolve();
    },
    ...more,
  });
const own = () => github.comments.filter(({ body }) => body.startsWith('<!-- headroom-audit:default -->'));
const writes = () => github.requests.filter((line) => !line.startsWith('GET'));

describe('one comment', () => {
  it('is created where there is none', async () => {
    github.add('looks good', 'a-person');
    expect(await post()).toMatchObject({ action: 'created' });
    expect(own().map(({ body }) => body)).toEqual([BODY]);
  });

  it('is updated later, and left alone where nothing changed', async () => {
    await post();
    expect(await post({ body: `${BODY}more` })).toMatchObject({ action: 'updated' });
    expect(await post({ body: `${BODY}more\n` })).toMatchObject({ action: 'unchanged' });
    expect(own().map(({ body }) => body)).toEqual([`${BODY}more`]);
    expect(writes()).toHaveLength(2);
  });

  it('is found on a later page, and no page is asked for beyond the last', async () => {
    for (let index = 0; index < 250; index += 1) github.add(`comment ${index}`, 'a-person');
    github.comments.splice(230, 0, { ...github.add(BODY), id: 5 });
    expect(await post({ body: `${BODY}new` })).toMatchObject({ action: 'updated' });
    expect(github.requests.map((line) => line.replace(/.*page=/, ''))).toEqual([
      ...['1', '2', '3', 'PATCH /repos/o/r/issues/comments/5'],
    ]);
  });

  it('is found after exactly full pages', async () => {
    for (let index = 0; index < 100; index += 1) github.add(`comment ${index}`, 'a-person');
    expect(await post()).toMatchObject({ action: 'created' });
  });

  it('is found with the line ends that GitHub may give it', async () => {
    github.add(BODY.replaceAll('\n', '\r\n'));
    expect(await post()).toMatchObject({ action: 'unchanged' });
  });

  it('is another one for another key', async () => {
    await post();
    expect(await post({ body: BODY.replace('default', 'prod') })).toMatchObject({ action: 'created' });
  });

  it.each([
    ['somebody else wrote it', BODY, 'a-person'],
    ['its account is gone', BODY, null],
    ['it quotes the marker further down', `> quoted\n${BODY}`, 'github-actions[bot]'],
  ])('is not mistaken: %s', async (_why, body, login) => {
    const other = github.add(body, login);
    expect(await post()).toMatchObject({ action: 'created' });
    expect(other.body).toBe(body);
  });

  it('is made again when it was deleted meanwhile', async () => {
    github.add(BODY);
    github.meanwhile = (line) => {
      if (line.startsWith('PATCH')) github.comments.splice(0);
    };
    expect(await post({ body: `${BODY}new` })).toMatchObject({ action: 'created' });
    expect(own()).toHaveLength(1);
  });

  it('takes a report of any size', async () => {
    const findings = Array.from({ length: 2000 }, () => sampleReport().findings[0]!);
    expect(await post({ body: markdownReport(sampleReport({ findings })) })).toMatchObject({
      action: 'created',
    });
  });

  it('must begin with a marker', () => expect(post({ body: '## Passed' })).rejects.toThrow(/hidden marker/));
});

describe('a GitHub that refuses', () => {
  it.each([
    ['429 with retry-after', { status: 429, headers: { 'retry-after': '7' } }, 7_000],
    ['403 of the secondary limit', { status: 403, headers: { 'retry-after': '3' } }, 3_000],
    [
      '403 of the primary limit, until its reset',
      {
        status: 403,
        headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(NOW / 1000 + 42) },
      },
      42_000,
    ],
    ['502', { status: 502, body: '<html>' }, 1_000],
  ])('%s is asked again later', async (_name, refusal, wait) => {
    github.refusals.push(refusal);
    expect(await post()).toMatchObject({ action: 'created' });
    expect(slept).toEqual([wait]);
  });

  it('is not asked again for an hour', async () => {
    github.refusals.push({
      status: 403,
      headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(NOW / 1000 + 3600) },
    });
    await expect(post()).rejects.toThrow(GitHubError);
    expect(slept).toEqual([]);
  });

  it('is not asked for ever', async () => {
    github.refusals.push(...Array.from({ length: 9 }, () => ({ status: 500 })));
    await expect(post()).rejects.toThrow(/answered 500/);
    expect(github.requests).toHaveLength(4);
  });

  it('makes no second comment when the first was made after all', async () => {
    github.refuses = (line) => line.startsWith('POST');
    github.refusals.push({ status: 502 });
    github.meanwhile = (line) => {
      if (line.startsWith('POST')) github.add(BODY);
    };
    expect(await post()).toMatchObject({ action: 'unchanged' });
    expect(own()).toHaveLength(1);
  });

  it('with 403 for want of a right is an error at once', async () => {
    github.refusals.push({ status: 403, body: '{"message":"Resource not accessible by integration"}' });
    await expect(post()).rejects.toThrow(/403: .*not accessible/);
    expect(github.requests).toHaveLength(1);
  });
});

describe('the command', () => {
  const folder = mkdtempSync(join(tmpdir(), 'headroom-comment-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'report.md');
  writeFileSync(file, BODY);
  const run = async (more: Record<string, string | undefined> = {}) => {
    const printed: string[] = [];
    const environment = {
      ...{ GITHUB_API_URL: apiUrl, GITHUB_TOKEN: 'a-token', GITHUB_REPOSITORY: 'o/r' },
      ...{ PULL_REQUEST_NUMBER: '7', COMMENT_FILE: file },
      ...more,
    };
    return { exitCode: await main(environment, (line) => printed.push(line)), printed };
  };

  it('says where the comment is', async () =>
    expect(await run()).toEqual({
      exitCode: 0,
      printed: [expect.stringMatching(/^The comment is created: https:\/\/github\.test/)],
    }));

  it('warns, and lets the audit speak, where it may not write', async () => {
    github.refuses = (line) => line.startsWith('POST');
    github.refusals.push({
      status: 403,
      body: '{"message":"Resource not accessible by integration\\n::error::x"}',
    });
    const { exitCode, printed } = await run();
    expect(exitCode).toBe(0);
    expect(printed).toHaveLength(1);
    expect(printed[0]).toMatch(/^::warning::No comment: .*pull-requests: write/);
    expect(printed[0]).not.toContain('\n');
  });

  it('fails where GitHub refuses otherwise', async () =>
    expect(await run({ GITHUB_TOKEN: 'another' })).toEqual({
      exitCode: 1,
      printed: [expect.stringMatching(/^::error::.*401/)],
    }));

  it.each([
    { GITHUB_TOKEN: undefined },
    { GITHUB_REPOSITORY: 'o/r/../x' },
    { PULL_REQUEST_NUMBER: '' },
    { PULL_REQUEST_NUMBER: 'x' },
    { COMMENT_FILE: '' },
  ])('says what is missing: %j', async (more) => {
    const { exitCode, printed } = await run(more);
    expect(exitCode).toBe(2);
    expect(printed[0]).toContain('must be in the environment');
    expect(github.requests).toEqual([]);
  });
});
