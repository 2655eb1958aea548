# For a gdb that is started in this folder; docs/how-to/debug.md says how to allow gdb to read it.
source tools/gdb/stepgpt_gdb.py
