"""Django's PostgreSQL, which notices on the socket that the server hung up, where Django would ask it in every request.

The name of this module is where Django looks for a database's wrapper.
"""

import select

from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    def is_usable(self) -> bool:
        """Whether the connection still stands. An idle one has nothing to read; a server that goes says so or ends it.

        After an error the server is asked, as by Django.
        """
        if self.connection is None:
            return False
        if self.errors_occurred:
            return super().is_usable()
        poll = select.poll()
        poll.register(self.connection.fileno(), select.POLLIN)
        return not poll.poll(0)
