"""The machines of the local cloud: every EC2 instance with user data boots a sandbox that runs that user data.

One process keeps them all; see `__main__` for how it is put together. Nothing here needs root or touches the real
machine: each machine has network, file system and processes of its own, and the app on it is reached by an HTTP proxy.
"""
