import { known, unknown } from '../../lib/audit/facts';
import { changesOf, replacementOf } from '../../lib/audit/node-group-change';
import { nodeGroup, place } from './support/facts';

const before = nodeGroup();
const none: ReadonlySet<string> = new Set();

describe('what changes besides the figures', () => {
  it.each([
    ['nothing', nodeGroup(), []],
    ['the size, which has a column', nodeGroup({ root: { sizeGiB: known(32) } }), []],
    [
      'the type',
      nodeGroup({ instanceTypes: known(['m7g.xlarge']) }),
      ['instance type m7g.large → m7g.xlarge'],
    ],
    ['IOPS', nodeGroup({ root: { iops: known(4000) } }), ['IOPS none → 4000']],
    ['the count', nodeGroup({ nodes: { ...before.nodes, max: known(5) } }), ['nodes at most 3 → 5']],
    ['user data', nodeGroup({ userData: known('#!/bin/sh') }), ['user data']],
  ])('tells %s', (_, after, expected) => expect(changesOf(before, after)).toEqual(expected));
});

describe('what a change does to running nodes', () => {
  const smaller = nodeGroup({ root: { sizeGiB: known(32) } });

  it.each([
    ['nothing where nothing of the launch changes', nodeGroup({ exchangesNodes: known(true) }), 'none'],
    [
      'new nodes only without an update policy',
      { ...smaller, exchangesNodes: known(false) },
      'new-nodes-only',
    ],
    ['a rolling exchange with one', { ...smaller, exchangesNodes: known(true) }, 'rolling'],
    [
      'unknown with one that nobody can read',
      { ...smaller, exchangesNodes: unknown('a condition') },
      'unknown',
    ],
    ['unknown where nothing was read', smaller, 'unknown'],
    [
      'new nodes only of instances that a launch template does not replace',
      { ...smaller, kind: 'instance' as const },
      'new-nodes-only',
    ],
  ])('is %s', (_, after, expected) => expect(replacementOf(before, after, none)).toBe(expected));

  it('goes before all where a rule found an instance replaced', () => {
    const after = nodeGroup({ place: place('Other') });
    expect(replacementOf(before, after, new Set([after.id]))).toBe('replaced');
  });
});
