"""What whoever moves a project here may say besides its files."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from labelling.incoming.shown import PLACE_OF_IMAGES


@dataclass(frozen=True)
class Options:
    """question: of Label Studio, by its name. images: what stands before names of pictures. offsets: how the places of
    spans are counted where no text says it; empty: as the tool usually does. sizes: of pictures, in pixels."""

    question: str = ""
    images: str = PLACE_OF_IMAGES
    offsets: str = ""
    sizes: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        said: dict[str, Any] = {"question": self.question, "images": self.images, "offsets": self.offsets}
        return {**said, "sizes": {name: list(size) for name, size in self.sizes.items()}} if self.sizes else said

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> "Options":
        """What `as_dict` wrote."""
        sizes = {name: (width, height) for name, (width, height) in said.get("sizes", {}).items()}
        return cls(said["question"], said["images"], said["offsets"], sizes)
