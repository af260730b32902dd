"""The application object that the other modules register their handlers on."""

from cqrs import Application

application = Application()
