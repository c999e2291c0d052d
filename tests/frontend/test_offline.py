"""What a browser is told to keep of a labeller's page."""

import json
import re

import pytest

from frontend.views.offline import files_of

MANIFEST = {
    "src/workbench/main.tsx": {
        "file": "assets/workbench.js", "imports": ["_common.js"], "dynamicImports": ["src/workbench/Seldom.tsx"],
    },
    "_common.js": {
        "file": "assets/common.js", "dynamicImports": ["src/schemas/boxes/index.ts", "src/schemas/spans/index.ts"],
    },
    "src/workbench/Seldom.tsx": {"file": "assets/Seldom.js", "imports": ["src/workbench/main.tsx"]},
    "src/style.css": {"file": "assets/style.css"},
    "src/plots/main.ts": {"file": "assets/plots.js"},
    "src/schemas/boxes/index.ts": {
        "file": "assets/boxes.js", "isDynamicEntry": True, "imports": ["_common.js"], "dynamicImports": ["src/zoom.ts"],
    },
    "src/schemas/spans/index.ts": {"file": "assets/spans.js", "isDynamicEntry": True, "imports": ["_common.js"]},
    "src/zoom.ts": {"file": "assets/zoom.js"},
}  # fmt: skip


def test_every_page_keeps_what_all_need_and_a_kind_of_label_adds_its_own():
    files = files_of(MANIFEST)
    assert set(files["shell"]) == {
        f"/static/assets/{name}" for name in ("workbench.js", "common.js", "Seldom.js", "style.css")
    }
    assert files["named"] == [["/static/assets/boxes.js", "/static/assets/zoom.js"], ["/static/assets/spans.js"]]


@pytest.mark.django_db
def test_the_worker_is_served_to_anybody_never_cached_and_names_only_files_that_are_there(client):
    reply = client.get("/worker.js")
    assert reply["Content-Type"].startswith("text/javascript")
    assert "no-cache" in reply["Cache-Control"]
    found = re.match(r"self\.OFFLINE = (\{.*\});\n", reply.content.decode())
    assert found is not None
    build = json.loads(found[1])
    assert {"/sign-in/", "/sign-out/", "/join/", "/enter/"} <= set(build["accounts"])
    files = [*build["shell"], *(file for part in build["named"] for file in part)]
    assert files
    for file in files:
        assert client.get(file).status_code == 200, file
    assert client.post("/worker.js").status_code == 405
