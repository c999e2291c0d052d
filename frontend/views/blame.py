"""A verb's refusal, put beside the fields of the form that caused it."""

from collections.abc import Mapping

from django import forms

from frontend.views.access import sentence
from labelling.errors import QuorumError


def blame(form: forms.Form, error: QuorumError, fields: Mapping[str, str] | None = None) -> None:
    """Each fault goes to the field its `where` names, by its last part; what names none stands above the form.

    fields: {where: field of the form}, for those that are called otherwise.
    """
    for fault in error.errors:
        where, message = str(fault.get("where", "")), str(fault["message"])
        field = (fields or {}).get(where, where.rpartition(".")[2])
        if field in form.fields:
            form.add_error(field, message)
        else:
            form.add_error(None, f"{where}: {message}".removeprefix(": "))
    if not error.errors:
        form.add_error(None, sentence(error))
