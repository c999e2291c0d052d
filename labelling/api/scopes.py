"""What a token may be used for. A signed-in session has them all: there the roles alone decide."""

SCOPES = {
    "predictions:write": "send predictions",
    "rounds:write": "draw sampling rounds",
    "label": "lease items and label them",
    "review": "correct, discard and requeue items; accept and reject work; decide cases",
    "datasets:read": "read published versions, but no rows of test",
    "datasets:test": "read rows of test, asked for by name",
    "datasets:write": "publish versions",
    "erase": "erase content of examples for ever, and read the record of it",
    "manage": "change projects, members and tokens",
    "read": "read a project's settings, items, labellers and figures",
}
