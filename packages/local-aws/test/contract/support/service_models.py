"""Prints what botocore's service models say of operations, as JSON: members of input and output, and errors.

Usage: service_models.py SERVICE:OPERATION...
"""
import json
import sys

import botocore.session


def tree(shape, above=()):
    """Members below a shape: an object for a structure, [member] for a list, {'*': value} for a map, else null."""
    if shape is None or shape.name in above:
        return None
    inner = above + (shape.name,)
    if shape.type_name == 'structure':
        return {name: tree(member, inner) for name, member in shape.members.items()}
    if shape.type_name == 'list':
        return [tree(shape.member, inner)]
    if shape.type_name == 'map':
        return {'*': tree(shape.value, inner)}
    return None


def describe(session, name):
    service, operation = name.split(':')
    model = session.get_service_model(service).operation_model(operation)
    return {
        'input': sorted(model.input_shape.members) if model.input_shape else [],
        'required': sorted(model.input_shape.required_members) if model.input_shape else [],
        'output': tree(model.output_shape) or {},
        'errors': sorted({shape.name for shape in model.error_shapes}),
    }


session = botocore.session.get_session()
json.dump({name: describe(session, name) for name in sys.argv[1:]}, sys.stdout)
