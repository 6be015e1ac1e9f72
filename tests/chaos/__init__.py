"""Chaos: the local cloud is broken at random, over and over, and each time it must come right again.

- `deeds` is what is done to it, `moments` is when in a relaunch;
- `visitor` asks the address all the time, `watch` looks at the record all the time;
- `campaign` does one round after another, as a seed says;
- `clouds` does so in several clouds at once;
- `judge` says what is wrong with what was seen, `report` what there was to see.

`python -m tests.chaos -h` tells how it is run, and `make chaos` runs it.
"""
