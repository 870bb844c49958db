"""``/api/v1``: the household's data for programs, with the rights of its people.

One table of operations (``operations.py``) makes the routes, the served OpenAPI document and the
tests. Each operation carries its own documentation, as data beside its handler.
"""
