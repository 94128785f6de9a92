"""axe-core, the accessibility checker: fetched by npm once for each build tree, in the version and with the digest of axe/package-lock.json."""

import json
import os
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

WANTED = Path(__file__).parent / "axe"
DEADLINE = 120
# What is wrong in these ways keeps somebody from using a page.
GRAVE = ("serious", "critical")
RUN = """
const done = arguments[arguments.length - 1];
axe.run(document, {resultTypes: ['violations']}).then((result) => done(result.violations), (error) => done(String(error)));
"""


@cache
def source():
    """The checker's script."""
    version = json.loads((WANTED / "package.json").read_text())["dependencies"]["axe-core"]
    place = Path(os.environ["BOOKREQ_BUILD"]).resolve() / f"axe-core-{version}"
    if not place.exists():
        fetch(place)
    return (place / "node_modules/axe-core/axe.min.js").read_text()


def fetch(place):
    """Two test processes may do this at once: the first to be ready wins."""
    with tempfile.TemporaryDirectory(dir=place.parent) as work:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(WANTED / name, work)
        command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--cache", f"{work}/.npm"]
        done = subprocess.run(command, cwd=work, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=DEADLINE)
        assert done.returncode == 0, f"npm could not bring axe-core:\n{done.stdout}{done.stderr}"
        shutil.rmtree(f"{work}/.npm", ignore_errors=True)
        try:
            os.rename(work, place)
            os.mkdir(work)  # for the end of TemporaryDirectory
        except OSError:
            if not place.exists():
                raise


def grave_findings(driver):
    """What is seriously or critically wrong with the page that is shown, one line each."""
    if not driver.execute_script("return typeof axe === 'object'"):
        driver.execute_script(source())
    violations = driver.execute_async_script(RUN)
    assert isinstance(violations, list), violations
    return [
        f"{one['id']} ({one['impact']}): {one['help']}: {node['html'][:200]} {node['failureSummary']}"
        for one in violations
        if one["impact"] in GRAVE
        for node in one["nodes"]
    ]
