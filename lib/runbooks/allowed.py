import json


# A function that throws may leave its step a success with FunctionError: AWS documents that only as an output
# (systems-manager/latest/userguide/automation-action-lamb.html). So what follows asks for the permission itself.
def allowed(events, context):
    answer = events['answer']
    if isinstance(answer, str):
        try:
            answer = json.loads(answer)
        except ValueError:
            answer = dict(reason='the function gave no answer: ' + answer[:200])
    if not isinstance(answer, dict):
        answer = dict(reason='the function gave no answer')
    if answer.get('allowed') is not True:
        reason = answer.get('reason') or answer.get('errorMessage') or 'the function did not say that it is'
        raise Exception('not allowed: ' + str(reason))
    return answer
