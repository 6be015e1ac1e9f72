"""Prints what is wrong with bills of materials by CycloneDX's own schema, and fails if anything is: a file each.

Runs with the Python of `.tools/checks`, which has CycloneDX's library and nothing of ours.
"""

import sys
from pathlib import Path

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

validator = JsonStrictValidator(SchemaVersion.V1_6)
faults = {file: validator.validate_str(Path(file).read_text()) for file in sys.argv[1:]}
for file, fault in faults.items():
    if fault:
        print(f"{file}: {fault.data.message}")
sys.exit(any(faults.values()))
