"""What the scripts ask of kubectl's JSON. A kubelet writes its own status and most of its own Node: such text is data.

Usage: kubectl get nodes --output json | python3 -I -c "$(cat cluster-nodes.py)" claims INSTANCE_ID ADDRESS
       kubectl get nodes --output json | python3 -I -c "$(cat cluster-nodes.py)" nodes INSTANCE_ID
       kubectl get pods --output json | python3 -I -c "$(cat cluster-nodes.py)" components

claims: the names of the nodes that claim to be the instance, one a line.
nodes: `count N`; for each control-plane node, and each that claims to be the instance, `node NAME VERSION READY CORDONED CONTROL CLAIMS`;
  for the latter `condition TYPE STATUS REASON MESSAGE` of each condition.
components: `NODE COMPONENT` of each pod that is Ready.

Fields are separated by 0x1f; no field holds a control character.
"""
import json
import re
import sys

# https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-subdomain-names
NAME = re.compile(r'[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?\Z')
CONTROL_PLANE = 'node-role.kubernetes.io/control-plane'


def row(*fields):
    print('\x1f'.join(re.sub(r'[\x00-\x1f\x7f-\x9f\u2028\u2029]', '?', str(field)) for field in fields))


def items():
    found = json.load(sys.stdin).get('items') or []
    return [one for one in found if NAME.match(one['metadata']['name'])]


def claims(node, instance, address):
    """By its providerID, aws:///ZONE/INSTANCE; by its addresses where that names no instance of EC2. A kubelet writes both, the
    providerID when it registers, the addresses at any time: act on a claim only where exactly one node makes it."""
    provider = (node.get('spec') or {}).get('providerID') or ''
    if instance != 'none' and provider.startswith('aws:'):
        return provider.rsplit('/', 1)[-1] == instance
    own = (node.get('status') or {}).get('addresses') or []
    return address != 'none' and any(one.get('type') == 'InternalIP' and one.get('address') == address for one in own)


def conditions(one):
    return (one.get('status') or {}).get('conditions') or []


def ready(one):
    return any(condition.get('type') == 'Ready' and condition.get('status') == 'True' for condition in conditions(one))


def boolean(value):
    return 'true' if value else 'false'


def list_nodes(instance):
    nodes = items()
    row('count', len(nodes))
    for node in nodes:
        control = CONTROL_PLANE in (node['metadata'].get('labels') or {})
        asked = claims(node, instance, 'none')
        if not control and not asked:
            continue
        version = ((node.get('status') or {}).get('nodeInfo') or {}).get('kubeletVersion') or ''
        cordoned = (node.get('spec') or {}).get('unschedulable') is True
        row('node', node['metadata']['name'], version[1:] if version.startswith('v') else version,
            boolean(ready(node)), boolean(cordoned), boolean(control), boolean(asked))
        for one in conditions(node) if asked else []:
            row('condition', *(one.get(key) or '' for key in ('type', 'status', 'reason', 'message')))


action, *arguments = sys.argv[1:]
if action == 'claims':
    for node in items():
        if claims(node, *arguments):
            row(node['metadata']['name'])
elif action == 'nodes':
    list_nodes(*arguments)
elif action == 'components':
    for pod in items():
        if ready(pod):
            row((pod.get('spec') or {}).get('nodeName') or '', (pod['metadata'].get('labels') or {}).get('component') or '')
