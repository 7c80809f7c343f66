# A package, or this conftest.py and the one above would be two modules of one name.
