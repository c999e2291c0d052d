"""Croissant 1.1 (MLCommons): machine-readable metadata of an export, JSON-LD.

A file object with its SHA-256 and size for each data file, a record set for each split, a field for each column.
Source: https://docs.mlcommons.org/croissant/docs/croissant-spec-1.1.html
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from labelling.datasets.formats.base import About, Format, Json

NAME = "croissant.json"
CONFORMS_TO = "http://mlcommons.org/croissant/1.1"
CONTEXT: Json = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "arrayShape": "cr:arrayShape",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "containedIn": "cr:containedIn",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "description": {"@container": "@language"},
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isArray": "cr:isArray",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "name": {"@container": "@language"},
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
TYPES = {"string": "sc:Text", "int32": "sc:Integer", "float64": "sc:Integer"}
MEANING = {
    "key": "The sender's name of the example; the rows are in the order of its bytes.",
    "split": "train, validation or test.",
    "label": "The answer in one text.",
    "answer": "The answer as labellers gave it; in CSV and Parquet as JSON text.",
    "authority": "Who settled the answer: crowd, expert, engineer or gold.",
    "confidence": "How sure the crowd's answer is, out of 10,000; null where it isn't the crowd's.",
    "posterior": "The probability of each answer out of 10,000, or null; in CSV and Parquet as JSON text.",
    "slice": "A part to look at separately.",
    "group": "Examples of one group share a split.",
    "source": "Where the example came from: production, generated, gathered or imported.",
    "payload": "What labellers were shown, and what came with it, as JSON text.",
}


@dataclass(frozen=True)
class DataFile:
    """One file of an export. sha256: 64 hex digits."""

    name: str
    split: str
    n_bytes: int
    sha256: str


def croissant(about: About, found: Format, files: Mapping[str, DataFile], *, citation: str) -> bytes:
    """The document. files: the data file of each split. Columns that hold objects, as JSONL's do, have no type in
    Croissant and are left out."""
    document = {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "name": f"{about.project}-{about.number}",
        "description": f"{about.name}, version {about.number}: {about.definition['question']}",
        "conformsTo": CONFORMS_TO,
        "citeAs": citation,
        "creator": {"@type": "sc:Organization", "name": about.name},
        "datePublished": about.created_at[:10],
        "identifier": f"sha256:{about.version_id}",
        "license": about.license,
        "url": f"urn:quorum:{about.version_id}",
        "version": f"{about.number}.0.0",
        **({"inLanguage": list(about.languages)} if about.languages else {}),
        "distribution": [_file_object(file, found) for file in files.values()],
        "recordSet": [_record_set(split, file, found) for split, file in files.items()],
    }
    return json.dumps(document, ensure_ascii=False, indent=1).encode() + b"\n"


def _file_object(file: DataFile, found: Format) -> Json:
    return {
        "@type": "cr:FileObject",
        "@id": file.name,
        "name": file.name,
        "contentUrl": file.name,
        "contentSize": f"{file.n_bytes} B",
        "encodingFormat": found.croissant,
        "sha256": file.sha256,
    }


def _record_set(split: str, file: DataFile, found: Format) -> Json:
    return {
        "@type": "cr:RecordSet",
        "@id": split,
        "name": split,
        "description": f"The rows of {split}.",
        "key": {"@id": f"{split}/key"},
        "field": [
            {
                "@type": "cr:Field",
                "@id": f"{split}/{name}",
                "name": name,
                "description": MEANING[name],
                "dataType": TYPES[kind],
                "source": {"fileObject": {"@id": file.name}, "extract": {"column": name}},
            }
            for name, kind in (found.features or {}).items()
            if kind in TYPES
        ],
    }
