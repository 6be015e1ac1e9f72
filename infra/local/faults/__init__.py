"""A proxy in front of the emulated EC2 that adds what a real EC2 does to its callers and an emulator does not.

It always honours client tokens. Everything else is a fault that someone switches on: see `plan.KINDS` for all of them.
`proxy.FaultProxy` serves, `command` is what people type; the other modules neither listen nor connect.
"""
