"""The exchange format `jcflow/programme`, version 1: `reading.read` takes a file, `writing.write` makes one."""
