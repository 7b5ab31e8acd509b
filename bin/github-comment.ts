import { readFileSync } from 'node:fs';

/**
 * Posts the audit's comment on a pull request, or updates the one it posted before.
 * Node runs this file as it is (`node bin/github-comment.ts`, Node 22.18 or later) and it needs no package, so that
 * the job with the right to write installs nothing and runs nothing of the pull request.
 *
 * Usage: GITHUB_TOKEN, GITHUB_REPOSITORY (owner/name), PULL_REQUEST_NUMBER and COMMENT_FILE in the environment;
 * GITHUB_API_URL (default https://api.github.com) and COMMENT_AUTHOR (default github-actions[bot]) may be.
 * Exit codes: 0 posted, updated, already there, or not allowed on this pull request (a warning says so);
 * 1 GitHub refused; 2 the environment is wrong.
 */

export interface CommentOptions {
  readonly apiUrl: string;
  /** `owner/name`. */
  readonly repository: string;
  readonly pullRequest: number;
  readonly token: string;
  /** Its first line is the hidden marker by which the comment is found. */
  readonly body: string;
  /** Login of the account that the token belongs to: a marker in anybody else's comment means nothing. */
  readonly author: string;
  readonly fetch: typeof fetch;
  readonly sleep: (milliseconds: number) => Promise<void>;
  readonly nowMs: () => number;
}

export interface CommentResult {
  readonly action: 'created' | 'updated' | 'unchanged';
  readonly url: string;
}

/** GitHub's answer, where it is a refusal. */
export class GitHubError extends Error {
  override readonly name = 'GitHubError';
  readonly status: number;
  /** Milliseconds to wait before GitHub may be asked again; undefined: asking again would not help. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, status: number, retryAfterMs: number | undefined) {
    super(message);
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }
}

interface Comment {
  readonly id: number;
  readonly body?: string;
  readonly html_url: string;
  readonly user: { readonly login: string } | null;
}

const MARKER = /^<!-- [\w.:-]+ -->$/;
const PAGE = 100;
/** 10,000 comments; a pull request with more has other troubles. */
const MOST_PAGES = 100;
const MOST_TRIES = 4;
/** GitHub's primary limit may last an hour, and no job should wait for it. */
const LONGEST_WAIT_MS = 120_000;

/** How GitHub says "later". Source: https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api */
const retryAfter = (response: Response, tries: number, nowMs: number): number | undefined => {
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  if (response.status === 429 || response.status === 403) {
    if (seconds >= 0) return seconds * 1000;
    const reset = Number(response.headers.get('x-ratelimit-reset') ?? Number.NaN);
    if (response.headers.get('x-ratelimit-remaining') === '0' && reset > 0)
      return Math.max(0, reset * 1000 - nowMs);
    return response.status === 429 ? 60_000 : undefined;
  }
  return response.status >= 500 ? 1000 * 2 ** tries : undefined;
};

class Session {
  readonly #options: CommentOptions;
  readonly #tries: number;

  constructor(options: CommentOptions, tries: number) {
    this.#options = options;
    this.#tries = tries;
  }

  async #call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const { apiUrl, token, nowMs } = this.#options;
    const response = await this.#options.fetch(`${apiUrl}${path}`, {
      method,
      headers: {
        accept: 'application/vnd.github+json',
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        'user-agent': 'headroom-audit',
        'x-github-api-version': '2022-11-28',
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) {
      throw new GitHubError(
        `${method} ${path}: GitHub answered ${response.status}: ${text.slice(0, 300)}`,
        response.status,
        retryAfter(response, this.#tries, nowMs()),
      );
    }
    return JSON.parse(text) as T;
  }

