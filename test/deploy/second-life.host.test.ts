import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StackLife, type Account } from './stack-life';

/** An environment that was deployed before, under the same name in the same account: nobody cleans up in between. */
let folder: string;
let account: Account;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'headroom-second-life-'));
  account = { parameters: {}, keys: [] };
});
afterEach(() => rmSync(folder, { recursive: true }));

const [FIRST, SECOND] = [
  '51af3dc0-da77-11e4-872e-1234567db123',
  '62b04ed1-da78-11e4-872e-1234567db123',
] as const;
const TOKEN = 'zzzzzz.aaaaaaaaaaaaaaaa';
const API = 'headroom-dev-1.elb.eu-central-1.amazonaws.com';

const live = (id: string, apiEndpoint = API): StackLife => new StackLife(account, folder, id, apiEndpoint);
const first = (): StackLife => {
  const life = live(FIRST);
  const { status, text } = life.boot('control-plane', { id: 'i-0aaaaaaaaaaaaaaa1', index: 1, token: TOKEN });
  expect(`${text}exit ${status}`).toMatch(/exit 0$/);
  return life;
};

test('a first life: node 1 initialises, a worker joins with its token', () => {
  const life = first();
  const worker = life.boot('worker', { id: 'i-0aaaaaaaaaaaaaaa9', index: 0 });
  expect(worker).toMatchObject({ status: 0, calls: ['kubeadm join --config'] });
  expect(worker.config('join')).toContain(TOKEN);
});

describe.each([
  ['a destroy', (life: StackLife) => life.destroy()],
  ['a rollback', (life: StackLife) => life.rollBack()],
] as const)('after %s', (_, end) => {
  // Load balancers get names of their own; nothing depends on that.
  test.each([API, 'headroom-dev-2.elb.eu-central-1.amazonaws.com'])(
    'node 1 initialises a cluster at %s, and publishes how to join it',
    (apiEndpoint) => {
      end(first());
      const life = live(SECOND, apiEndpoint);
      const node = life.boot('control-plane', {
        id: 'i-0bbbbbbbbbbbbbbb1',
        index: 1,
        token: 'bbbbbb.bbbbbbbbbbbbbbbb',
      });
      expect(`${node.text}exit ${node.status}`).toMatch(/exit 0$/);
      expect(node.calls).toContain('kubeadm init --config');
      const cluster = account.parameters[`${life.joinPath()}/cluster`];
      expect(JSON.parse(cluster?.Value ?? '{}')).toEqual({
        endpoint: apiEndpoint,
        initialisedBy: 'i-0bbbbbbbbbbbbbbb1',
      });
    },
  );

  test('a worker of the new cluster joins it, and waits as long as there is only the former one’s token', () => {
    end(first());
    const life = live(SECOND);
    const early = life.boot('worker', { id: 'i-0bbbbbbbbbbbbbbb8', index: 0 });
    expect(early.calls).not.toContain('kubeadm join --config');
    life.boot('control-plane', { id: 'i-0bbbbbbbbbbbbbbb1', index: 1, token: 'bbbbbb.bbbbbbbbbbbbbbbb' });
    const worker = life.boot('worker', { id: 'i-0bbbbbbbbbbbbbbb9', index: 0 });
    expect(worker.config('join')).toContain('bbbbbb.bbbbbbbbbbbbbbbb');
  });
});

test('in one life no second cluster is initialised: node 1, made anew, waits for the one that does not answer', () => {
  const life = first();
  const again = life.boot('control-plane', { id: 'i-0aaaaaaaaaaaaaaa2', index: 1, token: TOKEN });
  expect(again.calls).not.toContain('kubeadm init --config');
  expect(again.text).toContain('a cluster was initialised at');
});

test('what has no end is the stack’s own, and no secret', () => {
  const life = first();
  life.destroy();
  // What is left has an end: Parameter Store deletes it.
  expect(Object.keys(account.parameters).map((name) => name.split('/').at(-1))).toEqual(
    expect.arrayContaining(['worker', 'control-plane']),
  );
  expect(Object.keys(account.parameters)).toHaveLength(2);
});
