from channels.tests.adapters.dovecot import dovecot

__all__ = ["dovecot"]
