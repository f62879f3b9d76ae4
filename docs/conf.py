"""How `make docs` builds the site."""

from codemation import __version__

project = "codemation"
author = "codemation contributors"
project_copyright = author
version = release = __version__

extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["codemation.1"]
# Headings get the fragments that they have where a repository shows the same file.
myst_heading_anchors = 3

html_theme = "furo"
html_title = f"codemation {release}"
html_copy_source = False
html_show_sphinx = False
