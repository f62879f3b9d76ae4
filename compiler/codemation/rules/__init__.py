"""The rules: each is one file, which says all of it, and which is found because it lies in this folder.

Those without a check lie in folders of their own, for no compilation needs them before they are reported: `values/`,
about what a kind of value refuses, and `backend/`, about what fails while a database is used.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

from codemation.rules.rule import Check, Rule

if TYPE_CHECKING:
    from codemation.codes import Code


@cache
def checked_rules() -> tuple[tuple[Rule, Check], ...]:
    """The rules that have a check, with it."""
    return tuple((module.RULE, module.check) for module in _modules_in(import_module(__name__)))


@cache
def all_rules() -> tuple[Rule, ...]:
    """Every rule, in the order of the codes."""
    packages = [import_module(name) for name in (__name__, f"{__name__}.values", f"{__name__}.backend")]
    rules: list[Rule] = [module.RULE for package in packages for module in _modules_in(package)]
    return tuple(sorted(rules, key=lambda rule: rule.code))


def rule_of(code: Code) -> Rule:
    """The rule of a code; the type of codes is made from the rules, so there is one."""
    return _by_code()[code]


@cache
def _by_code() -> dict[Code, Rule]:
    return {rule.code: rule for rule in all_rules()}


def _modules_in(package: ModuleType) -> Iterator[ModuleType]:
    """The modules of a package that hold a rule."""
    for folder in package.__path__:
        for file in sorted(os.listdir(folder)):
            if file.endswith(".py") and file != "__init__.py":
                module = import_module(f"{package.__name__}.{file.removesuffix('.py')}")
                if hasattr(module, "RULE"):
                    yield module