  async #own(marker: string): Promise<Comment | undefined> {
    const { repository, pullRequest, author } = this.#options;
    for (let page = 1; page <= MOST_PAGES; page += 1) {
      const comments = await this.#call<readonly Comment[]>(
        'GET',
        `/repos/${repository}/issues/${pullRequest}/comments?per_page=${PAGE}&page=${page}`,
      );
      // GitHub may keep a body with \r\n.
      const own = comments.find(
        ({ user, body }) => user?.login === author && body?.split(/\r?\n/, 1)[0] === marker,
      );
      if (own || comments.length < PAGE) return own;
    }
    return undefined;
  }

  async run(marker: string): Promise<CommentResult> {
    const { repository, pullRequest, body } = this.#options;
    const old = await this.#own(marker);
    if (!old) {
      const made = await this.#call<Comment>('POST', `/repos/${repository}/issues/${pullRequest}/comments`, {
        body,
      });
      return { action: 'created', url: made.html_url };
    }
    if (old.body?.replaceAll('\r\n', '\n').trimEnd() === body.trimEnd())
      return { action: 'unchanged', url: old.html_url };
    const made = await this.#call<Comment>('PATCH', `/repos/${repository}/issues/comments/${old.id}`, {
      body,
    });
    return { action: 'updated', url: made.html_url };
  }
}

/**
 * One comment for each marker, however often it is called. After a refusal that may pass it begins again with the
 * search, so that a comment that was made after all is found, and one that was deleted meanwhile is made again.
 * @throws GitHubError
 */
export async function postOrUpdate(options: CommentOptions): Promise<CommentResult> {
  const marker = options.body.split('\n', 1)[0] ?? '';
  if (!MARKER.test(marker))
    throw new TypeError(
      `The comment's first line must be its hidden marker, got ${JSON.stringify(marker.slice(0, 80))}.`,
    );
  for (let tries = 0; ; tries += 1) {
    try {
      return await new Session(options, tries).run(marker);
    } catch (error) {
      if (!(error instanceof GitHubError)) throw error;
      const gone = error.status === 404 && error.message.startsWith('PATCH');
      const wait = gone ? 0 : error.retryAfterMs;
      if (wait === undefined || wait > LONGEST_WAIT_MS || tries + 1 >= MOST_TRIES) throw error;
      await options.sleep(wait);
    }
  }
}

/** Commands of the runner are lines: text of others must not make new ones. */
const oneLine = (text: string): string => text.replace(/[\r\n]+/g, ' ');

export async function main(
  environment: Readonly<Record<string, string | undefined>>,
  print: (line: string) => void,
): Promise<number> {
  const { GITHUB_TOKEN: token, GITHUB_REPOSITORY: repository, COMMENT_FILE: file } = environment;
  const pullRequest = Number(environment['PULL_REQUEST_NUMBER']);
  if (!token || !repository || !/^[\w.-]+\/[\w.-]+$/.test(repository) || !file || !(pullRequest > 0)) {
    print(
      '::error::GITHUB_TOKEN, GITHUB_REPOSITORY (owner/name), PULL_REQUEST_NUMBER and COMMENT_FILE must be in the environment.',
    );
    return 2;
  }
  try {
    const { action, url } = await postOrUpdate({
      ...{ token, repository, pullRequest, fetch },
      apiUrl: environment['GITHUB_API_URL'] ?? 'https://api.github.com',
      body: readFileSync(file, 'utf8'),
      author: environment['COMMENT_AUTHOR'] ?? 'github-actions[bot]',
      sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
      nowMs: () => Date.now(),
    });
    print(`The comment is ${action}: ${url}`);
    return 0;
  } catch (error) {
    if (!(error instanceof GitHubError)) throw error;
    if (error.status === 403 && error.retryAfterMs === undefined) {
      print(
        `::warning::No comment: this token may not write on the pull request (it is read-only for forks, and needs pull-requests: write elsewhere). The job's summary has the report. ${oneLine(error.message)}`,
      );
      return 0;
    }
    print(`::error::${oneLine(error.message)}`);
    return 1;
  }
}

if (process.argv[1]?.endsWith('github-comment.ts')) {
  void main(process.env, (line) => console.log(line)).then((exitCode) => (process.exitCode = exitCode));
}
