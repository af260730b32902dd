"""The application object that the other modules register their handlers on."""

from cqrs.application import Application

application = Application()
