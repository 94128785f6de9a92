"""The code blocks of a guide, so that a test follows it literally: what is in the guide is what is run."""

import re

from support.stack import ROOT

BLOCK = re.compile(r"<!-- guide: (\S+) -->\n```\w*\n(.*?)^```$", re.DOTALL | re.MULTILINE)


class Guide:
    """
    A page of docs/ whose blocks have names: `<!-- guide: NAME -->` on the line before each. `replaced` maps what is an example there, as an
    address, to what it is here. `used` tells which blocks were taken.
    """

    def __init__(self, name):
        found = BLOCK.findall((ROOT / "docs" / name).read_text())
        self.blocks = dict(found)
        assert len(self.blocks) == len(found), "two blocks of one name"
        self.replaced = {}
        self.used = set()

    def replace(self, example, real):
        self.replaced[example] = str(real)

    def block(self, name):
        self.used.add(name)
        text = self.blocks[name]
        for example, real in self.replaced.items():
            text = text.replace(example, real)
        return text

    def setting(self, name, key):
        """The value of `key = value` in a block."""
        (value,) = re.findall(rf"^{key} *= *(.*)$", self.block(name), re.MULTILINE)
        return value
