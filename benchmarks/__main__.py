"""``python -m benchmarks``: print every measurement."""

import sys

from benchmarks import synth

if __name__ == "__main__":
    sys.exit(synth.main())
