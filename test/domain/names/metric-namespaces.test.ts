import {
  eachNamespace,
  namespacesOf,
  readMetricNamespaces,
  separateNamespaces,
  sharedNamespace,
} from '../../../lib/domain/names/metric-namespaces';
import { METRIC_NAMESPACE, NODE_ROLES } from '../../../lib/domain/names/naming';

test('no two roles of no two environments share a namespace, and none is that of Headroom’s functions', () => {
  const all = ['prod', 'dev', 'control-plane', 'worker'].flatMap((name) =>
    Object.values(separateNamespaces(name)),
  );
  expect(new Set([...all, METRIC_NAMESPACE]).size).toBe(all.length + 1);
});

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html */
test('a namespace is one that CloudWatch takes, even of the longest name', () => {
  for (const namespace of Object.values(separateNamespaces('a'.repeat(32)))) {
    expect(namespace).toMatch(/^[^:][0-9A-Za-z.\-_/#:]{1,254}$/);
    expect(namespace).not.toMatch(/^AWS\//);
  }
});

test('a layout that is not known is an error', () => {
  expect(readMetricNamespaces('prod', 'separate')).toEqual(separateNamespaces('prod'));
  expect(readMetricNamespaces('prod', 'shared')).toEqual(sharedNamespace('CWAgent'));
  expect(() => readMetricNamespaces('prod', '')).toThrow('must be one of separate, shared, got ');
});

test('one alarm for each namespace, with the roles that it speaks of', () => {
  expect(eachNamespace(namespacesOf('prod', 'shared'), NODE_ROLES)).toEqual([
    { namespace: 'CWAgent', roles: ['control-plane', 'worker'] },
  ]);
  expect(eachNamespace(namespacesOf('prod', 'separate'), ['worker', 'control-plane'])).toEqual([
    { namespace: 'Headroom/prod/control-plane', roles: ['control-plane'] },
    { namespace: 'Headroom/prod/worker', roles: ['worker'] },
  ]);
  expect(eachNamespace(namespacesOf('eks', 'shared'), ['worker'])).toEqual([
    { namespace: 'CWAgent', roles: ['worker'] },
  ]);
});
