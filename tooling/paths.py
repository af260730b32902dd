"""Places in a clone."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / ".tools"
ENVIRONMENTS = ROOT / "environments"
PROVIDER_LOCK = ROOT / ".terraform.lock.hcl"
CDKTF = ROOT / "node_modules" / ".bin" / "cdktf"
CHECKOV = TOOLS / "checkov" / "bin" / "checkov"
MINISTACK_PYTHON = TOOLS / "ministack" / "bin" / "python"
LOCALSTACK_PYTHON = TOOLS / "localstack" / "bin" / "python"
LOCALSTACK_FUNCTION_PYTHON = TOOLS / "localstack-functions" / "bin" / "python"
