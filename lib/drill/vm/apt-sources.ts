/** Where a host gets its packages from, read from its own apt sources: nothing about mirrors is kept in this project. */
export interface AptSource {
  readonly uri: string;
  readonly suite: string;
  readonly components: readonly string[];
}

/** Entries of a one-line file (`/etc/apt/sources.list`, `*.list`). */
export function parseOneLineSources(text: string): AptSource[] {
  return text.split('\n').flatMap((line) => {
    const match = /^deb\s+(?:\[[^\]]*\]\s+)?(cdrom:\[[^\]]*\]\S*|\S+)\s+(\S+)((?:\s+\S+)*)$/.exec(
      line.replace(/#.*$/, '').trim(),
    );
    return match?.[1] === undefined || match[2] === undefined
      ? []
      : [{ uri: match[1], suite: match[2], components: words(match[3] ?? '') }];
  });
}

/** Entries of a deb822 file (`*.sources`); disabled stanzas and source packages are left out. */
export function parseDeb822Sources(text: string): AptSource[] {
  const withoutComments = text
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .join('\n');
  return withoutComments.split(/\n[ \t]*\n/).flatMap((stanza) => {
    const fields = stanzaFields(stanza);
    const field = (name: string): string[] => words(fields.get(name) ?? '');
    if (!field('types').includes('deb') || /^(no|false|0)$/i.test(fields.get('enabled')?.trim() ?? 'yes')) {
      return [];
    }
    return field('uris').flatMap((uri) =>
      field('suites').map((suite) => ({ uri, suite, components: field('components') })),
    );
  });
}

function stanzaFields(stanza: string): Map<string, string> {
  const fields = new Map<string, string>();
  let current = '';
  for (const line of stanza.split('\n')) {
    const start = /^([A-Za-z-]+):(.*)$/.exec(line);
    if (start?.[1] !== undefined) {
      current = start[1].toLowerCase();
      fields.set(current, start[2] ?? '');
    } else if (/^[ \t]/.test(line)) {
      fields.set(current, `${fields.get(current) ?? ''} ${line.trim()}`);
    }
  }
  return fields;
}

/**
 * The mirror that serves a suite's main component: http(s) only, since the image is built elsewhere than apt runs.
 * @returns undefined when the sources name none
 */
export function findMirror(sources: readonly AptSource[], suite: string): string | undefined {
  return sources.find(
    (source) =>
      source.suite === suite && source.components.includes('main') && /^https?:\/\//.test(source.uri),
  )?.uri;
}

function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}
