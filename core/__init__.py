"""The engine of Semblance. It indexes photo folders and finds the photos that look like a picture.

Nothing in `core` imports Qt. The window (`desktop`) and the command line (`core.cli`) both use one
`core.engine.Engine`.

The packages and modules form layers. From top to bottom, each imports only from the layers below it:

- `cli`
- `engine`
- `session`
- `indexing`, `maintenance` and `search`
- `scan`, `search_index` and `watch`
- `folders` and `models`
- `library` and `vectors`
- `catalog`, `images` and `reports`
- `errors`, `types` and `workers`

import-linter enforces this, see `pyproject.toml`.
"""
