"""Answers as class indices, for kinds whose answers are classes."""

from labelling import canonical
from labelling.projects.models import SchemaVersion
from labelling.projects.queries import earlier_answers
from labelling.schemas import kind_of


def class_coder(schema: SchemaVersion) -> dict[str, int]:
    """Canonical answer text to class index, also of classes that an earlier version had and this one renamed; empty
    for a kind whose answers have parts."""
    kind = kind_of(schema.kind)
    if kind.merging:
        return {}
    answers = (kind.from_class(schema.definition, index) for index in range(len(kind.classes(schema.definition))))
    coder = {canonical.dumps(answer): index for index, answer in enumerate(answers)}
    for before, now in earlier_answers(schema).items():
        coder.setdefault(before, coder[now])
    return coder
