"""The engine of Semblance: index photo folders, find the photos that look like a picture.

The engine knows no screen: nothing below `core` imports Qt. The window (`desktop`) and the command line (`core.cli`)
are two thin users of one `core.engine.Engine`.

Layers, top to bottom, each importing only what is below it: `cli`; `commands`; `engine`; `doctor` and `status`;
`backend`; `indexing` and `searching`; `planning` and `syncing`; `image`, `embedding`, `catalog` and `vectors`, which
never import one another; `library`, `progress`, `roots` and `workers`; `settings`; `types`; `errors`.
"""
