"""The command line: composition, start, and the demo. The entry is `jcflow.cli.main:main`."""
