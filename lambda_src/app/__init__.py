"""The sample application: airports. Replace it with your own.

``application`` is what the Lambda entry point serves. The modules beside this one register their
handlers on it when they are imported, and all of them are but the models of item types.
"""

from app.registry import application

__all__ = ["application"]

application.import_modules(__name__, leave_out=("models",))
