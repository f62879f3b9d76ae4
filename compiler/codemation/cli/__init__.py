"""The command line: one module of `commands` for each command, imported when that command runs."""

from __future__ import annotations

import argparse
import errno
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import NoReturn

from codemation.cli.parser import UsageError, parse
from codemation.text.redaction import redact
from codemation.text.terminal import wrap

OK, WRONG, USAGE, FAILED, NO = 0, 1, 2, 3, 4
"""Exit codes: fine, the configuration is wrong, usage, the backend (or codemation itself) failed; asked, and the answer
is no."""


PATHS = {
    "root": "the folder of --root",
    "config": "the file of --config",
    "env_file": "the file of --env-file",
    "output": "the file of -o",
    "files": "a FILE",
}
"""Options that hold paths, as they are called."""


OF_WRITING = {
    None,  # `io.UnsupportedOperation`
    *(errno.EAGAIN, errno.EBADF, errno.EFBIG, errno.EIO, errno.ENOSPC),
    getattr(errno, "EDQUOT", errno.ENOSPC),  # not on Windows
}
"""What an error without a file is about the output: whoever reads standard input tells what becomes of that."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code. Never raises for what a user can cause."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in arguments
    try:
        return _run(arguments)
    except UsageError as error:
        _report_usage(redact(str(error)))
        return USAGE
    except BrokenPipeError:
        return _closed_pipe()
    except KeyboardInterrupt:
        return 130
    except OSError as error:
        if debug:
            raise
        sys.stderr.write(f"codemation: {_blamed(error)}\n")
        return FAILED
    except Exception as error:
        # The last resort: a bug of ours must not show a traceback, let alone a secret.
        if debug:
            raise
        sys.stderr.write(
            f"codemation: internal error ({type(error).__name__}); run again with --debug for the traceback\n"
        )
        return FAILED


def _report_usage(text: str) -> None:
    from codemation.cli.output import terminal  # noqa: PLC0415  (it imports this module)

    told = text if text.startswith("codemation") else f"codemation: {text}"
    sys.stderr.write("\n".join(wrap(told, terminal(errors=True).width)) + "\n")


def _blamed(error: OSError) -> str:
    """What an error of the system is about; a file that a user names is its command's own business."""
    if error.filename is None and error.errno in OF_WRITING:
        # Standard output, on a full disk for example.
        return f"the output cannot be written: {error.strerror or 'it is closed'}"
    if error.filename is None:
        return f"the system refuses: {error.strerror}"
    file = redact(str(error.filename))
    ours = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    advice = "; it is a part of codemation: install that again" if file.startswith(os.path.join(ours, "")) else ""
    return f"{file} cannot be used: {error.strerror}{advice}"


def _run(arguments: list[str]) -> int:
    """Run one command, whatever it raises."""
    try:
        os.getcwd()
    except OSError:
        message = "the working directory is gone; go to one that exists"
        raise UsageError(message) from None
    run, options = parse(arguments)
    _refuse_strange(options)
    from codemation.cli.output import COLOUR, QUIET  # noqa: PLC0415  (it imports this module)

    COLOUR.set(getattr(options, "color", "auto"))
    QUIET.set(getattr(options, "quiet", False))
    return run(options)


def _refuse_strange(options: argparse.Namespace) -> None:
    """No path, name or key has one, but a pasted secret may; only the values of `--env` and `--set` may be of any kind.

    A path that is blank is a variable of a shell that is not set, and would be taken for the working directory.

    Raises:
        UsageError: an argument has a line break (it is not repeated), or a path is blank.
    """
    for name, value in vars(options).items():
        texts = value if isinstance(value, list) else [value]
        if name not in {"env", "set"} and any(
            isinstance(one, str) and not {"\n", "\r"}.isdisjoint(one) for one in texts
        ):
            message = "an argument has a line break in it, as no path, name or key of ours has; it is not repeated here"
            raise UsageError(message)
        if name in PATHS and "" in texts:
            message = f"{PATHS[name]} is blank: name it, or leave it out"
            raise UsageError(message)


def console() -> NoReturn:
    """Run one command, in a process of its own."""
    sys.exit(_finish())


def script() -> NoReturn:
    """The console script: `console`, but the process ends at once.

    What it holds goes back to the system whole, not object by object, which is a tenth of what a compile costs.
    `python -m codemation` ends as any program does, for whoever has a profiler or a debugger around it.
    """
    code = _finish()
    with suppress(OSError, ValueError):
        sys.stderr.flush()
    os._exit(code)


def _finish() -> int:
    """Run one command to the end of its output; its exit code."""
    _prepare_streams()
    try:
        code = main()
    except SystemExit as end:
        # `--help` and `--version`: their text may not have left yet.
        code = end.code if isinstance(end.code, int) else OK
    except Exception:  # noqa: BLE001  (only with --debug)
        # Our own traceback, because the text of an exception may quote anything.
        import traceback  # noqa: PLC0415

        sys.stderr.write(redact(traceback.format_exc()))
        code = FAILED
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        code = _closed_pipe()
    except OSError as error:
        sys.stderr.write(f"codemation: {_blamed(error)}\n")
        _discard_output()
        code = FAILED
    return code


def _prepare_streams() -> None:
    """Make both streams take whatever is written to them: no name and no value may end in a traceback."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # closed by the shell (`>&-`)
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
        elif stream.isatty():
            stream.reconfigure(errors="backslashreplace")
        else:
            # TOML and JSON are UTF-8, whatever the locale.
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def _closed_pipe() -> int:
    """Whoever read our output has gone: say nothing, as other programs do (128 + SIGPIPE)."""
    _discard_output()
    return 141


def _discard_output() -> None:
    """Let what is still to be written go nowhere, so that the interpreter's own flush at its end cannot fail."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
