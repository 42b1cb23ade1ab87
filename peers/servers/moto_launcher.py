"""Starts moto_server with two answers made like those of AWS. Written for moto 5.2.5: it replaces parts of its inside.

Glue     UpdateTable refuses a VersionId that is not the table's (moto takes any: lost updates would pass unseen).
S3       event notifications keep the "/" of a key (moto sends %2F).
"""
import sys
import threading
import urllib.parse

from moto.core.exceptions import JsonRESTError
from moto.glue.responses import GlueResponse
from moto.s3 import notifications
from moto.server import main

update_table = GlueResponse.update_table
one_update = threading.Lock()


def update_checked(self):
    asked = self.parameters.get("VersionId")
    with one_update:
        table = self.glue_backend.get_table(self.parameters["DatabaseName"], self.parameters["TableInput"]["Name"])
        stored = str(table._current_version)
        if asked and asked != stored:
            raise JsonRESTError("ConcurrentModificationException", f"Expected VersionId={stored}, got {asked}.")
        return update_table(self)


def quote_key(key):
    return urllib.parse.quote_plus(key, safe="/")


GlueResponse.update_table = update_checked
notifications.quote_plus = quote_key
main(sys.argv[1:])
