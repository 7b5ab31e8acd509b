import { readFileSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';

const LIBRARY = join(__dirname, '..', '..', 'lib');
/** Every service that Headroom puts on a node; what only the drill's machine has is left out. */
const services = readdirSync(LIBRARY, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.service') && !path.startsWith('drill'))
  .map((path) => [basename(path), readFileSync(join(LIBRARY, path), 'utf8')] as const);

test('the services are found', () => {
  expect(services.map(([name]) => name).sort()).toEqual([
    'headroom-boot-extend.service',
    'headroom-bootstrap.service',
    'headroom-etcd-snapshot.service',
    'headroom-guard.service',
    'headroom-join.service',
  ]);
});

/** What runs as root, some of it with an OOM score that nothing outlives, has a bound that no flood moves. */
test.each(services)('%s has a bound in memory', (_, text) => {
  const service = /\[Service\]\n([^[]*)/.exec(text)?.[1] ?? '';
  expect(service).toMatch(/^MemoryMax=(?:\d+[MG]|\d\d%)$/m);
});

test.each(services.filter(([, text]) => /^OOMScoreAdjust=-/m.test(text)))(
  '%s, which the kernel spares, takes little and starts few',
  (_, text) => {
    expect(Number(/^MemoryMax=(\d+)M$/m.exec(text)?.[1])).toBeLessThanOrEqual(128);
    expect(Number(/^TasksMax=(\d+)$/m.exec(text)?.[1])).toBeLessThanOrEqual(64);
  },
);
