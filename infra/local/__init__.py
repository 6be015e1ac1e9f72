"""The local cloud: AWS as two emulators on this machine, with Rollcall deployed into it by its own templates.

`make run` serves it to a person, the tests start one of their own (`LocalCloud`). All its data lives in memory.
"""
